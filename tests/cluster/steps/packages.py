"""A folder of small Python packages, which is where all environments come from."""

import sys
from pathlib import Path

from . import cluster, layout

sys.path.append(str(Path(__file__).resolve().parents[2] / "node"))
from make_packages import source, wheel  # noqa: E402  (beside the tests that made it)

__all__ = ["folder", "make", "requirements", "source", "variables", "wheel"]


def folder():
    return cluster.home() / "packages"


def make():
    """Makes the folder, with two versions of `hello`."""
    folder().mkdir(exist_ok=True)
    wheel(folder(), "hello", "1.0")
    wheel(folder(), "hello", "2.0")


def variables(**others):
    """The user's settings for pip, which override the machine's."""
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder()), **others}


def requirements(test, *lines):
    """A requirements file of the user, named after the test."""
    path = cluster.home() / "requirements" / f"{test.id().rpartition('.')[2]}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    layout.give(path.parent)
    return path
