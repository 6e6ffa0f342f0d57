"""Where runs go: the targets of the site's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List as ListOf, Optional

from . import program
from .errors import ComputeTargetException

if TYPE_CHECKING:
    from .workspace import Workspace


class TargetStatus:
    """What the site's file says about a target."""

    def __init__(self, described: Dict[str, Any]) -> None:
        self._described = described
        self.provisioning_state = "Succeeded"
        self.vm_size = str(described["node_type"])

    def serialize(self) -> Dict[str, Any]:
        return dict(self._described)


class ProvisioningConfiguration:
    """What a notebook wants a cluster to be. It changes nothing: a Slurm cluster is as its admins made it."""

    def __init__(self, **wanted: Any) -> None:
        self.wanted = wanted


class ComputeTarget:
    """A target of the site's file. Raises ComputeTargetException when it has none of that name."""

    def __init__(self, workspace: Optional["Workspace"], name: str) -> None:
        self.workspace = workspace
        self.name = name
        self._described = _described(name)

    @staticmethod
    def create(workspace: Optional["Workspace"], name: str,
               provisioning_configuration: Optional[ProvisioningConfiguration] = None) -> "ComputeTarget":
        """Makes nothing: the target exists already, or ComputeTargetException names those that do."""
        return ComputeTarget(workspace, name)

    @staticmethod
    def list(workspace: Optional["Workspace"]) -> ListOf["ComputeTarget"]:
        return [ComputeTarget(workspace, one["name"]) for one in program.ask("targets")]

    @property
    def vm_size(self) -> str:
        return str(self._described["node_type"])

    @property
    def provisioning_state(self) -> str:
        return self.get_status().provisioning_state

    def get_status(self) -> TargetStatus:
        return TargetStatus(self._described)

    def wait_for_completion(self, show_output: bool = False, min_node_count: Optional[int] = None,
                            timeout_in_minutes: Optional[int] = None) -> None:
        """Does not wait: the target exists already."""
        if show_output:
            print(f"{self.name}: a target of the cluster, nothing to wait for")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class AmlCompute(ComputeTarget):
    """The service's name of a cluster."""

    @staticmethod
    def provisioning_configuration(**wanted: Any) -> ProvisioningConfiguration:
        return ProvisioningConfiguration(**wanted)


def _described(name: str) -> Dict[str, Any]:
    targets = program.ask("targets")
    for one in targets:
        if one["name"] == name:
            return dict(one)
    names = ", ".join(one["name"] for one in targets)
    raise ComputeTargetException(f"the site has no compute target '{name}'", f"there are {names}")
