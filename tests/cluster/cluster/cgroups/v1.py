"""The cluster's own part of each cgroup v1 hierarchy.

It goes below the cgroup that with-cluster runs in, so that limits set there still hold.
"""

from dataclasses import dataclass
from pathlib import Path

from .. import kernel
from . import directory

# What proctrack/cgroup, task/cgroup and jobacct_gather read and write.
_REQUIRED = {"cpuset", "devices", "freezer", "memory"}


@dataclass(frozen=True)
class _Hierarchy:
    """One mounted hierarchy: where, which controllers, and the cluster's directory in it."""

    mount_point: str
    controllers: tuple
    tree: Path


class Trees:
    slurm_settings = ("CgroupPlugin=cgroup/v1", "CgroupMountpoint=/sys/fs/cgroup")

    def __init__(self, name):
        self._hierarchies = [
            _Hierarchy(
                mount_point, controllers, Path(mount_point, *_own_path(controllers, root), name)
            )
            for mount_point, controllers, root in _hierarchies()
        ]

    def obstacle(self):
        present = {controller for h in self._hierarchies for controller in h.controllers}
        missing = sorted(_REQUIRED - present)
        return f"v1 lacks {', '.join(missing)}" if missing else ""

    def create(self):
        for hierarchy in self._hierarchies:
            hierarchy.tree.mkdir()
            if "cpuset" in hierarchy.controllers:
                _copy_cpuset(hierarchy.tree)

    def enter(self):
        directory.join(self.open_for_joining())
        kernel.unshare(kernel.CLONE_NEWCGROUP)

    def cover_host(self):
        for hierarchy in self._hierarchies:
            kernel.bind(hierarchy.tree, hierarchy.mount_point)

    def open_for_joining(self):
        return [directory.open_to_join(hierarchy.tree) for hierarchy in self._hierarchies]

    def remove(self):
        for hierarchy in self._hierarchies:
            directory.remove(hierarchy.tree)


def _copy_cpuset(tree):
    for name in ("cpuset.cpus", "cpuset.mems"):
        (tree / name).write_text((tree.parent / name).read_text())


def _hierarchies():
    """(mount point, controllers, root) of each hierarchy."""
    seen = set()
    for mount_point, root, options in directory.mounted("cgroup"):
        controllers = tuple(option for option in options if _is_controller(option))
        if controllers not in seen:
            seen.add(controllers)
            yield mount_point, controllers, root


def _is_controller(option):
    if "=" in option:
        return option.startswith("name=")
    return option not in ("rw", "ro", "xattr", "clone_children", "noprefix", "cpuset_v2_mode")


def _own_path(controllers, root):
    """Our own cgroup, relative to the mount."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if set(names.split(",")) == set(controllers):
            return Path(path).relative_to(root).parts if path.startswith(root) else ()
    return ()
