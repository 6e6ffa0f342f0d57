"""Commands in a Debian of another release, by with-root."""
import shutil
import subprocess
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]


def demand():
    if not shutil.which("mmdebstrap"):
        raise unittest.SkipTest("mmdebstrap is not installed")


def folder(suite):
    """What build/ is inside of the root."""
    return PROJECT / f"build/debian-{suite}"


def inside(suite, *command, options=()):
    """What the command says; it has to succeed."""
    done = subprocess.run([HERE / "with-root", *options, suite, "--", *command],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}:\n{done.stdout[-8000:]}")
    return done.stdout
