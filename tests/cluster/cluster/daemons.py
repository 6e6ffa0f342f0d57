"""The cluster's daemons: started, waited for, and named when one of them fails."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from . import child
from .failure import Failure

READY_WITHIN_S = 30
_LOG_LINES = 12


@dataclass
class Daemon:
    name: str
    pid: int
    log: Path


class Daemons:
    """Children of the cluster's init. A daemon that ends during the boot is the boot's failure."""

    def __init__(self, folder):
        self._folder = folder
        self._running = {}

    def start(self, name, argv, **how):
        log = self._folder.log(name.replace(" ", "."))
        daemon = Daemon(name, child.start(argv, log, **how), log)
        self._running[daemon.pid] = daemon
        return daemon

    def wait_until(self, is_ready, whom):
        """Polls until is_ready() holds; raises for any daemon that ends meanwhile, or on a timeout.

        `whom` returns the daemons that are still waited for.
        """
        deadline = time.monotonic() + READY_WITHIN_S
        while True:
            self._raise_for_ended()
            if is_ready():
                return
            if time.monotonic() > deadline:
                late = whom()[0]
                raise _failure(late, f"was not ready within {READY_WITHIN_S} s")
            time.sleep(0.01)

    def reap_forever(self):
        """Waits for every child of init, including adopted ones, and notes the daemons among them."""
        while True:
            pid, status = os.wait()
            daemon = self._running.pop(pid, None)
            if daemon:
                failure = _failure(daemon, f"ended, exit code {child.exit_code(status)}")
                with self._folder.log("ended").open("a") as file:
                    file.write(failure.what + "\n")

    def _raise_for_ended(self):
        for daemon in list(self._running.values()):
            pid, status = os.waitpid(daemon.pid, os.WNOHANG)
            if pid:
                raise _failure(daemon, f"failed to start, exit code {child.exit_code(status)}")


def ended(folder):
    """What there is to say about daemons that ended while the cluster was up."""
    log = folder.log("ended")
    return log.read_text() if log.exists() else ""


def _failure(daemon, what):
    return Failure(f"{daemon.name} {what}; its log ends with:\n{_tail(daemon.log)}")


def _tail(log):
    if not log.exists():
        return "  (nothing)"
    lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
    return "\n".join("  " + line for line in lines) or "  (nothing)"
