"""The cluster's own part of each cgroup v1 hierarchy.

The cluster lives in a cgroup namespace rooted there, so that Slurm sees a whole hierarchy, two
clusters never meet, and one rmdir walk at the end removes whatever Slurm left.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from . import kernel

# What proctrack/cgroup, task/cgroup and jobacct_gather read and write.
REQUIRED = {"cpuset", "devices", "freezer", "memory"}


@dataclass(frozen=True)
class Hierarchy:
    """One mounted v1 hierarchy: where, which controllers, and the cluster's directory in it."""

    mount_point: str
    controllers: tuple
    tree: Path


class CgroupTrees:
    def __init__(self, name):
        self._hierarchies = [
            Hierarchy(
                mount_point, controllers, Path(mount_point, *_own_path(controllers, root), name)
            )
            for mount_point, controllers, root in _mounted()
        ]

    def missing(self):
        """The controllers Slurm needs that this machine does not have in cgroup v1."""
        present = {controller for h in self._hierarchies for controller in h.controllers}
        return sorted(REQUIRED - present)

    def create(self):
        for hierarchy in self._hierarchies:
            hierarchy.tree.mkdir()
            if "cpuset" in hierarchy.controllers:
                _copy_cpuset(hierarchy.tree)

    def open_for_joining(self):
        """Descriptors that a process writes "0" to in order to join, from whatever namespace."""
        return [
            os.open(h.tree / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC) for h in self._hierarchies
        ]

    def cover_host(self):
        """In the cluster's mount namespace: shows its own part where the host's hierarchy was."""
        for hierarchy in self._hierarchies:
            kernel.bind(hierarchy.tree, hierarchy.mount_point)

    def remove(self, deadline_s=10):
        """Removes the trees; the kernel lets go of a dead process's cgroup with a small delay."""
        deadline = time.monotonic() + deadline_s
        for hierarchy in self._hierarchies:
            while hierarchy.tree.exists():
                _remove_directories(hierarchy.tree)
                if time.monotonic() > deadline:
                    raise OSError(f"cannot remove cgroup {hierarchy.tree}: still in use")
                time.sleep(0.01)


def join(fds):
    for fd in fds:
        os.write(fd, b"0")


def _copy_cpuset(tree):
    for name in ("cpuset.cpus", "cpuset.mems"):
        (tree / name).write_text((tree.parent / name).read_text())


def _remove_directories(tree):
    for directory, _, _ in os.walk(tree, topdown=False):
        try:
            os.rmdir(directory)
        except OSError:
            pass  # busy, or a step removed it meanwhile: the caller looks again


def _mounted():
    """(mount point, controllers, root) of each v1 hierarchy in our mount namespace."""
    seen = set()
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, right = line.split(" - ")
        root, mount_point = left.split()[3:5]
        kind, _, options = right.split(" ", 2)
        if kind != "cgroup":
            continue
        controllers = tuple(option for option in options.split(",") if _is_controller(option))
        if controllers not in seen:
            seen.add(controllers)
            yield mount_point, controllers, root


def _is_controller(option):
    if "=" in option:
        return option.startswith("name=")
    return option not in ("rw", "ro", "xattr", "clone_children", "noprefix", "cpuset_v2_mode")


def _own_path(controllers, root):
    """Our own cgroup, relative to the mount: the cluster goes below it, so limits still hold."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if set(names.split(",")) == set(controllers):
            return Path(path).relative_to(root).parts if path.startswith(root) else ()
    return ()
