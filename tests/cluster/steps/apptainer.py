"""Apptainer of Debian sid on the cluster's nodes, laid over the system of each; nothing of the machine's own is changed."""

import shutil
import subprocess
import sys
from pathlib import Path

from . import cluster

sys.path.append(str(Path(__file__).resolve().parents[2] / "node"))

import sif  # noqa: E402
from kept_folder import kept_folder  # noqa: E402

# Apptainer needs a newer libc than the machine has. The machine's own programs run with that one as well.
_PACKAGES = ("libc6", "libseccomp2", "libsqlite3-0", "apptainer")
_LEFT_OUT = ("/usr/share/", "/usr/lib/x86_64-linux-gnu/gconv/")


def version():
    return sif.apptainer_version(sif.apptainer_root())


def give_nodes():
    """Every node has apptainer and singularity from now on; skips the test, with the reason, where neither can be had."""
    files = _files()
    for node in cluster.nodes():
        cluster.on_node(node, "sh", "-c", _LAY_OVER, "lay-over", files)


# What is mounted in /etc is the cluster's own, and is kept.
_LAY_OVER = """
set -e
lay_over() { mount -t overlay -o lowerdir="$1:$2" apptainer "$2"; }
! grep -q ' /usr overlay' /proc/self/mounts || exit 0
lay_over "$1/usr" /usr
kept=$(mktemp -d)
places=$(cut -d' ' -f2 /proc/self/mounts | grep '^/etc/' | sort -u)
for place in $places; do
    if [ -d "$place" ]; then mkdir "$kept/$(basename "$place")"; else touch "$kept/$(basename "$place")"; fi
    mount --bind "$place" "$kept/$(basename "$place")"
done
lay_over "$1/etc" /etc
for place in $places; do
    mount --bind "$kept/$(basename "$place")" "$place"
    umount "$kept/$(basename "$place")"
done
rm -r "$kept"
mkdir -p /var/lib/apptainer/mnt/session
"""


def _files():
    root = sif.apptainer_root()
    return kept_folder(f"apptainer-{version()}-alone", "usr/bin/singularity", lambda folder: _copy(root, folder))


def _copy(root, folder):
    making = folder.with_name(f"{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    for package in _PACKAGES:
        listed = subprocess.run(["chroot", root, "dpkg-query", "-L", package], capture_output=True, text=True, check=True).stdout
        for path in listed.splitlines():
            _copy_file(root, path, making)
    # As Debian's alternatives have it.
    (making / "usr/bin/singularity").symlink_to("apptainer")
    making.rename(folder)


def _copy_file(root, path, making):
    source = root / path.lstrip("/")
    merged = path if path.startswith(("/usr/", "/etc/apptainer/")) else f"/usr{path}" if path.startswith("/lib") else ""
    if not merged or merged.startswith(_LEFT_OUT) or (source.is_dir() and not source.is_symlink()):
        return
    target = making / merged.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)
