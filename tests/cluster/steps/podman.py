"""Podman of the machine's own, which all nodes of the cluster have."""

import shutil
import subprocess
import unittest

from . import cluster


def give_nodes():
    """Skips the tests, with the reason, on a machine without podman."""
    missing = [name for name in ("podman", "conmon", "crun") if not shutil.which(name)]
    if missing:
        raise unittest.SkipTest(f"not installed: {', '.join(missing)}")
    for node in cluster.nodes():
        cluster.on_node(node, "sh", "-c", _LEAVE_ONE_CGROUP)


# crun refuses a machine whose controllers are some of cgroup v1 and some of v2, as no node of a Slurm has them.
_LEAVE_ONE_CGROUP = "! grep -qs . /sys/fs/cgroup/unified/cgroup.controllers || umount /sys/fs/cgroup/unified"


def version():
    return subprocess.run(["podman", "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]


def hide(test):
    """No node has podman until the test has ended."""
    for node in cluster.nodes():
        cluster.on_node(node, "sh", "-c", _HIDE)
        test.addCleanup(cluster.on_node, node, "umount", "--lazy", "/usr/bin")


# To an overlay, a device 0:0 is a name that does not exist.
_HIDE = """
set -e
without=$(mktemp -d)
mknod "$without/podman" c 0 0
mount -t overlay -o lowerdir="$without:/usr/bin" without-podman /usr/bin
"""
