"""What the attacks share: the cluster tests' steps, a closed folder of another account, a silent file system."""

import os
import pwd
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cluster"))

from steps import cluster, step  # noqa: E402

SILENT_FUSE = Path(__file__).resolve().with_name("silent_fuse")


def silent_fuse():
    """The program, copied to where every node sees it, wherever the project lies."""
    return shutil.copy(SILENT_FUSE, cluster.folder() / "etc")


def uid():
    return pwd.getpwnam(cluster.user()).pw_uid


def owned(path, text=None):
    """Makes a folder, or a file with `text`, that belongs to the ordinary account."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(exist_ok=True) if text is None else path.write_text(text)
    os.chown(path, uid(), uid())
    return path


def closed_folder():
    """A folder that only root may enter, with a file in it."""
    closed = cluster.folder() / "shared" / "closed"
    (closed / "inside").mkdir(parents=True, exist_ok=True)
    (closed / "inside" / "secret").write_text("secret\n")
    closed.chmod(0o700)
    return closed


@contextmanager
def silent_file_system(place="/tmp/silent", node="n1"):
    """A file system of the ordinary account's on the node that never answers; its end ends all calls that wait."""
    cluster.on_node(node, "mkdir", "-p", place)
    init = (cluster.folder() / "nodes" / node / "pid").read_text().strip()
    server = subprocess.Popen(["nsenter", "-t", init, "-m", silent_fuse(), place, str(uid())], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline() == "mounted\n"
        yield place
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
        cluster.on_node(node, "umount", "-l", place)
        cluster.on_node(node, "rmdir", place)


class Attack(step.StepTest):
    def tearDown(self):
        self.nothing_is_left()

    def refused(self, what, reference, *options, **how):
        return self.refuses(what, "srun", f"--chainer-image={reference}", *options, "true", **how)
