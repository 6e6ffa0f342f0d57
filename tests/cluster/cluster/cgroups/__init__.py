"""The cluster's own part of the machine's cgroups, which Slurm takes for the whole machine's.

Both versions offer the same functions: `obstacle` says in words why Slurm could not work on it here, `create` and
`remove` make and remove the part, `enter` makes it the root that this process and its children see, `cover_host` shows
it where the machine's was, `open_for_joining` and `join` bring others in.
"""

from ..failure import Failure
from . import v1, v2
from .directory import join

__all__ = ["join", "of", "remove_left_by"]

_VERSIONS = (v1.Trees, v2.Tree)


def of(name):
    """The part for a cluster of this name, in the version whose controllers are mounted."""
    parts = [version(name) for version in _VERSIONS]
    obstacles = [part.obstacle() for part in parts]
    for part, obstacle in zip(parts, obstacles):
        if not obstacle:
            return part
    raise Failure(
        f"Slurm cannot use this machine's cgroups: {'; '.join(obstacles)}",
        "use a machine that boots with systemd, or run with --without-cgroups, where Slurm follows "
        "processes by their parents and binds no devices",
    )


def remove_left_by(name):
    """Removes what an abandoned cluster left, in whichever version it was."""
    for version in _VERSIONS:
        version(name).remove()
