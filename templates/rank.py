"""Runs one rank of a run, passes Slurm's signals on to it, and records what it wrote and how it ended.

Usage: python -I -S rank.py ATTEMPT LABEL NOTICE IMAGE, on every rank. LABEL is "true" when each line of a rank is to
begin with its number in the job's log. NOTICE is how many seconds before its time is over Slurm sends the run a
SIGTERM; it is empty where Slurm does not. IMAGE is empty for a run on the nodes' own file system. ATTEMPT is a folder
with

  environment     the run's own variables, NAME=VALUE, each ended by a NUL byte
  command         the program and its arguments, each ended by a NUL byte; an empty program is the Python
                  that runs this
  ranks/RANK      gets the rank's exit code, 128 + N after signal N
  ranks/RANK.log  gets what the rank writes, byte for byte
  ranks/RANK.process  gets the number of this process, without Slurm: its signals go there
  first_failure   gets "RANK CODE NODE FOLDER" of the rank that failed first; FOLDER is one without room,
                  if there is one
  notified        is made when a rank gets SIGTERM

No shell stands between Slurm and the program: one would change variables such as IFS, OPTIND and
PWD, and drop those whose names it does not like.
"""

import errno
import os
import select
import signal
import sys
import threading
import time

# Slurm sends a signal more than once for one ending (22.05: twice within a few milliseconds at the
# time limit). The second would end a handler that is saving the run's work.
ONCE_S = 1.0

# Signals that a program brings on itself, and those that cannot be passed on.
OWN = {"SIGKILL", "SIGSTOP", "SIGCHLD", "SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS",
       "SIGABRT", "SIGPIPE", "SIGTTIN", "SIGTTOU"}


# How long the pipe is read after the program's end. A program that it left running, such as
# Python's resource tracker, writes its last words in that time, or holds the pipe forever.
LINGER_S = 1.0

PIECE = 1 << 16  # bytes
LEAST_ROOM = 1 << 16  # bytes: a file system with less is full
WHOLE_PIPE = 1 << 20  # bytes: more than a pipe holds


def strings(path):
    with open(path, "rb") as file:
        return file.read().split(b"\0")[:-1]


def passed_on():
    own = {getattr(signal, name) for name in OWN}
    return {number for number in range(1, signal.NSIG) if number not in own and number not in (32, 33)}


def write_all(fd, data):
    data = memoryview(data)
    while data:
        data = data[os.write(fd, data):]


class Output:
    """What a program writes: passed on to Slurm, and kept in a file of the rank's own.

    Standard output and standard error share one pipe, so that their bytes keep the order in which they were written.
    Nothing is held back in this process: before it reads on, what it has read is in the file and with Slurm.
    """

    def __init__(self, attempt, rank, label):
        self.rank = rank
        self.path = "%s/ranks/%s.log" % (attempt, rank)
        self.label = b"[%s] " % rank.encode() if label else b""
        self.is_at_line_start = True
        self.reader, self.writer = os.pipe()
        self.end_reader, self.end_writer = os.pipe()
        self.is_passed_on = True
        try:
            self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            self.give_up_file(error)

    def take_over(self):
        """In the program's process: everything that it writes goes into the pipe."""
        os.dup2(self.writer, 1)
        os.dup2(self.writer, 2)

    def start(self):
        """In the process that waits for the program: leaves the program as the only writer."""
        os.close(self.writer)
        self.thread = threading.Thread(target=self.copy)
        self.thread.start()

    def finish(self):
        """Called once the program has ended: returns when everything that it wrote has been passed on."""
        os.close(self.end_writer)
        self.thread.join()

    def copy(self):
        """Reads until nobody can write into the pipe any more, or until LINGER_S after the program's end."""
        sources, until = [self.reader, self.end_reader], None
        while until is None or time.monotonic() < until:
            patience = None if until is None else max(0.0, until - time.monotonic())
            ready, _, _ = select.select(sources, [], [], patience)
            if self.end_reader in ready:
                sources, until = [self.reader], time.monotonic() + LINGER_S
            elif self.reader in ready and not self.take(PIECE):
                return
        # Something else still writes. What the program itself wrote is in the pipe by now.
        os.set_blocking(self.reader, False)
        self.take(WHOLE_PIPE)

    def take(self, most):
        """Passes on what can be read now; false when there is nothing."""
        try:
            data = os.read(self.reader, most)
        except BlockingIOError:
            return False
        if data:
            self.keep(data)
            self.show(data)
        return bool(data)

    def keep(self, data):
        if self.file is None:
            return
        try:
            write_all(self.file, data)
        except OSError as error:
            self.give_up_file(error)

    def give_up_file(self, error):
        self.file = None
        tell("chainer: cannot keep the output of rank %s in %s: %s\n"
             "next: make room there; the job's log has it too\n" % (self.rank, self.path, error.strerror))

    def show(self, data):
        try:
            if self.is_passed_on:
                write_all(1, self.labelled(data) if self.label else data)
        except OSError:
            self.is_passed_on = False  # srun is gone, and with it whoever could be told

    def labelled(self, data):
        start = self.label if self.is_at_line_start else b""
        self.is_at_line_start = data.endswith(b"\n")
        return start + data[:-1].replace(b"\n", b"\n" + self.label) + data[-1:]


def tell(message):
    try:
        os.write(2, message.encode("utf-8", "replace"))
    except OSError:
        pass  # nobody reads it


