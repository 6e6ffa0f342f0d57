"""Images made by hand: a small root with busybox, packed and filed in the cluster's store."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import cluster

BUSYBOX = "/bin/busybox"
FOLDERS = ["bin", "dev", "etc", "opt/chainer/env", "opt/chainer/tools", "proc", "root", "run", "sys", "tmp", "usr/bin", "var"]
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\napp:x:777:777::/srv:/bin/sh\n",
    "etc/group": "root:x:0:\napp:x:777:\n",
    "etc/hosts": "",
    "etc/resolv.conf": "",
    "etc/where": "image\n",
}


def reference(key):
    return f"127.0.0.1:1/base@sha256:{key}"


def file(name, files=None, links=None, folders=(), without=(), env=None, workdir=None, owner=None, private=(), modes=None, owned=None,
         change=None, entrypoint=None):
    """Files an image in the store, public or `owner`'s (a uid), and returns the reference to ask for it.

    `files` maps paths to texts, `links` to targets; `without` names paths that the image lacks, and
    `private` files that only the image's root may read; `modes` maps paths to modes, "." to the root's;
    `entrypoint` has words, or is None for an image of before entrypoints were noted; `owned` maps paths to uids, and `change` gets the root folder for whatever else.
    """
    key = hashlib.sha256(name.encode()).hexdigest()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        root = Path(scratch) / "root"
        _make_root(root, {**FILES, **(files or {})}, links or {}, [*FOLDERS, *folders], without)
        for path in private:
            (root / path).chmod(0o600)
        for path, mode in (modes or {}).items():
            (root / path).chmod(mode)
        if change is not None:
            change(root)
        for path, uid in (owned or {}).items():
            os.chown(root / path, uid, uid, follow_symlinks=False)
        (root / "opt/chainer/image.conf").write_bytes(_image_conf(key, env or {}, workdir, entrypoint))
        packed = Path(scratch) / "packed"
        _pack(root, packed, *([] if owned else ["-all-root"]))
        _put(packed, entry(key, owner), owner)
    return reference(key)


def of_folder(name, make):
    """Files an image whose root `make` fills, owners included, and returns the reference to ask for it."""
    key = hashlib.sha256(name.encode()).hexdigest()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        root = Path(scratch) / "root"
        root.mkdir()
        make(root)
        for path in ("dev", "etc", "opt/chainer/env", "proc", "sys", "tmp"):
            (root / path).mkdir(parents=True, exist_ok=True)
        (root / "opt/chainer/image.conf").write_bytes(_image_conf(key, {}, None, None))
        packed = Path(scratch) / "packed"
        _pack(root, packed)
        _put(packed, entry(key), None)
    return reference(key)


def _pack(root, packed, *options):
    subprocess.run(["mksquashfs", root, packed, *options, "-comp", "lz4", "-no-progress", "-quiet"],
                   check=True, stdout=subprocess.DEVNULL)


def entry(key, owner=None):
    return cluster.store() / ("public" if owner is None else f"users/{owner}") / "manifest" / key


def key_of(text):
    return text.rpartition(":")[2]


def _make_root(root, files, links, folders, without):
    for path in folders:
        (root / path).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    shutil.copy(BUSYBOX, root / "bin/busybox")
    for applet in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(0o755 if text.startswith("#!") else 0o644)
    for path in without:
        target = root / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    for path, target in links.items():
        link = root / path
        link.unlink(missing_ok=True)
        if link.is_dir():
            link.rmdir()
        link.symlink_to(target)


def _image_conf(key, env, workdir, entrypoint):
    records = [f"env={name}={value}" for name, value in env.items()]
    if entrypoint is not None:
        records += ["keeps=entrypoint", *(f"entrypoint={word}" for word in entrypoint)]
    if workdir:
        records.append(f"workdir={workdir}")
    return "".join(record + "\0" for record in [*records, f"digest=sha256:{key}"]).encode()


def _put(packed, target, owner):
    found = pwd.getpwnam("chainer")
    account = found.pw_uid, found.pw_gid
    layout = cluster.store() / "layout"
    if not layout.exists():  # else the store is taken for one of an earlier release
        layout.write_text("2\n")
    folders = [place for place in reversed(target.parents) if cluster.store() in place.parents]
    for place in folders:
        place.mkdir(exist_ok=True)
        place.chmod(0o755 if folders[0].name == "public" else 0o700)
    shutil.copy(packed, target)
    target.chmod(0o600)
    for place in [layout, *folders, target]:
        os.chown(place, *account)
