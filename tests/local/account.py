"""An ordinary account on this machine, for as long as a test runs, and chainer-node as it runs it.

As root a test runs in a mount namespace of its own, where /etc/passwd has one more account and /dev/fuse is open to
everybody, as it is on most machines. As anybody else it uses the account that it runs as.
"""
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

NAME, NUMBER = "ada", 4242
PROJECT = Path(__file__).resolve().parents[2]
NUMBERS = [file for file in ("/etc/subuid", "/etc/subgid") if Path(file).exists()]
_MARK = "CHAINER_LOCAL_TEST"


def build():
    """The build folder that $CHAINER_BUILD names, else the newer one of those that exist."""
    if os.environ.get("CHAINER_BUILD"):
        return Path(os.environ["CHAINER_BUILD"])
    programs = [PROJECT / "build" / name / "node" / "chainer-node" for name in ("dev", "release")]
    found = [program for program in programs if program.exists()]
    return max(found, key=lambda program: program.stat().st_mtime).parents[1]


def enter():
    """Starts this program again where the account exists; returns there."""
    if os.geteuid() != 0 or os.environ.get(_MARK):
        return
    os.environ[_MARK] = "yes"
    os.execvp("unshare", ["unshare", "--mount", "--propagation=private", sys.executable, *sys.argv])


def _bind(source, place):
    subprocess.run(["mount", "--bind", source, place], check=True)


class Account:
    """The account, with a home that is removed at the end."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="chainer-local.", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.home = self.folder / "home"
        self.home.mkdir()
        self.prefix = []
        self.name = pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            self._become_known()

    def _become_known(self):
        self.name = NAME
        for file, line in (("passwd", f"{NAME}:x:{NUMBER}:{NUMBER}::{self.home}:/bin/sh\n"), ("group", f"{NAME}:x:{NUMBER}:\n")):
            ours = self.folder / file
            ours.write_text(Path("/etc", file).read_text() + line)
            _bind(ours, f"/etc/{file}")
        numbers = self.folder / "numbers"
        numbers.write_text(f"{NAME}:100000:65536\n")
        for file in NUMBERS:
            _bind(numbers, file)
        for name, mode in (("fuse", "666"), ("closed-fuse", "600")):
            subprocess.run(["mknod", "-m", mode, self.folder / name, "c", "10", "229"], check=True)
        _bind(self.folder / "fuse", "/dev/fuse")
        os.chown(self.home, NUMBER, NUMBER)
        self.prefix = ["setpriv", f"--reuid={NUMBER}", f"--regid={NUMBER}", "--clear-groups", "--"]

    def install(self):
        """Installs the programs where the account may read them; returns the folder."""
        place = self.folder / "installed"
        for source, target in ((build() / "submit/chainer-submit", "bin"), (build() / "node/chainer-node", "libexec/chainer")):
            (place / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place / target)
        shutil.copytree(PROJECT / "site-config", place / "share/chainer/site-config")
        return place

    def base_image(self):
        """Debian with Python and Open MPI; where it is missing, only root can make it."""
        cache = PROJECT / "build" / "cache"
        made = subprocess.run([PROJECT / "tests/cluster/make-base-image", cache], stdout=subprocess.PIPE, text=True)
        found = [made.stdout.strip()] if made.returncode == 0 else sorted(map(str, cache.glob("base-image-*")))
        if not found:
            raise unittest.SkipTest("there is no base image, and only root can make it")
        shutil.copytree(found[-1], self.folder / "base")
        subprocess.run(["chmod", "-R", "a+rX", self.folder / "base"], check=True)
        return f"oci:{self.folder}/base:latest"

    def hide_fuse(self):
        """Makes the machine one that lets nobody use FUSE, until show_fuse."""
        _bind(self.folder / "closed-fuse", "/dev/fuse")

    def show_fuse(self):
        subprocess.run(["umount", "/dev/fuse"], check=True)

    def variables(self, more=None):
        return {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "USER": self.name, "LOGNAME": self.name,
                "LANG": "de_DE.UTF-8", **(more or {})}

    def start(self, *words, env=None, cwd=None, umask=-1, **how):
        return subprocess.Popen([*self.prefix, *map(str, words)], env=self.variables(env), cwd=cwd or self.home, text=True,
                                umask=umask, preexec_fn=_heed_signals, **how)

    def run(self, *words, timeout=120, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        process = self.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def give(self, path):
        """Gives the account what a test has made as root."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{NUMBER}:{NUMBER}", path], check=True)
        return path

    def remove(self):
        for place in ("/etc/passwd", "/etc/group", *NUMBERS, "/dev/fuse") if self.prefix else ():
            subprocess.run(["umount", place], check=True)
        shutil.rmtree(self.folder)

    def processes(self):
        """The command lines of all processes of the account."""
        listed = subprocess.run(["ps", "-o", "pid=,args=", "-u", self.name], capture_output=True, text=True).stdout
        return [line for line in listed.splitlines() if line.strip()]


def _heed_signals():
    """Whatever started the tests may ignore these, as nohup does, and a shell cannot trap what it was started to ignore."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
