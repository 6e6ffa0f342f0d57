"""The end of a node's slurmd, and of a node, while steps are on it."""

import os
import signal
import subprocess
from contextlib import suppress

from . import cluster


class Slurmd:
    """A node's slurmd, which a test ends and starts again; the node itself is held meanwhile."""

    def __init__(self, test, node):
        self._node = node
        self._pid_file = cluster.folder() / "nodes" / node / "pid"
        self._pid = int(self._pid_file.read_text())
        holder = subprocess.Popen(["nsenter", "-t", str(self._pid), "-m", "-u", "-i", "cat"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        self._holder = holder.pid
        test.addCleanup(holder.communicate)
        test.addCleanup(self._leave_running)
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        holder.stdout.read(1)  # it is in the node's namespaces, which go with slurmd unless somebody else is in them

    def end(self, number=signal.SIGTERM):
        """Of slurmd alone, by default as `systemctl restart slurmd` does it: the steps go on."""
        os.kill(self._pid, number)
        self._gone(self._pid)

    def crash_with_the_node(self):
        """Everything that runs on the node dies at once."""
        mine = os.stat(f"/proc/{self._pid}/ns/uts").st_ino
        victims = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if pid != self._holder and _is_in(pid, mine)]
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, so that none of them sees another's end
            for pid in victims:
                with suppress(ProcessLookupError):  # it was about to end by itself
                    os.kill(pid, number)
        self._gone(self._pid)

    def start(self):
        log = open(cluster.folder() / "log" / f"slurmd.{self._node}.log", "ab")
        command = ["nsenter", "-t", str(self._holder), "-m", "-u", "-i", "/usr/sbin/slurmd", "-D", "-N", self._node,
                   "-f", os.environ["SLURM_CONF"]]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
        with log:
            started = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/")
        self._pid = started.pid
        self._pid_file.write_text(f"{self._pid}\n")
        started.returncode = 0  # the cluster's init takes it over; it is no child of a test to wait for

    def _leave_running(self):
        """The tests that follow want the node, whatever became of this one."""
        if not _runs(self._pid):
            self.start()

    def _gone(self, pid):
        assert cluster.eventually(lambda: not _runs(pid)), f"{pid} does not end"


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def _is_in(pid, namespace):
    try:
        return os.stat(f"/proc/{pid}/ns/uts").st_ino == namespace
    except (FileNotFoundError, PermissionError):
        return False
