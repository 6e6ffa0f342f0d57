"""with-cluster, as a list of steps."""

import json
import os
import select
import shlex
import signal
import sys
from contextlib import suppress
from pathlib import Path

from . import accounts, cgroups, command_line, folder, loop_devices, prerequisites, product
from .failure import OUT_OF_REACH, USAGE, Failure
from .folder import Folder
from .session import Session
from .signals import SignalPipe
from .supervisor import KEEP, Supervisor

_ENDING = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)


def main(words):
    try:
        options = command_line.parse(words)
        prerequisites.check(options)
        if options.stop:
            return _stop(options)
        if options.enter:
            return _enter(options)
        return _run(options)
    except Failure as failure:
        print(f"with-cluster: {failure.text()}", file=sys.stderr)
        return failure.exit_code


def _run(options):
    product.find_build(options.build)  # refuses when there is none, before anything starts
    if options.cgroups:
        cgroups.of("none")  # refuses the machine that has none
    signals = SignalPipe([*_ENDING, signal.SIGCHLD])
    cluster = _Cluster(options, signals)
    try:
        state = cluster.boot()
        code = 0
        if options.command:
            account = state["command_account"]
            code = Session(cluster.name, state, account, signals).run(options.command)
        if options.keep:
            cluster.keep(state)
        return code
    except _Interrupted as interruption:
        return 128 + interruption.number
    finally:
        cluster.end()


class _Interrupted(Exception):
    def __init__(self, number):
        super().__init__(number)
        self.number = number


class _Cluster:
    """The supervisor's other end: started, listened to, and waited for."""

    def __init__(self, options, signals):
        self._signals = signals
        with folder.alone():
            _sweep()
            home = Folder.create()
        self._path = home.path
        life_read, self._life = os.pipe2(os.O_CLOEXEC)
        report_read, report = os.pipe2(os.O_CLOEXEC)
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._life)
            os.close(report_read)
            Supervisor(home, options, life_read, report).run()
            os._exit(0)
        os.close(life_read)
        os.close(report)
        os.close(home.lock_fd)
        self._report = report_read
        self._unread = b""
        self._kept = False

    @property
    def name(self):
        return self._path.name

    def boot(self):
        """What the supervisor says about the booted cluster."""
        state = {}
        while "ready" not in state:
            ready, _, _ = select.select([self._report, self._signals.fd], [], [])
            self._raise_for_signals()
            if self._report in ready:
                messages = self._messages()
                for message in messages:
                    state |= message
                _raise_for_failure(state)
                if not messages:
                    raise Failure("the cluster's supervisor ended during the boot")
        return state

    def keep(self, state):
        Folder(self._path).write_state(state)
        os.write(self._life, KEEP)
        self._kept = True
        program = shlex.quote(sys.argv[0])
        print(
            f"with-cluster: the cluster stays up, in {self._path}\n"
            f"  use it:  {program} --enter {self._path} -- sinfo\n"
            f"  stop it: {program} --stop {self._path}",
            file=sys.stderr,
        )

    def end(self):
        """Takes the cluster down, unless it is kept, and passes the supervisor's warnings on."""
        os.close(self._life)
        if self._kept:
            return
        while messages := self._messages():
            for message in messages:
                if "warning" in message:
                    print(f"with-cluster: {message['warning']}", file=sys.stderr)
        os.waitpid(self._pid, 0)

    def _messages(self):
        """The next whole messages, [{}] while a line is not complete, [] at the end."""
        chunk = os.read(self._report, 1 << 16)
        if not chunk:
            return []
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        return [json.loads(line) for line in lines] or [{}]

    def _raise_for_signals(self):
        for number in self._signals.read():
            if number in _ENDING:
                raise _Interrupted(number)


def _raise_for_failure(state):
    if "failed" in state:
        raise Failure(state["failed"], state.get("hint", ""), state.get("exit_code", OUT_OF_REACH))


def _sweep():
    """Removes what clusters left whose supervisor itself was killed."""
    for left in folder.abandoned():
        loop_devices.detach_those_of(left.path)
        cgroups.remove_left_by(left.path.name)
        left.remove()
        os.close(left.lock_fd)


def _enter(options):
    home = _kept(options.enter)
    state = home.read_state()
    account = state["command_account"]
    if options.user:
        account = _account_of(options.user, state)
    signals = SignalPipe([*_ENDING, signal.SIGCHLD])
    return Session(home.path.name, state, account, signals).run(options.command)


def _account_of(name, state):
    known = [vars(accounts.root()), state["account"]]
    for account in known:
        if account["name"] == name:
            return account
    raise Failure(f"the cluster has no account {name}", "", USAGE)


def _stop(options):
    """Returns when the supervisor has ended, which is after all that the cluster had."""
    home = _kept(options.stop)
    with suppress(ProcessLookupError):  # it has just ended by itself
        supervisor = os.pidfd_open(home.read_state()["supervisor"])
        # Asked once more: a process that got the number of a dead supervisor holds no lock.
        if home.is_alive():
            signal.pidfd_send_signal(supervisor, signal.SIGTERM)
            select.select([supervisor], [], [])
    return 0


def _kept(path):
    home = Folder(Path(path).resolve())
    if not home.is_kept():
        raise Failure(f"no cluster is up in {path}", "start one with --keep")
    return home
