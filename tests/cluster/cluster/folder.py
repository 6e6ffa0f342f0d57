"""The cluster's folder: all that the cluster writes, and a lock that says whether it is alive.

The same path holds on the host and inside every virtual node. It lies in /var/lib because each
component above the store must be root's and writable by nobody else, which /tmp is not.
"""

import fcntl
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

PARENT = Path("/var/lib")
PREFIX = "chainer-cluster."


class Folder:
    """A cluster's folder, held by the lock's open file description for as long as it is in use."""

    def __init__(self, path, lock_fd=-1):
        self.path = Path(path)
        self.lock_fd = lock_fd

    @classmethod
    def create(cls):
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PARENT))
        folder = cls(path, _lock(path, os.O_CREAT))
        path.chmod(0o755)
        for name in ("bin", "etc", "log", "run", "shared"):
            (path / name).mkdir()
        return folder

    @property
    def id(self):
        return self.path.name.removeprefix(PREFIX)

    def log(self, name):
        return self.path / "log" / f"{name}.log"

    def write(self, relative, text, mode=0o644):
        """Writes a file below the folder and returns its path."""
        path = self.path / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def write_state(self, state):
        self.write("state.json", json.dumps(state, indent=1), 0o600)

    def read_state(self):
        return json.loads((self.path / "state.json").read_text())

    def is_alive(self):
        """True while some process holds the cluster's lock."""
        lock = _lock(self.path, 0)
        if lock == -1:
            return True
        os.close(lock)
        return False

    def wait_until_abandoned(self):
        """Blocks until nobody holds the lock: the supervisor ended, or has removed the folder."""
        try:
            fd = os.open(self.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.close(fd)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)
        if self.path.exists():
            shutil.rmtree(self.path)  # once more, for the error


def _lock(path, flags):
    """The locked file descriptor, or -1 when somebody else holds it."""
    fd = os.open(path / "lock", os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return -1
    return fd


@contextmanager
def alone():
    """No other start makes or sweeps meanwhile: a folder without its lock looks abandoned."""
    fd = os.open(PARENT, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(fd)


def abandoned():
    """The folders whose cluster was killed together with its supervisor, each one locked by us."""
    for path in PARENT.glob(PREFIX + "*"):
        lock = _lock(path, os.O_CREAT)
        if lock != -1:
            yield Folder(path, lock)
