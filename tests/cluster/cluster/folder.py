"""The cluster's folder: everything that the cluster writes, and a lock that shows whether it is alive.

The same path holds on the host and inside every virtual node. It lies in /var/lib because each component above the
store must be root's and writable by nobody else, which is not true of /tmp.
"""

import fcntl
import json
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

PARENT = Path("/var/lib")
PREFIX = "chainer-cluster."
_LOCK = "lock"
_STATE = "state.json"


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
        self.write(_STATE, json.dumps(state, indent=1), 0o600)

    def read_state(self):
        return json.loads((self.path / _STATE).read_text())

    def is_kept(self):
        """True for a cluster that was left up and has not been taken down."""
        return (self.path / _STATE).exists() and self.is_alive()

    def is_alive(self):
        """True while some process holds the cluster's lock."""
        try:
            lock = _lock(self.path, 0)
        except FileNotFoundError:
            return False
        if lock == -1:
            return True
        os.close(lock)
        return False

    def remove(self):
        """Removes the file that names the owner last, so that nobody takes the folder for gone too early."""
        for entry in self.path.iterdir():
            if entry.name not in (_STATE, _LOCK):
                _remove(entry)
        for name in (_STATE, _LOCK):
            (self.path / name).unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # a start that swept was faster
            self.path.rmdir()


def _remove(entry):
    if entry.is_symlink() or not entry.is_dir():
        entry.unlink()
        return
    shutil.rmtree(entry, ignore_errors=True)
    if entry.exists():
        shutil.rmtree(entry)  # again, to get the error


def _lock(path, flags):
    """The locked file descriptor, or -1 when somebody else holds it."""
    fd = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return -1
    return fd


@contextmanager
def alone():
    """Keeps other starts from making or sweeping meanwhile: a folder without its lock looks abandoned."""
    fd = os.open(PARENT, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(fd)


def abandoned():
    """The folders whose cluster was killed together with its supervisor, each one locked by us."""
    for path in PARENT.glob(PREFIX + "*"):
        try:
            lock = _lock(path, os.O_CREAT)
        except FileNotFoundError:
            continue  # its supervisor has just removed it
        if lock != -1:
            yield Folder(path, lock)
