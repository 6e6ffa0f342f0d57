"""What lies below a folder that others are changing: pathlib's own walk fails where a folder goes while it looks."""

import os
from pathlib import Path


def folders(above):
    return [Path(place) / name for place, names, _ in os.walk(above) for name in names]


def files(above):
    return [Path(place) / name for place, _, names in os.walk(above) for name in names]


def statuses(paths):
    """Of those that are still there."""
    for path in paths:
        try:
            yield path.stat()
        except FileNotFoundError:
            continue
