"""A command on the cluster's login node, on this terminal, as the account that it is meant for."""

import os
import select
import signal
import sys

from . import cgroups, child, kernel
from .accounts import Account

_NAMESPACES = [
    ("uts", kernel.CLONE_NEWUTS),
    ("ipc", kernel.CLONE_NEWIPC),
    ("cgroup", kernel.CLONE_NEWCGROUP),
    ("mnt", kernel.CLONE_NEWNS),
]
# Variables by which the caller's own account or job would steer the command.
_FOREIGN_PREFIXES = ("SLURM", "SBATCH_", "SALLOC_", "SRUN_", "PMIX_", "PMI_", "XDG_")
# How long a command may take to end after a SIGTERM.
_GRACE_S = 10


class Session:
    """Built from the state that a booted cluster reported."""

    def __init__(self, name, state, account, signals):
        self._init = state["init"]
        self._environment = state["environment"]
        self._account = Account(**account)
        self._signals = signals
        self._cgroup_fds = cgroups.of(name).open_for_joining() if state["cgroups"] else []

    def run(self, command):
        """Runs the command and returns its exit code; 128 + N after signal N."""
        kernel.setns(self._open_namespace("pid"), kernel.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            self._become(command)
        return self._wait(pid)

    def _wait(self, pid):
        """Passes SIGTERM and SIGHUP on. The terminal sends Ctrl-C to the command itself."""
        deadline = None
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return child.exit_code(status)
            ready, _, _ = select.select([self._signals.fd], [], [], deadline)
            if not ready:
                os.kill(pid, signal.SIGKILL)
            for number in self._signals.read():
                if number in (signal.SIGTERM, signal.SIGHUP):
                    os.kill(pid, number)
                    deadline = _GRACE_S

    def _become(self, command):
        """Never returns: the forked child enters the login node and executes the command."""
        try:
            signal.set_wakeup_fd(-1)
            self._enter()
            child.restore_signals()
            child.become(self._account.name)
            self._change_directory()
            os.execvpe(command[0], command, self._variables())
        except FileNotFoundError:
            print(f"with-cluster: {command[0]}: command not found", file=sys.stderr)
            os._exit(127)
        except Exception as error:
            print(f"with-cluster: cannot run {command[0]}: {error}", file=sys.stderr)
        finally:
            os._exit(126)

    def _enter(self):
        cgroups.join(self._cgroup_fds)
        self._directory = os.getcwd()  # joining a mount namespace moves us to its root
        # All are opened before the first is entered: their paths lie in our mount namespace.
        for fd, kind in [(self._open_namespace(name), kind) for name, kind in _NAMESPACES]:
            kernel.setns(fd, kind)

    def _open_namespace(self, name):
        return os.open(f"/proc/{self._init}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)

    def _change_directory(self):
        """Goes to where the caller is, or home when the account cannot go there."""
        try:
            os.chdir(self._directory)
        except OSError:
            os.chdir(self._account.home)

    def _variables(self):
        own = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN_PREFIXES)}
        identity = {
            "HOME": self._account.home,
            "USER": self._account.name,
            "LOGNAME": self._account.name,
        }
        return {**own, "SHELL": "/bin/bash", **identity, **self._environment}
