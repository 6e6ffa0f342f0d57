"""A Docker engine of the tests' own, from Debian's packages, which are unpacked and not installed."""
import os
import shutil
import subprocess
import time
import unittest

from kept_folder import kept_folder

PACKAGES = ("docker.io", "containerd", "runc")


def programs():
    """The folder of the unpacked packages; skips the test, with the reason, where they cannot be had."""
    return kept_folder("docker-engine", "usr/sbin/dockerd", _unpack)


def _unpack(root):
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    got = subprocess.run(["apt-get", "download", *PACKAGES], cwd=root, capture_output=True, text=True)
    if got.returncode != 0:
        shutil.rmtree(root)
        raise unittest.SkipTest(f"no Docker engine: apt-get says {got.stderr.strip().splitlines()[-1:]}")
    for package in root.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        package.unlink()


class Engine:
    """dockerd on a socket in a folder, which has no network and touches nothing of the host's."""

    def __init__(self, folder):
        root = programs()
        self.socket = folder / "docker.sock"
        self.environment = {**os.environ, "DOCKER_HOST": f"unix://{self.socket}",
                            "PATH": f"{root}/usr/bin:{root}/usr/sbin:{os.environ['PATH']}"}
        self.log_path = folder / "dockerd.log"
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(
                [root / "usr/sbin/dockerd", "--data-root", folder / "data", "--exec-root", folder / "exec",
                 "--pidfile", folder / "pid", "-H", f"unix://{self.socket}", "--iptables=false", "--bridge=none",
                 "--storage-driver=vfs", "--debug"], stdout=log, stderr=log, env=self.environment)
        for _ in range(600):
            if self.process.poll() is not None:
                raise unittest.SkipTest(f"no Docker engine: {self._last_words()}")
            if self.socket.exists() and self._client("version").returncode == 0:
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(self.log_path.read_text())

    def _last_words(self):
        return self.log_path.read_text().strip().splitlines()[-1:]

    def _client(self, *arguments):
        return subprocess.run(["docker", *arguments], env=self.environment, capture_output=True, text=True)

    def docker(self, *arguments):
        done = self._client(*arguments)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def stop(self):
        self.process.terminate()
        self.process.wait()
