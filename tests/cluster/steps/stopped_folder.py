"""A folder of a node's whose file system does not answer for a while, as one on a server that is away."""

import os
import signal
import subprocess
from contextlib import suppress

from . import cluster

NODE = "n1"
PLACE, CONTROL = "/var/lib/stopped", "/var/lib/fuse-control"


class StoppedFolder:
    """Until the test ends. Whoever looks for `folder` waits, until the file system goes on."""

    folder = f"{PLACE}/data"

    def __init__(self, test):
        self._image = cluster.folder() / "stopped.sqsh"
        if not self._image.exists():
            content = cluster.folder() / "stopped"
            (content / "data").mkdir(parents=True)
            subprocess.run(["mksquashfs", content, self._image, "-quiet", "-no-progress"], check=True, stdout=subprocess.DEVNULL)
        cluster.on_node(NODE, "mkdir", "-p", PLACE, CONTROL)
        test.addCleanup(self._take_away)
        self._mount()
        os.kill(self._server.pid, signal.SIGSTOP)

    def _mount(self):
        init = (cluster.folder() / "nodes" / NODE / "pid").read_text().strip()
        serve = ["squashfuse", "-f", "-o", "allow_other", self._image, PLACE]
        self._server = subprocess.Popen(["nsenter", "-t", init, "-m", "-u", "-i", *serve])
        assert cluster.eventually(self._connection), "squashfuse mounts nothing"

    def _connection(self):
        """The number by which the kernel knows it."""
        lines = cluster.on_node(NODE, "cat", "/proc/self/mountinfo").splitlines()
        return next((line.split()[2].partition(":")[2] for line in lines if f" {PLACE} " in line), None)

    def wait_until_asked(self):
        asked = ["sh", "-c", f"mountpoint -q {CONTROL} || mount -t fusectl none {CONTROL}; cat {CONTROL}/{self._connection()}/waiting"]
        assert cluster.eventually(lambda: cluster.on_node(NODE, *asked).strip() != "0"), "nobody looked for the folder"

    def go_on(self):
        """Also after a crash of the node, which the file system did not survive."""
        if self._server.poll() is None:
            os.kill(self._server.pid, signal.SIGCONT)
            return
        cluster.on_node(NODE, "umount", "-l", PLACE)
        self._mount()

    def _take_away(self):
        with suppress(ProcessLookupError):
            os.kill(self._server.pid, signal.SIGCONT)
        self._server.terminate()
        self._server.communicate(timeout=cluster.LIMIT_S)
        cluster.on_node(NODE, "sh", "-c", f"umount -l {PLACE} {CONTROL} 2>/dev/null; true")
