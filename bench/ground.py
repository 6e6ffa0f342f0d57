"""What benchmarks share: the release build, a virtual cluster with it, the base image, an account."""

import os
import pwd
import re
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
BUILD = PROJECT / "build" / "release"
CACHE = PROJECT / "build" / "cache"
IMAGE = "chainer/base:1"


def demand_root():
    if os.getuid() != 0:
        sys.exit(f"{sys.argv[0]}: needs root: it installs packages and boots a virtual cluster")


def build():
    """Runs a command whose output does not go to stdout, where the figures go."""
    _quietly("packaging/install-debian-packages", "build", "bench")
    _quietly("cmake", "--preset", "release")
    _quietly("cmake", "--build", "--preset", "release")


def base_image():
    """The folder of the image, an OCI layout."""
    _quietly("packaging/install-debian-packages", "image")
    made = subprocess.run(["tests/cluster/make-base-image", CACHE], cwd=PROJECT, text=True, check=True,
                          stdout=subprocess.PIPE)
    return Path(made.stdout.split()[-1])


def enter_cluster(*words):
    """Returns on a cluster's login node, as root: the program runs itself again there."""
    if "CLUSTER_DIR" in os.environ:
        return
    demand_root()
    build()
    base_image()
    _quietly("packaging/install-debian-packages", "cluster", "tools")
    _quietly("packaging/make-tools", CACHE / "tools", BUILD)
    sys.exit(subprocess.call([
        PROJECT / "tests/cluster/with-cluster", "--user", "root", "--build", BUILD, "--tools", CACHE / "tools",
        "--registry", *words, "--", sys.executable, *sys.argv]))


def push_image():
    """The base image in the cluster's registry: the reference with its digest."""
    name = f"{os.environ['CLUSTER_REGISTRY']}/{IMAGE}"
    _quietly("tests/cluster/make-base-image", CACHE, "--push", name)
    digest = subprocess.run([cluster() / "bin/chainer-node", "resolve", "--reference", name], text=True,
                            check=True, stdout=subprocess.PIPE, **as_account()).stdout.strip()
    return f"{name}@{digest}"


def cluster():
    return Path(os.environ["CLUSTER_DIR"])


def as_account(**variables):
    """Settings for subprocess: the cluster's ordinary account, at home."""
    account = pwd.getpwnam(os.environ["CLUSTER_ACCOUNT"])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHAINER_SUBMIT_IMAGE")}
    environment |= {"HOME": account.pw_dir, "USER": account.pw_name, "LOGNAME": account.pw_name, **variables}
    groups = os.getgrouplist(account.pw_name, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups, "cwd": account.pw_dir,
            "env": environment}


class Allocation:
    """Nodes that stay allocated while steps run in them."""

    def __init__(self, *words):
        self._words = words

    def __enter__(self):
        said = subprocess.run(["salloc", "--no-shell", *self._words], text=True, check=True, capture_output=True,
                              **as_account()).stderr
        self._job = re.search(r"allocation (\d+)", said)[1]
        return as_account(SLURM_JOB_ID=self._job)

    def __exit__(self, *_):
        subprocess.run(["scancel", self._job], check=True)
        while subprocess.run(["squeue", "-h"], text=True, check=True, capture_output=True).stdout:
            time.sleep(0.05)


def _quietly(program, *words):
    run = subprocess.run([program, *words], cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if run.returncode != 0:
        sys.exit(f"{program} failed:\n{run.stdout}")
