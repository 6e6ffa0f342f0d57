"""The command line of `with-cluster`."""

import argparse
import os
import re

from . import accounts, gpus
from .failure import USAGE, Failure

USAGE_LINE = """with-cluster [option…] -- COMMAND…
       with-cluster [option…] --keep [-- COMMAND…]
       with-cluster --enter DIR [--user NAME] -- COMMAND…
       with-cluster --stop DIR"""

MAX_NODES = 100  # the ports of a cluster's block


def parse(words):
    own, command = _split(words)
    options = _parser().parse_args(own)
    options.command = command
    if options.real_gpus:
        options.gpus = len(gpus.real())
    _check(options)
    return options


def _split(words):
    """Our words and the command's: the first "--" lies between them."""
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _parser():
    parser = argparse.ArgumentParser(
        prog="with-cluster",
        usage=USAGE_LINE,
        description="Boots a real Slurm cluster of virtual nodes on this machine, runs COMMAND on "
        "its login node as an ordinary account, takes all down and passes COMMAND's exit code on.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--nodes", type=_count(1, MAX_NODES), default=2, metavar="N", help="nodes n1…nN (2)")
    add(
        "--cpus",
        type=_count(1, 4096),
        default=4,
        metavar="N",
        help="CPUs that each node claims (4)",
    )
    add(
        "--memory",
        type=_count(64, 1 << 30),
        default=4096,
        metavar="MB",
        help="memory that each node claims (4096)",
    )
    add("--gpus", type=_count(0, 64), default=0, metavar="N", help="GPUs of each node (0)")
    add("--real-gpus", action="store_true", help="the GPUs of each node are this machine's NVIDIA GPUs, all of them")
    add("--registry", action="store_true", help="a container registry: CLUSTER_REGISTRY")
    add("--registry-auth", action="store_true", help="one behind a password: CLUSTER_AUTH_REGISTRY")
    add("--accounting", action="store_true", help="slurmdbd, with accounts and QOSs")
    add(
        "--user",
        metavar="NAME",
        help=f"account that COMMAND runs as ({accounts.DEFAULT_USER}); may be root",
    )
    add("--build", metavar="DIR", help="folder with the built plugin and programs (the newer of build/dev and build/release)")
    add("--tools", metavar="DIR", help="folder with the environment builders, such as uv")
    add("--store", metavar="DIR", help="keep the store's images and environments in this folder")
    add("--layers", metavar="SIZE", help="offer layers of jobs, which may hold this much")
    add("--extra-slurm-conf", metavar="FILE", help="lines to add to slurm.conf")
    add("--beside-slurm-conf", metavar="FILE", action="append", default=[],
        help="a file to put beside slurm.conf, such as job_container.conf")
    add(
        "--without-cgroups",
        dest="cgroups",
        action="store_false",
        help="track processes by their parents, not in the machine's cgroups (v1 or v2)",
    )
    add("--keep", action="store_true", help="leave the cluster up, and say how to use and stop it")
    add("--enter", metavar="DIR", help="run COMMAND in the kept cluster of this folder")
    add("--stop", metavar="DIR", help="take down the kept cluster of this folder")
    return parser


def _check(options):
    if not options.command and not (options.keep or options.stop):
        raise Failure("there is no command to run", "with-cluster --help", USAGE)
    if options.user and not re.fullmatch("[a-z_][a-z0-9_-]{0,31}", options.user):
        raise Failure(f"--user: {options.user!r} is no name for an account", "", USAGE)
    if options.user == accounts.STORE_ACCOUNT:
        raise Failure(f"--user: {options.user} owns the stores, no person works as it", "", USAGE)
    for name in ("build", "tools", "store", "enter", "stop"):
        value = getattr(options, name)
        if value and not os.path.isdir(value):
            raise Failure(f"--{name}: there is no folder {value}", "", USAGE)
    for option, file in [("--extra-slurm-conf", options.extra_slurm_conf),
                         *(("--beside-slurm-conf", file) for file in options.beside_slurm_conf)]:
        if file and not os.path.isfile(file):
            raise Failure(f"{option}: there is no file {file}", "", USAGE)


def _count(lowest, highest):
    def number(text):
        value = int(text)
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(f"{value} is not between {lowest} and {highest}")
        return value

    return number
