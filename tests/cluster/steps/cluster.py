"""One booted cluster for a whole file of tests: the file runs itself again inside it, as root."""

import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
WITH_CLUSTER = PROJECT / "tests/cluster/with-cluster"
CACHE = PROJECT / "build/cache"
LIMIT_S = 60
TEST_LIMIT_S, SLOW_TEST_LIMIT_S = 300, 3600
SKIPPED = 77  # what CTest is told when the machine cannot hold a cluster


def main(*options):
    """Runs the calling file's tests in a cluster booted with these options."""
    if "CLUSTER_DIR" in os.environ:
        unittest.main(verbosity=1, testRunner=_Runner)
    if os.getuid() != 0:
        print("skipped: a virtual cluster needs root", file=sys.stderr)
        sys.exit(SKIPPED)
    build = ["--build", os.environ["CHAINER_BUILD"]] if "CHAINER_BUILD" in os.environ else []
    sys.stdout.flush()
    os.execv(WITH_CLUSTER, [WITH_CLUSTER, "--user", "root", *build, *options, "--", sys.executable, *sys.argv])


class _Result(unittest.TextTestResult):
    """Ends a test that hangs by an exception at the place where it does, so that those after it run."""

    def startTest(self, test):
        super().startTest(test)
        signal.signal(signal.SIGALRM, self._end)
        signal.alarm(SLOW_TEST_LIMIT_S if is_full_tier() else TEST_LIMIT_S)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)

    @staticmethod
    def _end(_number, _frame):
        raise AssertionError("the test hangs")


class _Runner(unittest.TextTestRunner):
    resultclass = _Result


def is_full_tier():
    """Whether the slow tests are wanted too."""
    return os.environ.get("CHAINER_TEST_TIER") == "full"


def tools():
    """The options for a cluster with the environment builders; makes them, and the base image, where missing."""
    if "CLUSTER_DIR" not in os.environ and os.getuid() == 0:
        for make in (["packaging/make-tools", CACHE / "tools"], ["tests/cluster/make-base-image", CACHE]):
            subprocess.run(make, cwd=PROJECT, check=True, stdout=sys.stderr)
    return "--tools", CACHE / "tools"


def folder():
    return Path(os.environ["CLUSTER_DIR"])


def store():
    return Path(os.environ["CLUSTER_STORE"])


def home():
    return Path(os.environ["CLUSTER_HOME"])


def release():
    """Slurm's, such as 22.05."""
    said = subprocess.run(["sinfo", "--version"], capture_output=True, text=True, check=True)
    return ".".join(said.stdout.split()[-1].split(".")[:2])  # slurm-wlm 22.05.8


def nodes():
    return os.environ["CLUSTER_NODES"].split()


def user():
    return os.environ["CLUSTER_ACCOUNT"]


def eventually(what, seconds=30):
    """Waits until `what()` is true and returns its value; when the time is up, its last value."""
    deadline = time.monotonic() + seconds
    while not (value := what()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


def on_node(node, *command, **how):
    """The output of a command that root runs on a node."""
    init = (folder() / "nodes" / node / "pid").read_text().strip()
    enter = ["nsenter", "-t", init, "-m", "-u", "-i"]
    return subprocess.run([*enter, *command], capture_output=True, text=True, timeout=LIMIT_S, check=True, **how).stdout


def find(node, place, *words):
    """The paths that find(1) names as root on a node. What is removed while it looks is no problem."""
    script = """problems=$(find "$@" 2>&1 >&3 | grep -v ": No such file or directory$")
                [ -z "$problems" ] || { echo "$problems" >&2; exit 1; }"""
    return on_node(node, "sh", "-c", f"{{ {script}; }} 3>&1", "find", place, *words).splitlines()


def reconfigure():
    """Has every daemon read slurm.conf again, and waits until the nodes have."""
    subprocess.run(["scontrol", "reconfigure"], check=True, timeout=LIMIT_S)
