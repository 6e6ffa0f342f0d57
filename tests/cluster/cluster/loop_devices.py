"""Loop devices belong to the whole machine: those that a cluster left behind must be found and detached."""

import fcntl
import os
import struct
import time
from pathlib import Path

_LOOP_CLR_FD = 0x4C01
_LOOP_GET_STATUS64 = 0x4C05
_STATUS = struct.Struct("=QQ")  # lo_device, lo_inode, the first fields of loop_info64
_STATUS_SIZE = 232
_AUTOCLEAR_WITHIN_S = 2


def detach_those_of(folder):
    """Detaches each loop device whose file lies below the folder; returns those that it had to detach.

    A file is recognised by device and inode: its path was seen from a mount namespace that is gone.
    """
    ours = _left_after_autoclear(folder)
    for path in ours:
        _detach(path)
    return [f"loop device {path}, backed by {file}," for path, file in ours.items()]


def _left_after_autoclear(folder):
    """Those still attached after the kernel had the time to clear those that only a mount held."""
    deadline = time.monotonic() + _AUTOCLEAR_WITHIN_S
    while (ours := _those_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return ours


def _those_of(folder):
    attached = {path: identity for path in _attached() if (identity := _identity(path))}
    files = _files(folder) if attached else {}
    return {path: files[identity] for path, identity in attached.items() if identity in files}


def _attached():
    return [f"/dev/{entry.parent.name}" for entry in Path("/sys/block").glob("loop*/loop")]


def _identity(path):
    buffer = bytearray(_STATUS_SIZE)
    try:
        with open(path, "rb") as device:
            fcntl.ioctl(device, _LOOP_GET_STATUS64, buffer)
    except OSError:
        return None  # detached meanwhile
    number, inode = _STATUS.unpack_from(buffer)
    return number, inode


def _files(folder):
    found = {}
    for directory, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(directory, name)
            status = os.lstat(path)
            found[status.st_dev, status.st_ino] = path
    return found


def _detach(path):
    with open(path, "rb") as device:
        fcntl.ioctl(device, _LOOP_CLR_FD)
