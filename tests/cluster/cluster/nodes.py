"""Virtual nodes: what each of the cluster's machines has for itself."""

import os
from dataclasses import dataclass
from pathlib import Path

from . import kernel, slurm_files

_NAMESPACES = kernel.CLONE_NEWNS | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC


@dataclass(frozen=True)
class Node:
    name: str
    port: int

    def start(self, daemons, folder, slurm_conf):
        # slurmd drops its GRES unless it was started under its own name.
        argv = ["/usr/sbin/slurmd", "-D", "-N", self.name, "-f", slurm_conf]
        daemon = daemons.start(f"slurmd {self.name}", argv, prepare=lambda: self._enter(folder))
        folder.write(f"nodes/{self.name}/pid", f"{daemon.pid}\n")
        return daemon

    def _enter(self, folder):
        kernel.unshare(_NAMESPACES)
        kernel.set_hostname(self.name)
        own = folder.path / "nodes" / self.name
        _private_directory(own / "tmp", "/tmp", 0o1777)
        _private_var_lib(folder, own / "var-lib")
        os.mkdir(slurm_files.SPOOL)
        mount_run(folder)
        kernel.mount("shm", "/dev/shm", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=1777")
        # As systemd sets it up on real nodes, so that a mount shows that a plugin forgets to make
        # private.
        kernel.mount(None, "/", flags=kernel.MS_REC | kernel.MS_SHARED)


def mount_run(folder):
    """A private /run that has munge's socket, the plugin's folder, and a resolv.conf kept there."""
    resolver = _resolver_in_run()
    kernel.mount("run", "/run", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755")
    for name in ("chainer", "lock", "munge"):
        os.mkdir(f"/run/{name}")
    kernel.bind(folder.path / "run" / "munge", "/run/munge")
    if resolver:
        path, content = resolver
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _resolver_in_run():
    path = Path("/etc/resolv.conf").resolve()
    return (path, path.read_bytes()) if path.is_relative_to("/run") and path.exists() else None


def _private_directory(source, target, mode):
    source.mkdir(parents=True)
    source.chmod(mode)
    kernel.bind(source, target)


def _private_var_lib(folder, source):
    """An empty /var/lib with the cluster's folder, which lies there, at its own path in it."""
    inner = source / folder.path.name
    inner.mkdir(parents=True)
    kernel.bind(folder.path, inner)
    kernel.bind(source, "/var/lib")
