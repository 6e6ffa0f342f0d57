"""What both versions do with their directories, and where their hierarchies are mounted."""

import os
import time
from pathlib import Path

_GONE_WITHIN_S = 10


def open_to_join(directory):
    """A descriptor that a process in any namespace writes "0" to in order to join."""
    return os.open(directory / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)


def join(fds):
    for fd in fds:
        os.write(fd, b"0")


def remove(tree):
    """Removes the tree; the kernel releases a dead process's cgroup with a small delay."""
    deadline = time.monotonic() + _GONE_WITHIN_S
    while tree.exists():
        _remove_directories(tree)
        if time.monotonic() > deadline:
            raise OSError(f"cannot remove cgroup {tree}: still in use")
        time.sleep(0.01)


def _remove_directories(tree):
    for directory, _, _ in os.walk(tree, topdown=False):
        try:
            os.rmdir(directory)
        except OSError:
            pass  # busy, or a step removed it meanwhile: the caller looks again


def mounted(kind):
    """(mount point, root, options) of each mount of this file system in our mount namespace."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, right = line.split(" - ")
        root, mount_point = left.split()[3:5]
        found, _, options = right.split(" ", 2)
        if found == kind:
            yield mount_point, root, options.split(",")
