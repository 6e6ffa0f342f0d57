"""A name that runs are submitted under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping, Optional

if TYPE_CHECKING:
    from .chainer import Chainer
    from .run import Run
    from .workspace import Workspace


class Experiment:
    """Its runs are called `<name>-<time>`."""

    def __init__(self, workspace: Optional["Workspace"], name: str) -> None:
        self.workspace = workspace
        self.name = name

    def submit(self, config: "Chainer", tags: Optional[Mapping[str, str]] = None) -> "Run":
        return config.submit(self.name, tags)

    def __repr__(self) -> str:
        return f"Experiment({self.name!r})"
