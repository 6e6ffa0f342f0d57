"""Process 1 of the cluster's PID namespace: boots the daemons, then reaps. When it ends, all of them end."""

import signal
import subprocess

from . import accounts, kernel, nodes, ports, product, slurm_files
from .daemons import Daemons

_NAMESPACES = kernel.CLONE_NEWNS | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC


class Init:
    """Runs in the forked child that is the new PID namespace's first process."""

    def __init__(self, blueprint):
        self._plan = blueprint
        self._folder = blueprint.folder
        self._daemons = Daemons(blueprint.folder)

    def boot(self):
        self._enter_namespaces()
        self._become_login_node()
        registries = [
            (registry, registry.start(self._daemons)) for registry in self._plan.registries
        ]
        self._start_munged()
        if self._plan.accounting:
            self._plan.accounting.start(self._daemons)
        self._start_slurmctld()
        self._start_nodes()
        for registry, daemon in registries:
            self._daemons.wait_until(registry.is_ready, lambda late=daemon: [late])

    def reap_forever(self):
        self._daemons.reap_forever()

    def _enter_namespaces(self):
        # The supervisor's death, even by SIGKILL, must end the cluster.
        kernel.die_with_parent(signal.SIGKILL)
        if self._plan.cgroup:
            self._plan.cgroup.enter()
        kernel.unshare(_NAMESPACES)
        kernel.mount(None, "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
        if self._plan.cgroup:
            self._plan.cgroup.cover_host()

    def _become_login_node(self):
        kernel.set_hostname(slurm_files.LOGIN)
        kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
        etc = self._folder.path / "etc"
        for name in (*accounts.FILES, "hosts"):
            kernel.bind(etc / name, f"/etc/{name}")
        kernel.bind(etc, "/etc/slurm")
        kernel.bind_read_only(self._plan.tools, self._folder.path / "tools")
        if self._plan.kept_store:
            kernel.bind(self._plan.kept_store, product.store(self._folder))
        nodes.mount_run(self._folder)

    def _start_munged(self):
        run = self._folder.path / "run" / "munge"
        socket = run / "munge.socket.2"
        munged = self._daemons.start(
            "munged",
            [
                "/usr/sbin/munged",
                "--foreground",
                f"--key-file={run}/munge.key",
                f"--socket={socket}",
                f"--pid-file={run}/munged.pid",
                f"--seed-file={run}/munged.seed",
                f"--log-file={run}/munged.log",
            ],
            user="munge",
        )
        self._daemons.wait_until(socket.exists, lambda: [munged])

    def _start_slurmctld(self):
        argv = ["/usr/sbin/slurmctld", "-D", "-f", self._plan.slurm_conf]
        slurmctld = self._daemons.start("slurmctld", argv)
        self._daemons.wait_until(lambda: ports.is_open(self._plan.ctld_port), lambda: [slurmctld])

    def _start_nodes(self):
        started = {
            node.name: node.start(self._daemons, self._folder, self._plan.slurm_conf)
            for node in self._plan.nodes
        }
        self._daemons.wait_until(
            lambda: not _not_idle(), lambda: [started[name] for name in _not_idle()]
        )


def _not_idle():
    """The names of the nodes that have not registered yet."""
    sinfo = subprocess.run(
        ["/usr/bin/sinfo", "--noheader", "--Node", "--format=%N %T"], capture_output=True, text=True
    )
    states = dict(line.split() for line in sinfo.stdout.splitlines())
    return [name for name, state in states.items() if state != "idle"] if states else ["?"]
