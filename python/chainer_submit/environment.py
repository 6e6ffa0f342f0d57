"""A whole environment as one value: image, packages, variables."""

from __future__ import annotations

from typing import Any, Dict, Optional

from .conda_dependencies import CondaDependencies
from .container_registry import ContainerRegistry


class DockerSection:
    def __init__(self) -> None:
        self.enabled = True
        self.base_image: Optional[str] = None
        self.base_image_registry = ContainerRegistry()
        self.shm_size: Optional[str] = None

    def as_table(self) -> Dict[str, Any]:
        table: Dict[str, Any] = {} if self.enabled else {"enabled": False}
        if self.base_image is not None:
            table["base_image"] = self.base_image
        if self.base_image_registry.as_table():
            table["base_image_registry"] = self.base_image_registry.as_table()
        if self.shm_size is not None:
            table["shm_size"] = self.shm_size
        return table


class PythonSection:
    def __init__(self) -> None:
        self.user_managed_dependencies = False
        self.conda_dependencies: Optional[CondaDependencies] = None
        self.conda_dependencies_file: Optional[str] = None
        self.pip_requirements_file: Optional[str] = None

    def as_table(self) -> Dict[str, Any]:
        table: Dict[str, Any] = {"user_managed": True} if self.user_managed_dependencies else {}
        if self.conda_dependencies is not None:
            lists = {"conda_channels": self.conda_dependencies.conda_channels,
                     "conda_packages": self.conda_dependencies.conda_packages,
                     "pip_packages": self.conda_dependencies.pip_packages}
            table.update({key: value for key, value in lists.items() if value})
        if self.conda_dependencies_file is not None:
            table["conda_dependencies_file"] = self.conda_dependencies_file
        if self.pip_requirements_file is not None:
            table["pip_requirements_file"] = self.pip_requirements_file
        return table


class Environment:
    """The value of environment_definition. Files are named relative to source_directory."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.docker = DockerSection()
        self.python = PythonSection()
        self.environment_variables: Dict[str, str] = {}

    @staticmethod
    def from_conda_specification(name: str, file_path: str) -> "Environment":
        made = Environment(name)
        made.python.conda_dependencies_file = file_path
        return made

    @staticmethod
    def from_pip_requirements(name: str, file_path: str) -> "Environment":
        made = Environment(name)
        made.python.pip_requirements_file = file_path
        return made

    def as_table(self) -> Dict[str, Any]:
        table = {"docker": self.docker.as_table(), "python": self.python.as_table(),
                 "environment_variables": dict(self.environment_variables)}
        return {key: value for key, value in table.items() if value}

    def variables(self) -> Dict[str, str]:
        return self.docker.base_image_registry.variables()

    def __repr__(self) -> str:
        return f"Environment({self.name!r})"