def keep_gpu_driver(environment, own):
    """The folders of the node's GPU driver, which the plugin put first, stay first: the run's variables know nothing of them."""
    for name in (b"LD_LIBRARY_PATH", b"PATH"):
        first = own.get(name, b"").split(b":")[0]
        others = environment.get(name, b"")
        if first.startswith(b"/opt/chainer/gpu/") and first not in others.split(b":"):
            environment[name] = first + b":" + others if others else first


def add_compatibility(environment):
    """Scripts of the retired service find its package in the run's folder, after what the run itself names."""
    compat = os.path.join(os.path.dirname(os.path.abspath(os.fsencode(__file__))), b"compat")
    if os.path.isdir(compat):
        named = environment.get(b"PYTHONPATH", b"")
        environment[b"PYTHONPATH"] = named + b":" + compat if named else compat


def execute(command, environment, mask):
    """Becomes the program, with the signal handling that Slurm gives a task."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # Python ignores or handles these
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    program = command[0] or os.fsencode(sys.executable)
    try:
        os.execvpe(program, [program, *command[1:]], environment)
    except OSError as error:
        tell("chainer: cannot run %s: %s\n" % (os.fsdecode(program), error.strerror))
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


def wait(child, signals, attempt, has_notice):
    """Passes signals on until the program has ended; returns its exit code."""
    last = {}
    # After a notice, the time limit itself sends another SIGTERM, which would end a handler that is
    # still saving.
    once_s = {signal.SIGTERM: float("inf")} if has_notice else {}
    while True:
        got = signal.sigwaitinfo(signals | {signal.SIGCHLD})
        if got.si_signo == signal.SIGCHLD:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid == child:
                return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            continue
        if got.si_signo == signal.SIGTERM:
            open(attempt + "/notified", "w").close()
        now = time.monotonic()
        if got.si_signo not in last or now - last[got.si_signo] >= once_s.get(got.si_signo, ONCE_S):
            last[got.si_signo] = now
            os.kill(child, got.si_signo)


def is_full(folder):
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize < LEAST_ROOM or (status.f_files > 0 and status.f_favail == 0)


def refuses_to_take_more(folder):
    """A quota that is used up shows only when one writes, and on a network file system only at fsync."""
    import tempfile  # here, since ranks that end well need none of it
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            write_all(file.fileno(), bytes(LEAST_ROOM))
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return False


def full_folder(attempt, environment):
    """A folder in which a program may have found no room: the system's error message does not name it."""
    on_disk = ("/tmp", os.fsdecode(environment.get(b"TMPDIR", b"/tmp")), attempt)
    for folder in ("/dev/shm", *on_disk):
        if is_full(folder):
            return folder
    for folder in on_disk:
        if refuses_to_take_more(folder):
            return folder
    return ""


def write_note(path, text, flags):
    note = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o600)
    try:
        write_all(note, text.encode("utf-8", "surrogateescape"))
    finally:
        os.close(note)


def note(attempt, rank, code, environment):
    node = own_node()
    try:
        if code != 0 and not os.path.exists(attempt + "/first_failure"):
            try:
                line = "%s %d %s %s" % (rank, code, node, full_folder(attempt, environment))
                write_note(attempt + "/first_failure", line.rstrip() + "\n", os.O_EXCL)
            except FileExistsError:
                pass  # another rank was first
        write_note("%s/ranks/%s" % (attempt, rank), "%d\n" % code, os.O_TRUNC)
    except OSError as error:
        tell("chainer: cannot note in %s that rank %s ended with %d: %s\nnext: make room there and submit again\n"
             % (attempt, rank, code, error.strerror))


def own_rank():
    """Which rank this is, as Slurm or the MPI that started it says."""
    for name in ("SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"):
        if os.environ.get(name):
            return os.environ[name]
    return "0"


def own_node():
    return os.environ.get("SLURMD_NODENAME") or os.uname().nodename


def end_on_the_host(attempt, rank):
    """A node without the plugin runs this on the host, where the run would find another Python."""
    print("chainer: cannot run rank %s in its container: node %s started it on the host\n"
          "next: an administrator must add spank_chainer.so to the plugstack.conf of that node"
          % (rank, own_node()), file=sys.stderr)
    note(attempt, rank, 1, {})
    sys.exit(1)


def main(attempt, label, notice, image):
    rank = own_rank()
    if image and not os.environ.get("CHAINER_SUBMIT_CONTAINER"):
        end_on_the_host(attempt, rank)
    command = strings(attempt + "/command")
    environment = dict(os.environb)
    environment.update(variable.split(b"=", 1) for variable in strings(attempt + "/environment"))
    keep_gpu_driver(environment, os.environb)
    add_compatibility(environment)

    if "SLURM_PROCID" not in os.environ:
        write_note("%s/ranks/%s.process" % (attempt, rank), "%d\n" % os.getpid(), os.O_TRUNC)
    signals = passed_on()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signals | {signal.SIGCHLD})
    output = Output(attempt, rank, label == "true")
    child = os.fork()
    if child == 0:
        output.take_over()
        execute(command, environment, mask)
    output.start()
    code = wait(child, signals, attempt, notice != "")
    note(attempt, rank, code, environment)
    output.finish()
    sys.exit(code)


main(*sys.argv[1:])
