"""Images as OCI layouts, made of layers that a test writes entry by entry."""

import gzip
import hashlib
import io
import json
import os
import pwd
import random
import subprocess
import tarfile
from pathlib import Path

from . import cluster

BUSYBOX = Path("/bin/busybox")
OCI = "application/vnd.oci.image"
LAYER_TYPES = {"gzip": f"{OCI}.layer.v1.tar+gzip", "plain": f"{OCI}.layer.v1.tar"}


def text(path, content, mode=0o644):
    return _entry(path, content.encode(), mode=mode)


def noise(path, size):
    """A file that no compression makes smaller, the same at every call."""
    return _entry(path, random.Random(path).randbytes(size))


def folder(path, mode=0o755):
    return _entry(path, mode=mode, type=tarfile.DIRTYPE)


def link(path, target):
    return _entry(path, type=tarfile.SYMTYPE, linkname=target)


def hard_link(path, target):
    return _entry(path, type=tarfile.LNKTYPE, linkname=target)


def removed(path):
    """A layer's entry that removes a file of the layers below."""
    at = Path(path)
    return _entry(str(at.parent / f".wh.{at.name}"))


def emptied(path):
    """A layer's entry that empties a folder of the layers below."""
    return _entry(f"{path}/.wh..wh..opq")


def owned_by(account, entry, gid=None):
    """The entry as a file that belongs to the account (a uid)."""
    info, _ = entry
    info.uid, info.gid = account, account if gid is None else gid
    return entry


def busybox():
    """The entries of a first layer: a shell and its tools."""
    applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    links = [link(f"bin/{applet}", "busybox") for applet in applets if applet != "busybox"]
    return [folder("bin"), folder("etc"), _entry("bin/busybox", BUSYBOX.read_bytes(), mode=0o755), *links]


def make(place, *layers, env=(), compression="gzip", entrypoint=None, architecture=None):
    """Writes the image whose layers have these entries to the folder `place`; returns its key."""
    blobs = place / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    tars = [_tar(entries) for entries in layers]
    packed = [gzip.compress(tar, 1, mtime=0) if compression == "gzip" else tar for tar in tars]
    config = {
        "architecture": architecture or _architecture(), "os": "linux", "config": {"Env": list(env), "Entrypoint": entrypoint},
        "rootfs": {"type": "layers", "diff_ids": [_digest(tar) for tar in tars]},
    }
    manifest = {
        "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json",
        "config": _blob(blobs, json.dumps(config).encode(), f"{OCI}.config.v1+json"),
        "layers": [_blob(blobs, layer, LAYER_TYPES[compression]) for layer in packed],
    }
    described = _blob(blobs, json.dumps(manifest).encode(), manifest["mediaType"])
    described["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    index = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": [described]}
    (place / "index.json").write_text(json.dumps(index))
    (place / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return described["digest"].removeprefix("sha256:")


def label(place, text):
    """Gives a layout's image a label, and so another key, which is returned; its layers stay the same."""
    blobs = place / "blobs" / "sha256"
    index = json.loads((place / "index.json").read_text())
    described = index["manifests"][0]
    manifest = json.loads(_blob_file(place, described).read_text())
    config = json.loads(_blob_file(place, manifest["config"]).read_text())
    config["config"]["Labels"] = {"label": text}
    manifest["config"] |= _blob(blobs, json.dumps(config).encode(), manifest["config"]["mediaType"])
    described |= _blob(blobs, json.dumps(manifest).encode(), described["mediaType"])
    (place / "index.json").write_text(json.dumps(index))
    return described["digest"].removeprefix("sha256:")


def of_the_user(test, name, *layers, **how):
    """The same in the user's home, belonging to the user, until the test ends; returns the folder and the key."""
    place = cluster.home() / name
    key = make(place, *layers, **how)
    give(place)
    test.addCleanup(subprocess.run, ["rm", "-rf", place], check=True)
    return place, key


def give(place, user=None):
    account = pwd.getpwnam(user or cluster.user())
    for path in (place, *place.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def entries_of(tar):
    """The entries of a layer that somebody else wrote."""
    return [(member, tar.extractfile(member).read() if member.isreg() else b"") for member in tar]


def layers_of(place):
    """The files of a layout's layers, lowest first."""
    manifest = json.loads(_blob_file(place, json.loads((place / "index.json").read_text())["manifests"][0]).read_text())
    return [_blob_file(place, layer) for layer in manifest["layers"]]


def flip_a_byte(path):
    """Flips one bit in the middle of a file."""
    with open(path, "r+b") as file:
        middle = os.path.getsize(path) // 2
        file.seek(middle)
        byte = file.read(1)[0]
        file.seek(middle)
        file.write(bytes([byte ^ 1]))


def cut_in_half(path):
    os.truncate(path, os.path.getsize(path) // 2)


def _blob_file(place, descriptor):
    return place / "blobs" / "sha256" / descriptor["digest"].removeprefix("sha256:")


def _entry(path, content=b"", mode=0o644, type=tarfile.REGTYPE, linkname=""):
    info = tarfile.TarInfo(path)
    info.size, info.mode, info.type, info.linkname = len(content), mode, type, linkname
    return info, content


def _tar(entries):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _blob(blobs, content, kind):
    digest = _digest(content)
    (blobs / digest.removeprefix("sha256:")).write_bytes(content)
    return {"mediaType": kind, "digest": digest, "size": len(content)}


def _digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _architecture():
    return {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
