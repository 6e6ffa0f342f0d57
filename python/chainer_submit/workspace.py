"""What a notebook opens first. On a cluster this is the site's file, which chainer-submit finds by itself."""

from __future__ import annotations

from typing import Any, Dict, Optional

from . import program
from .compute import ComputeTarget
from .data import Datastore


class Workspace:
    def __init__(self, subscription_id: str = "", resource_group: str = "", workspace_name: str = "cluster",
                 **ignored: Any) -> None:
        self.name = workspace_name
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.location = ""
        self.datastores: Dict[str, Datastore] = {}

    @staticmethod
    def from_config(path: Optional[str] = None, **ignored: Any) -> "Workspace":
        """`path` is not read: it holds the address of the service."""
        return Workspace()

    @staticmethod
    def get(name: str, subscription_id: str = "", resource_group: str = "", **ignored: Any) -> "Workspace":
        return Workspace(subscription_id, resource_group, name)

    @property
    def compute_targets(self) -> Dict[str, ComputeTarget]:
        return {one["name"]: ComputeTarget(self, one["name"]) for one in program.ask("targets")}

    def get_default_datastore(self) -> Datastore:
        """The store that was registered first."""
        for datastore in self.datastores.values():
            return datastore
        return Datastore(self, "default")

    def get_details(self) -> Dict[str, Any]:
        return {"name": self.name, "computeTargets": program.ask("targets")}

    def __repr__(self) -> str:
        return f"Workspace({self.name!r})"
