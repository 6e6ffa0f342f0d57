"""Packages of Debian's, as layers of images."""

import io
import re
import shutil
import subprocess
import tarfile
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from . import layout


def packages(*names):
    """The entries of each package's files, for above Debian's own, whose /lib is /usr/lib; skips the test where they are not to be had."""
    with TemporaryDirectory(dir="/var/tmp") as scratch:
        shutil.chown(scratch, "_apt")
        got = subprocess.run(["apt-get", "download", *names], cwd=scratch, capture_output=True, text=True, check=False)
        if got.returncode != 0:
            raise unittest.SkipTest(f"apt-get download {' '.join(names)}: {got.stderr.strip()}")
        return [_entries(file) for file in Path(scratch).glob("*.deb")]


def _entries(file):
    unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", file], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
        entries = layout.entries_of(tar)
    for member, _ in entries:
        if re.match(r"\./lib(/|$)", member.name):
            member.name = "./usr" + member.name[1:]
    return entries
