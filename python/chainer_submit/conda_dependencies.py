"""Packages in the form of a conda environment file."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterable, List, Optional


class CondaDependencies:
    """Conda packages, pip packages and channels; written as the YAML that conda reads."""

    def __init__(self) -> None:
        self._channels: List[str] = []
        self._conda: List[str] = []
        self._pip: List[str] = []

    @staticmethod
    def create(pip_packages: Optional[Iterable[str]] = None, conda_packages: Optional[Iterable[str]] = None,
               python_version: Optional[str] = None) -> "CondaDependencies":
        made = CondaDependencies()
        if python_version:
            made.add_conda_package(f"python={python_version}")
        for package in conda_packages or ():
            made.add_conda_package(package)
        for package in pip_packages or ():
            made.add_pip_package(package)
        return made

    def add_channel(self, channel: str) -> None:
        _add(channel, self._channels)

    def add_conda_package(self, conda_package: str) -> None:
        _add(conda_package, self._conda)

    def add_pip_package(self, pip_package: str) -> None:
        _add(pip_package, self._pip)

    @property
    def conda_channels(self) -> List[str]:
        return list(self._channels)

    @property
    def conda_packages(self) -> List[str]:
        return list(self._conda)

    @property
    def pip_packages(self) -> List[str]:
        return list(self._pip)

    def as_document(self) -> Dict[str, Any]:
        document: Dict[str, Any] = {"channels": self.conda_channels} if self._channels else {}
        dependencies: List[Any] = self.conda_packages
        if self._pip:
            dependencies.append({"pip": self.pip_packages})
        document["dependencies"] = dependencies
        return document

    def serialize_to_string(self) -> str:
        """The text as YAML; every JSON document is one."""
        return json.dumps(self.as_document(), indent=2, ensure_ascii=False) + "\n"

    def save_to_file(self, base_directory: str, conda_file_path: str = "conda_dependencies.yml") -> str:
        """Writes the file, and returns its name relative to `base_directory`, as conda_dependencies_file takes it."""
        with open(os.path.join(base_directory, conda_file_path), "w", encoding="utf-8") as file:
            file.write(self.serialize_to_string())
        return conda_file_path


def _add(word: str, words: List[str]) -> None:
    if word not in words:
        words.append(word)
