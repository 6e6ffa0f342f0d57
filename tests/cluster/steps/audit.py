"""Looks again and again at every process of the cluster's steps: whose it is, what it runs, its sockets."""

import re
import threading
from dataclasses import dataclass
from pathlib import Path

from . import cgroup


@dataclass(frozen=True)
class Seen:
    program: str  # the helper's side, or the name of the program
    uids: tuple  # real, effective, saved and file system's
    step: str  # whose cgroup it was in, or ""


class Audit:
    """Looks from the beginning of `with` to its end, from outside of all steps.

    `processes` are all that were seen, `sockets` the uids that owned a socket to each foreign port, and `new_sockets`
    those that a process of root's in a step held and its parent did not: (program, foreign port).
    """

    def __init__(self):
        self.processes = set()
        self.sockets = {}
        self.new_sockets = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def of(self, program):
        return {seen for seen in self.processes if seen.program == program}

    def _run(self):
        while not self._end.wait(0.003):
            self._look()

    def _look(self):
        sockets = _inet_sockets()
        for uid, _, port in sockets.values():
            self.sockets.setdefault(port, set()).add(uid)
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                self._look_at(folder, sockets)
            except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                continue

    def _look_at(self, folder, sockets):
        step = cgroup.step_in((folder / "cgroup").read_text())
        program = _program(folder)
        if not step and not program.endswith("-side"):
            return
        status = (folder / "status").read_text()
        uids = tuple(int(word) for word in re.search(r"Uid:\t(.*)", status)[1].split())
        self.processes.add(Seen(program, uids, step))
        if 0 in uids:
            parent = Path("/proc") / re.search(r"PPid:\t(\d+)", status)[1]
            # A task is forked by its slurmstepd, and holds Slurm's own sockets until it executes
            # its program.
            own = (_inodes(folder) & sockets.keys()) - _inodes(parent)
            self.new_sockets |= {(program, sockets[inode][2]) for inode in own}


def _program(folder):
    words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
    if words[0].endswith("chainer-node") and len(words) > 1:
        return words[1]
    return "slurmstepd" if words[0].startswith("slurmstepd") else (folder / "comm").read_text().strip()


def _inodes(folder):
    found = set()
    for fd in (folder / "fd").iterdir():
        try:
            target = str(fd.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def _inet_sockets():
    """For each inode: the owner's uid, the local and the foreign port."""
    found = {}
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
            words = line.split()
            local, foreign = (int(words[column].rpartition(":")[2], 16) for column in (1, 2))
            if words[9] != "0":  # 0: closed, and no longer anybody's
                found[words[9]] = int(words[7]), local, foreign
    return found
