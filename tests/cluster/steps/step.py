"""Starting steps as the ordinary account, and looking at what they leave."""

import os
import pty
import pwd
import re
import select
import subprocess
import time
import unittest
from pathlib import Path

from . import cgroup, cluster, walk

# The one place on a node where mounts outlive their step.
WARM = "/run/chainer/warm"
# Where a job's layers are until it ends: a folder of root's that stays, with none in it.
LAYERS = "/run/chainer/layers"


# The account's umask in its shell, from which Slurm passes it to the tasks; for subprocess -1 means
# "leave it as it is".
umask = int(os.environ.get("CHAINER_TEST_UMASK", "-1"), 8)


def _prepared(command, directory=None, variables=None, user=None):
    """The command line and subprocess's settings to run a command as an account, by default the ordinary one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHAINER_SUBMIT_")}
    user = user or cluster.user()
    environment |= {"HOME": str(cluster.home()), "USER": user, "LOGNAME": user, **(variables or {})}
    line = ["runuser", "-u", user, "--", *map(str, command)]
    return line, {"cwd": directory or cluster.home(), "env": environment, "umask": umask}


def run(*command, **how):
    line, how = _prepared(command, **how)
    return subprocess.run(line, capture_output=True, text=True, timeout=cluster.LIMIT_S, **how)


def start(*command, stdin=None, **how):
    """The command as a process that is still running; its output is read from the process."""
    line, how = _prepared(command, **how)
    return subprocess.Popen(line, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)


def in_a_terminal(*command, typed="", **how):
    """Exit code of a command on a terminal of its own where somebody types, and what that showed."""
    ours, theirs = pty.openpty()
    line, how = _prepared(command, **how)
    process = subprocess.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, **how)
    os.close(theirs)
    said = ""
    os.write(ours, typed.encode())
    end = time.monotonic() + cluster.LIMIT_S
    while time.monotonic() < end and (select.select([ours], [], [], 5)[0] or process.poll() is None):
        try:
            said += os.read(ours, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            break
    os.close(ours)
    return process.wait(timeout=cluster.LIMIT_S), said


def batch(*directives, body, words=(), variables=None):
    """How a batch job ended (in Slurm's word) and its output. `sbatch --wait` looks only every few seconds."""
    output, script = cluster.home() / "output", cluster.home() / "job"
    script.write_text("#!/bin/sh\n" + "".join(f"#SBATCH {line}\n" for line in directives) + body + "\n")
    account = pwd.getpwnam(cluster.user())
    os.chown(script, account.pw_uid, account.pw_gid)
    output.unlink(missing_ok=True)
    job = run("sbatch", "--parsable", f"--output={output}", *words, script, variables=variables).stdout.strip()
    return cluster.eventually(lambda: _end_of(job)), output.read_text()


def _end_of(job):
    text = run("scontrol", "show", "job", job).stdout
    state = re.search(r"JobState=(\w+)", text)[1]
    return None if state in ("PENDING", "RUNNING", "CONFIGURING", "COMPLETING") else state


def mounts_of_ours(node):
    """What containers left mounted in the node's own namespace, besides what is kept warm and what the machine itself has."""
    machines = {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    ours = [line for line in _mounts(node) if " squashfs " in line or " chainer " in line or "/run/chainer" in line]
    return [line for line in ours if f" {WARM}" not in line and f" {LAYERS} " not in line and line.split()[4] not in machines]


def _mounts(node):
    return cluster.on_node(node, "cat", "/proc/self/mountinfo").splitlines()


def warm_devices(node):
    """The loop devices of the entries that a node keeps mounted between steps."""
    return [line.split(" - ")[1].split()[1] for line in _mounts(node) if f" {WARM}/" in line]


def leftovers():
    """Everything that a step may have left on any node: mounts, loop devices, folders, processes, cgroups."""
    found = []
    for node in cluster.nodes():
        found += mounts_of_ours(node)
        found += cluster.find(node, "/run/chainer", "-mindepth", "2", "-not", "-path", f"{WARM}/*", "-not", "-path", f"{LAYERS}/*/*/root/*")
        found += cluster.find(node, "/tmp", "-name", "chainer*")
    found += loop_devices() + _processes() + cgroup.left_by_steps()
    return found


def loop_devices():
    """Loop devices over files of this cluster that keep nothing warm. The kernel's name of such a file is only "/"."""
    warm = {device for node in cluster.nodes() for device in warm_devices(node)}
    return [name for name, inode, device in _backing_files()
            if (device, inode) in _inodes_of_the_store() and name not in warm]


def _backing_files():
    columns = ["losetup", "-nO", "NAME,BACK-INO,BACK-MAJ:MIN"]
    lines = subprocess.run(columns, capture_output=True, text=True, check=True).stdout.splitlines()
    for line in lines:
        name, inode, device = line.split()
        major, minor = device.split(":")
        yield name, int(inode), os.makedev(int(major), int(minor))


def _inodes_of_the_store():
    return {(status.st_dev, status.st_ino) for status in walk.statuses(walk.files(cluster.store()))}


def _processes():
    output = subprocess.run(["ps", "-eo", "pid,user:20,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in output.splitlines() if "slurmstepd" in line or "chainer-node" in line or " sleep " in line]


class StepTest(unittest.TestCase):
    maxDiff = None

    def passes(self, *command, **how):
        """The output of a command that succeeded and wrote nothing to stderr."""
        result = run(*command, **how)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        return result.stdout

    def srun(self, *words, **how):
        return self.passes("srun", "--quiet", *words, **how)

    def shell(self, reference, script, *options, **how):
        """The output of a shell script in a container of one task."""
        return self.srun(f"--chainer-image={reference}", *options, "/bin/sh", "-c", script, **how)

    def fails(self, *command, **how):
        """What a command that failed wrote to stderr."""
        result = run(*command, **how)
        self.assertNotEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stderr

    def fails_before_a_job(self, *command, **how):
        """What a command that failed said: Slurm knows no job that it did not know before."""
        before = self._jobs()
        errors = self.fails(*command, **how)
        self.assertLessEqual(self._jobs(), before)
        return errors

    def _jobs(self):
        return set(self.passes("squeue", "--noheader", "--states=all", "--format=%A").split())

    def refuses(self, what, *command, **how):
        """The command fails, says `what` and a next step once, and leaves every node up and clean."""
        errors = self.fails(*command, **how)
        self.assertEqual(errors.count(what), 1, errors)
        self.assertEqual(errors.count("\nnext: "), 1, errors)
        self.nothing_is_left()
        return errors

    def nothing_is_left(self):
        cluster.eventually(lambda: not leftovers())
        self.assertEqual(leftovers(), [])
        cluster.eventually(lambda: set(_node_states()) == {"idle"})
        self.assertEqual(set(_node_states()), {"idle"})


def _node_states():
    return run("sinfo", "-hN", "-o", "%t").stdout.split()
