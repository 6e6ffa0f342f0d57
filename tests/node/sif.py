"""SIF files: written here part by part, and made by a real Apptainer where one can be had."""
import pathlib
import platform
import struct
import subprocess
import unittest

import debian_root
from kept_folder import kept_folder

PARTITION, DEFINITION, JSON, PRIMARY = 0x4004, 0x4001, 0x4006, 2
SQUASHFS, EXT3, ENCRYPTED = 1, 2, 5
PROCESSOR = {"x86_64": b"02", "aarch64": b"04"}.get(platform.machine(), b"02")


def write(path, root, file_system=SQUASHFS, processor=PROCESSOR, oci_config=None):
    """A SIF file as Apptainer writes one, around a squashfs file."""
    content = pathlib.Path(root).read_bytes()
    start, table = 36864, 4096

    def part(kind, offset, size, extra=b"", name=b""):
        head = struct.pack("<i?III7q", kind, True, 1, 0xF0000001, 0, offset, size, size, 0, 0, 0, 0)
        return (head + name.ljust(128, b"\0") + extra).ljust(585, b"\0")

    parts = [part(DEFINITION, 32176, 100),
             part(PARTITION, start, len(content), struct.pack("<ii", file_system, PRIMARY) + processor + b"\0")]
    if oci_config is not None:
        parts.insert(1, part(JSON, start + len(content), len(oci_config), name=b"oci-config.json"))
        content += oci_config
    header = b"#!/usr/bin/env run-singularity\n".ljust(32, b"\0") + b"SIF_MAGIC\x0001\x0002\0" + bytes(16)
    header += struct.pack("<8q", 0, 0, 46, 48, table, 48 * 585, 32176, start + len(content))
    file = header.ljust(table, b"\0") + b"".join(parts)
    path.write_bytes(file.ljust(start, b"\0") + content)
    return path


def apptainer_root():
    """A Debian sid with Apptainer, made once; skips the test, with the reason, where it cannot be made."""
    return kept_folder("apptainer-sid", "usr/bin/apptainer", _make_root)


def _make_root(root):
    try:
        debian_root.make(root, "sid", "apt", ["apptainer", "squashfs-tools"])
    except debian_root.CannotMake as failure:
        raise unittest.SkipTest(f"no Apptainer: {failure}")


def apptainer_version(root):
    asked = subprocess.run(["chroot", root, "dpkg-query", "-W", "-f", "${Version}", "apptainer"], capture_output=True,
                           text=True, check=True)
    return asked.stdout


def build(root, folder, definition, name):
    """`apptainer build NAME` in a folder, which the definition knows as /work; the SIF file."""
    (folder / "image.def").write_text(definition)
    script = ('mount --bind "$1" "$1" && mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" && '
              'mkdir -p "$1/work" && mount --bind "$2" "$1/work" && '
              'exec chroot "$1" env HOME=/work sh -c "cd /work && exec apptainer build --force $3 image.def"')
    built = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", script, "build", root, folder, name],
                           capture_output=True, text=True)
    if built.returncode != 0:
        raise RuntimeError(built.stdout + built.stderr)
    return folder / name
