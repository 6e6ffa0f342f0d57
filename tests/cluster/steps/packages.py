"""A folder of small Python packages as the index of the user's environments."""

import sys
from pathlib import Path

from . import cluster, layout

sys.path.append(str(Path(__file__).resolve().parents[2] / "node"))
from make_packages import source, wheel  # noqa: E402  (beside the tests that made it)

__all__ = ["index", "requirements", "source", "wheel"]


def index():
    """Makes the folder, and has the user's pip.conf name it and nothing else. Returns the folder."""
    place = cluster.home() / "packages"
    place.mkdir(exist_ok=True)
    wheel(place, "hello", "1.0")
    wheel(place, "hello", "2.0")
    conf = cluster.home() / ".config/pip/pip.conf"
    conf.parent.mkdir(parents=True, exist_ok=True)
    conf.write_text(f"[global]\nno-index = true\nfind-links = {place}\n")
    layout.give(cluster.home() / ".config")
    layout.give(place)
    return place


def requirements(test, *lines):
    """A requirements file of the user's, without the lock that is made beside it, until the test ends."""
    path = cluster.home() / "requirements" / f"{test.id()}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    layout.give(path.parent)
    return path
