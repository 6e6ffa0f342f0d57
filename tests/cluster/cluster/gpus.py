"""GPUs that Slurm can hand out: character devices in the cluster's folder.

They are the machine's own GPUs under other names, or have no driver. Opening one of those tells a task what the devices
cgroup decided: ENXIO for a device that it was given, EPERM for others.
"""

import os
import re
import stat
from pathlib import Path


def real():
    """The device files of this machine's GPUs, in the order of their numbers."""
    found = [path for path in Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name)]
    return sorted(found, key=lambda path: int(path.name.removeprefix("nvidia")))


def make(folder, count, are_real):
    directory = folder.path / "gpus"
    directory.mkdir()
    devices = [path.stat().st_rdev for path in real()] if are_real else _made_devices(count)
    for number, device in enumerate(devices):
        path = directory / f"gpu{number}"
        os.mknod(path, stat.S_IFCHR | 0o666, device)
        path.chmod(0o666)


def _made_devices(count):
    major = _unused_major()
    return [os.makedev(major, minor) for minor in range(count)]


def _unused_major():
    """A major number from the range for local use that no driver of this machine has taken."""
    characters = Path("/proc/devices").read_text().split("Block devices:")[0]
    used = {int(number) for number in re.findall(r"^ *(\d+) ", characters, re.MULTILINE)}
    return next(major for major in range(240, 255) if major not in used)
