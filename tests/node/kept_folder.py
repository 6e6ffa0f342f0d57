"""Keeps what is large and slow to make between runs, outside of the project."""
import fcntl
import os
import pathlib

CACHE = pathlib.Path(os.environ.get("CHAINER_TEST_CACHE", "/var/tmp/chainer-test-cache"))


def kept_folder(name, sign, make):
    """The folder of that name. `make` makes it, by one test at a time, unless it holds the file `sign`."""
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / name
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / sign).exists():
            make(folder)
    return folder
