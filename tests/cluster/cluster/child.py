"""Starting a child process and waiting for what it says about itself."""

import os
import pwd
import signal
import traceback
from contextlib import suppress

# Daemons start from a known environment, not from whoever typed the command.
DAEMON_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
}


def start(argv, log, user="root", prepare=lambda: None):
    """Forks and executes argv with its output in the log file; `prepare` runs in the child as root.

    A failure before the exec is written to the log too, where a failed boot looks first.
    """
    pid = os.fork()
    if pid:
        return pid
    try:
        _redirect(log)
        prepare()
        restore_signals()
        become(user)
        os.chdir("/")  # with-cluster may have been started in a /tmp that a node does not see
        os.execve(argv[0], [str(word) for word in argv], DAEMON_ENVIRONMENT)
    except BaseException:  # the child must end here, whatever went wrong
        traceback.print_exc()
    finally:
        os._exit(127)


def restore_signals():
    """Undoes what Python, and the program above, did to signals."""
    for number in signal.valid_signals():
        with suppress(OSError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def become(user):
    if user == "root":
        return
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def exit_code(status):
    """The exit code that a shell would give for a wait status: 128 + N after signal N."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _redirect(log):
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
