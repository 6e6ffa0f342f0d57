"""Images made by hand: layers member by member, in every packing, and OCI layouts of them."""
import hashlib
import io
import json
import pathlib
import platform
import subprocess
import tarfile


class Layer:
    """A layer's tar, built member by member."""

    def __init__(self, path):
        self.path = path
        self.tar = tarfile.open(path, "w", format=tarfile.PAX_FORMAT)

    def add(self, name, data=None, kind=tarfile.REGTYPE, link="", mode=0o644, uid=0, gid=0):
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.mode = kind, link, mode
        member.uid, member.gid, member.mtime = uid, gid, 1_000_000_000
        if data is not None:
            member.size = len(data)
        self.tar.addfile(member, io.BytesIO(data) if data is not None else None)
        return self

    def close(self):
        self.tar.close()
        return self.path


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


OUR_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]

# What tools make of layers; the media type of the last one is wrong, as some tools write it.
PACKERS = {"gzip": ["gzip", "-c"], "zstd": ["zstd", "-q", "-c"], "plain": ["cat"], "bzip2": ["bzip2", "-c"],
           "xz": ["xz", "-0", "-c"], "gzip members": ["sh", "-c", "head -c 9999 | gzip -c; gzip -c; head -c 99 /dev/zero"],
           "skippable+zstd": ["sh", "-c", r"printf 'P*M\030\003\0\0\0abc'; exec zstd -q -c"], "tar+gzip": ["cat"]}


def make_layout(folder, layers, env=("A=b",), tag="v1", pack="gzip", architecture=None):
    """An OCI layout of layers (tar files, bottom first); gives the manifest's digest."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def put(data, media_type):
        digest = sha256(data)
        (blobs / digest[7:]).write_bytes(data)
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    descriptors, diff_ids = [], []
    for layer in layers:
        plain = pathlib.Path(layer).read_bytes()
        diff_ids.append(sha256(plain))
        packed = subprocess.run(PACKERS[pack], input=plain, capture_output=True, check=True).stdout
        suffix = "" if pack == "plain" else "+zstd" if pack == "skippable+zstd" else "+" + pack
        descriptors.append(put(packed, "application/vnd.oci.image.layer.v1.tar" + suffix))
    config = put(json.dumps({"architecture": architecture or OUR_ARCHITECTURE, "os": "linux",
                             "config": {"Env": list(env), "WorkingDir": "/srv"},
                             "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode(),
                 "application/vnd.oci.image.config.v1+json")
    manifest = put(json.dumps({"schemaVersion": 2,
                               "mediaType": "application/vnd.oci.image.manifest.v1+json",
                               "config": config, "layers": descriptors}).encode(),
                   "application/vnd.oci.image.manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": tag}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    return manifest["digest"]
