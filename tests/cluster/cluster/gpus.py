"""GPUs that Slurm can hand out: character devices in the cluster's folder, without a driver.

Opening one tells a task what the devices cgroup decided: ENXIO for a device that it was given, EPERM for others.
"""

import os
import re
import stat
from pathlib import Path


def make(folder, count):
    directory = folder.path / "gpus"
    directory.mkdir()
    major = _unused_major()
    for minor in range(count):
        path = directory / f"gpu{minor}"
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(major, minor))
        path.chmod(0o666)


def _unused_major():
    """A major number from the range for local use that no driver of this machine has taken."""
    characters = Path("/proc/devices").read_text().split("Block devices:")[0]
    used = {int(number) for number in re.findall(r"^ *(\d+) ", characters, re.MULTILINE)}
    return next(major for major in range(240, 255) if major not in used)
