"""The cluster's own part of the unified hierarchy, cgroup v2.

    NAME                                    the root that the cluster sees; holds no process
    ├── login                               daemons, the login node's commands, steps that end
    └── system.slice
        ├── n1_slurmstepd.scope             made by the slurmd of n1, in place of systemd
        │   ├── slurmd
        │   └── job_1/step_0/user/task_0 …
        └── n2_slurmstepd.scope …

A cgroup that gives controllers to its children may not hold processes itself. So the cluster cannot go below the
cgroup that with-cluster runs in, which is a session's or a service's: it goes below the root of the mount.
"""

from pathlib import Path

from .. import kernel
from . import directory

# What task/cgroup and jobacct_gather read and write; v2 freezes and binds devices without a
# controller. pids is here because the kernel lists it after memory, and Slurm 22.05 overlooks the
# last one that it reads.
_REQUIRED = ("cpu", "cpuset", "memory", "pids")


class Tree:
    def __init__(self, name):
        mount_points = [point for point, _, _ in directory.mounted("cgroup2")]
        self._mount_point = Path(mount_points[0] if mount_points else "/sys/fs/cgroup")
        self._root = self._mount_point / name
        self._login = self._root / "login"
        self._slice = self._root / "system.slice"
        self.slurm_settings = (
            "CgroupPlugin=cgroup/v2",
            f"CgroupMountpoint={self._mount_point}",
            # systemd, which slurmd would ask for the scopes, knows nothing of our namespaces.
            "IgnoreSystemd=yes",
        )

    def obstacle(self):
        present = _words(self._mount_point / "cgroup.controllers")
        missing = [name for name in _REQUIRED if name not in present]
        if missing:
            return f"v2 lacks {', '.join(missing)}"
        # Only the machine's root, which has no cgroup.type, may hold processes all the same.
        is_machines_root = not (self._mount_point / "cgroup.type").exists()
        if not is_machines_root and _words(self._mount_point / "cgroup.procs"):
            return f"v2 has processes in {self._mount_point} itself"
        return ""

    def create(self):
        # They stay on: by the time the cluster ends, somebody else may rely on them.
        _give_controllers(self._mount_point)
        for path in (self._root, self._login, self._slice):
            path.mkdir()

    def enter(self):
        # The namespace's root is the cgroup of the process that makes it, which must have left
        # again before the controllers are given.
        directory.join([directory.open_to_join(self._root)])
        kernel.unshare(kernel.CLONE_NEWCGROUP)
        directory.join(self.open_for_joining())
        for path in (self._root, self._slice):
            _give_controllers(path)

    def cover_host(self):
        kernel.bind(self._root, self._mount_point)
        # A slurmstepd that is about to end moves to the root, which only the machine's own root
        # allows.
        kernel.bind(self._mount_point / "login/cgroup.procs", self._mount_point / "cgroup.procs")

    def open_for_joining(self):
        return [directory.open_to_join(self._login)]

    def remove(self):
        directory.remove(self._root)


def _give_controllers(path):
    (path / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in _REQUIRED))


def _words(path):
    return path.read_text().split() if path.exists() else []
