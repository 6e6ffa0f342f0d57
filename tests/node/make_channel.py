#!/usr/bin/python3
"""Makes a conda channel for tests: make_channel.py DIR RATTLER

DIR becomes the channel, RATTLER is the folder that holds py-rattler. Its Python is the machine's own, laid out as
conda lays one out and without Debian's changes to where packages belong. The other packages are as small as can be.
"""

import asyncio
import hashlib
import importlib.util
import io
import json
import marshal
import os
import struct
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

PLACEHOLDER = "/placeholder/" + "_" * 200  # as long as the longest prefix that a package may be installed to
TIME = 1_700_000_000
PLATFORM = f"linux-{ {'x86_64': '64'}.get(os.uname().machine, os.uname().machine)}"
PYTHON = "{0}.{1}.{2}".format(*sys.version_info[:3])
MINOR = "{0}.{1}".format(*sys.version_info[:2])


class Package:
    """One package of the channel: its files, and what its index says."""

    def __init__(self, name, version, build="0", noarch=None, depends=(), **index):
        self.files = {}  # path -> bytes, mode, and how a prefix stands in it, if one does
        self.index = {"name": name, "version": version, "build": build, "build_number": 0, "depends": list(depends),
                      "license": "none", "subdir": "noarch" if noarch else PLATFORM, "timestamp": TIME * 1000, **index}
        if noarch:
            self.index["noarch"] = noarch
        self.entry_points = []

    def file(self, path, content, mode=0o644, prefix=None):
        self.files[path] = (content.encode() if isinstance(content, str) else content, mode, prefix)
        return self

    def module(self, name, text, distribution=None, requires=()):
        """A module in site-packages, of a distribution that pip knows."""
        version = self.index["version"]
        distribution = distribution or self.index["name"]
        info = f"site-packages/{distribution.replace('-', '_')}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
        self.file(f"site-packages/{name}.py", text)
        self.file(f"{info}/METADATA", metadata).file(f"{info}/INSTALLER", "conda\n")
        self.file(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        inside = info.partition("/")[2]
        names = [f"{name}.py", *(f"{inside}/{one}" for one in ("METADATA", "INSTALLER", "WHEEL", "RECORD"))]
        return self.file(f"{info}/RECORD", "".join(f"{one},,\n" for one in names))

    def _paths(self):
        paths = []
        for path, (content, _mode, prefix) in sorted(self.files.items()):
            row = {"_path": path, "path_type": "hardlink", "sha256": hashlib.sha256(content).hexdigest(),
                   "size_in_bytes": len(content)}
            if prefix:
                row |= {"prefix_placeholder": PLACEHOLDER, "file_mode": prefix}
            paths.append(row)
        return {"paths": paths, "paths_version": 1}

    def _info(self):
        info = {"info/index.json": json.dumps(self.index), "info/paths.json": json.dumps(self._paths())}
        if self.entry_points:
            noarch = {"type": "python", "entry_points": self.entry_points}
            info["info/link.json"] = json.dumps({"noarch": noarch, "package_metadata_version": 1})
        return {path: (text.encode(), 0o644, None) for path, text in info.items()}

    def write(self, channel):
        """As a .conda file."""
        name = "{name}-{version}-{build}".format(**self.index)
        path = channel / self.index["subdir"] / f"{name}.conda"
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
            archive.writestr(f"pkg-{name}.tar.zst", _compressed(_tar(self.files)))
            archive.writestr(f"info-{name}.tar.zst", _compressed(_tar(self._info())))

    def write_tar_bz2(self, channel):
        """In the older form."""
        path = channel / self.index["subdir"] / "{name}-{version}-{build}.tar.bz2".format(**self.index)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w:bz2") as archive:
            _fill(archive, {**self.files, **self._info()})


def _fill(archive, files):
    for path, (content, mode, _prefix) in sorted(files.items()):
        entry = tarfile.TarInfo(path)
        entry.size, entry.mode, entry.mtime = len(content), mode, TIME
        archive.addfile(entry, io.BytesIO(content))


def _tar(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        _fill(archive, files)
    return buffer.getvalue()


def _compressed(data):
    return subprocess.run(["zstd", "-q", "-3", "-c"], input=data, capture_output=True, check=True).stdout


# ---- a Python -----------------------------------------------------------------------------------------------

LEFT_OUT = {"__pycache__", "site-packages", "test", "dist-packages", "ensurepip", "lib2to3", "pydoc_data", "sitecustomize.py"}


def python_package():
    package = Package("python", PYTHON, build="0_cpython", depends=["__glibc >=2.17"], constrains=["python_abi 3.*"])
    program = Path(os.path.realpath("/usr/bin/python3"))
    package.file(f"bin/python{MINOR}", program.read_bytes(), 0o755)
    for name in ("python", "python3"):
        package.file(f"bin/{name}", program.read_bytes(), 0o755)
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*")):
        relative = path.relative_to(library)
        if LEFT_OUT.intersection(relative.parts) or relative.parts[0].startswith("config-") or not path.is_file():
            continue
        text = _as_upstream(relative.as_posix(), path.read_bytes())
        package.file(f"lib/python{MINOR}/{relative}", text)
        if path.suffix == ".py":
            cached = importlib.util.cache_from_source(f"lib/python{MINOR}/{relative}")
            package.file(cached, _byte_code(f"lib/python{MINOR}/{relative}", text))
    package.file(f"lib/python{MINOR}/sitecustomize.py", SITE_CUSTOMIZE)
    headers = Path(sysconfig.get_path("include"))
    for path in sorted(headers.rglob("*.h")) if headers.is_dir() else []:
        package.file(f"include/python{MINOR}/{path.relative_to(headers)}", path.read_bytes())
    package.file(f"lib/python{MINOR}/site-packages/README.txt", "Packages lie here.\n")
    package.file("bin/pydoc", f"#!{PLACEHOLDER}/bin/python\nimport pydoc\npydoc.cli()\n", 0o755, prefix="text")
    return package


def _byte_code(path, text):
    """Byte code as conda's packages bring it: good for a source of this time and size."""
    head = importlib.util.MAGIC_NUMBER + struct.pack("<III", 0, TIME, len(text))
    return head + marshal.dumps(compile(text, path, "exec", dont_inherit=True))


def _as_upstream(path, content):
    """Debian's Python installs into a dist-packages folder by default; Python itself into site-packages."""
    if path not in ("sysconfig.py", "sysconfig/__init__.py"):
        return content
    return content.replace(b"prefix_scheme = 'posix_local'", b"prefix_scheme = 'posix_prefix'").replace(
        b"'DEB_PYTHON_INSTALL_LAYOUT', 'posix_local'", b"'DEB_PYTHON_INSTALL_LAYOUT', 'posix_prefix'")


# Debian's `site`, which is built into the program, looks only into its own folders.
SITE_CUSTOMIZE = """import os, site
site.addsitedir(os.path.join(os.path.dirname(os.__file__), "site-packages"))
"""


# ---- the others ---------------------------------------------------------------------------------------------

def _hello(version):
    package = Package("hello", version, noarch="python", depends=["python >=3.6"])
    package.module("hello", f"version = 'conda {version}'\n\ndef main():\n    print('hello', version)\n")
    package.entry_points = ["hello = hello:main"]
    return package


def _numpy(version):
    return Package("numpy", version, noarch="python", depends=["python"]).module("numpy", f"version = 'conda {version}'\n")


def packages():
    yield python_package()
    yield _hello("1.0")
    yield _hello("2.0")
    yield _numpy("1.23.5")
    yield _numpy("1.26.4")
    yield Package("greeting", "1.0", noarch="python", depends=["hello <2"]).module("greeting", "import hello\n")
    yield Package("needs-numpy", "1.0", noarch="python", depends=["numpy"]).module("needs_numpy", "import numpy\n")
    # Files with the prefix in them, as text and in the middle of a program's bytes.
    yield Package("prefixed", "1.0").file("etc/where.txt", f"{PLACEHOLDER}/share\n", prefix="text").file(
        "lib/where.bin", b"\0before " + PLACEHOLDER.encode() + b"/share\0after\0", prefix="binary")
    # Its script would leave a mark; nobody runs it.
    script = '#!/bin/sh\necho ran >"$PREFIX/post-link-ran"\n'
    yield Package("scripted", "1.0").file("bin/.scripted-post-link.sh", script, 0o755).file("share/scripted", "there\n")
    # These ask for what the image and the node have.
    yield Package("of-the-future", "1.0", depends=["__glibc >=99"]).file("share/future", "")
    yield Package("variant", "1.0", build="cpu_0").file("share/variant", "cpu\n")
    yield Package("variant", "1.0", build="cuda_1", build_number=1, depends=["__cuda >=12"]).file("share/variant", "cuda\n")


def make(folder, rattler):
    folder = Path(folder)
    (folder / "noarch").mkdir(parents=True, exist_ok=True)
    for package in packages():
        package.write(folder)
    Package("old-format", "1.0").file("share/old", "old\n").write_tar_bz2(folder)
    index(folder, rattler)


def index(folder, rattler):
    sys.path.insert(0, str(rattler))
    from rattler.index import index_fs
    asyncio.run(index_fs(Path(folder), write_zst=False, write_shards=False, force=True))


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2])
    os._exit(0)  # threads of rattler's are still there, and must not meet an interpreter that is half gone
