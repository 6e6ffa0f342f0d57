"""Runs one rank of a run, passes Slurm's signals on to it, and notes how it ended.

Usage: python -I -S rank.py ATTEMPT, on every rank. ATTEMPT is a folder with

  environment    the run's own variables, NAME=VALUE, each ended by a NUL byte
  command        the program and its arguments, each ended by a NUL byte
  ranks/         gets a file per rank that holds its exit code, 128 + N after signal N
  first_failure  gets "RANK CODE NODE" of the rank that failed first

No shell stands between Slurm and the program: one would change variables such as IFS, OPTIND and
PWD, and drop those whose names it does not like.
"""

import os
import signal
import sys
import time

# One ending sends a signal more than once (22.05: twice within a few milliseconds at the time
# limit). The second would end a handler that is saving the run's work.
ONCE_S = 1.0

# Those that a program brings on itself, and those that nobody can pass on.
OWN = {"SIGKILL", "SIGSTOP", "SIGCHLD", "SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS",
       "SIGABRT", "SIGPIPE", "SIGTTIN", "SIGTTOU"}


def strings(path):
    with open(path, "rb") as file:
        return file.read().split(b"\0")[:-1]


def passed_on():
    own = {getattr(signal, name) for name in OWN}
    return {number for number in range(1, signal.NSIG) if number not in own and number not in (32, 33)}


def add_compatibility(environment):
    """Scripts of the retired service find its package in the run's folder, behind what the run names."""
    compat = os.path.join(os.path.dirname(os.path.abspath(os.fsencode(__file__))), b"compat")
    if os.path.isdir(compat):
        named = environment.get(b"PYTHONPATH", b"")
        environment[b"PYTHONPATH"] = named + b":" + compat if named else compat


def execute(command, environment, mask):
    """Becomes the program, with the signals as Slurm gives them to a task."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # Python ignores or handles these
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        message = "chainer: cannot run %s: %s\n" % (os.fsdecode(command[0]), error.strerror)
        os.write(2, message.encode("utf-8", "replace"))
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


def wait(child, signals):
    """Passes signals on until the program has ended; returns its exit code."""
    last = {}
    while True:
        got = signal.sigwaitinfo(signals | {signal.SIGCHLD})
        if got.si_signo == signal.SIGCHLD:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid == child:
                return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            continue
        now = time.monotonic()
        if now - last.get(got.si_signo, -ONCE_S) >= ONCE_S:
            last[got.si_signo] = now
            os.kill(child, got.si_signo)


def note(attempt, rank, code):
    node = os.environ.get("SLURMD_NODENAME", "")
    if code != 0:
        try:
            first = os.open(attempt + "/first_failure", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(first, ("%s %d %s\n" % (rank, code, node)).encode())
            os.close(first)
        except FileExistsError:
            pass  # another rank was first
    with open("%s/ranks/%s" % (attempt, rank), "w") as file:
        file.write("%d\n" % code)


def end_on_the_host(attempt, rank):
    """A node that lacks the plugin runs this on the host, where the run would find another Python."""
    print("chainer: cannot run rank %s in its container: node %s started it on the host\n"
          "next: an administrator must add spank_chainer.so to the plugstack.conf of that node"
          % (rank, os.environ.get("SLURMD_NODENAME", "")), file=sys.stderr)
    note(attempt, rank, 1)
    sys.exit(1)


def main(attempt):
    rank = os.environ["SLURM_PROCID"]
    if not os.environ.get("CHAINER_SUBMIT_CONTAINER"):
        end_on_the_host(attempt, rank)
    command = strings(attempt + "/command")
    environment = dict(os.environb)
    environment.update(variable.split(b"=", 1) for variable in strings(attempt + "/environment"))
    add_compatibility(environment)

    signals = passed_on()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signals | {signal.SIGCHLD})
    child = os.fork()
    if child == 0:
        execute(command, environment, mask)
    code = wait(child, signals)
    note(attempt, rank, code)
    sys.exit(code)


main(sys.argv[1])
