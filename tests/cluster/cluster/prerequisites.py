"""What the machine must have before a cluster can boot on it."""

import os
from pathlib import Path

from .failure import Failure

_PROGRAMS = ["munged", "slurmctld", "slurmd", "srun"]
_PROGRAMS_FOR = {
    "registry": ["docker-registry"],
    "registry_auth": ["docker-registry", "htpasswd"],
    "accounting": ["mariadbd", "slurmdbd", "sacctmgr"],
}
_SEARCHED = [Path(directory) for directory in ("/usr/sbin", "/usr/bin")]


def check(options):
    if os.geteuid() != 0:
        raise Failure(
            "making namespaces, mounts and cgroups needs root",
            "run it as root, in a virtual machine or container if you would rather not on this one",
        )
    if options.real_gpus and not options.gpus:
        raise Failure("--real-gpus: this machine has no /dev/nvidia0", "use --gpus N, whose devices have no driver")
    needed = list(_PROGRAMS)
    for flag, programs in _PROGRAMS_FOR.items():
        needed += programs if getattr(options, flag) else []
    missing = [name for name in needed if not any((d / name).exists() for d in _SEARCHED)]
    if missing:
        raise Failure(
            f"not installed: {', '.join(dict.fromkeys(missing))}",
            "packaging/install-debian-packages cluster",
        )
