"""Packages of the Debian that the base image is made of, as layers of images."""

import io
import re
import shutil
import subprocess
import tarfile
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from . import cluster, layout

# make-base-image writes apt's source for it where the machine is another Debian.
SOURCE = cluster.CACHE / "bookworm.list"


def packages(*names):
    """The entries of each package's files, for above Debian's own, whose /lib is /usr/lib; skips the test where they are not to be had."""
    with TemporaryDirectory(dir="/var/tmp") as scratch:
        shutil.chown(scratch, "_apt")
        options = []
        if SOURCE.exists():
            (Path(scratch) / "lists/partial").mkdir(parents=True)
            options = [f"-oDir::Etc::SourceList={SOURCE}", "-oDir::Etc::SourceParts=/dev/null", f"-oDir::State::Lists={scratch}/lists",
                       "-oDir::State::Status=/dev/null"]
            _apt_get(*options, "update", cwd=scratch)
        _apt_get(*options, "download", *names, cwd=scratch)
        return [_entries(file) for file in Path(scratch).glob("*.deb")]


def _apt_get(*words, cwd):
    done = subprocess.run(["apt-get", *words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(f"apt-get {' '.join(words)}: {done.stderr.strip()}")


def _entries(file):
    unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", file], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
        entries = layout.entries_of(tar)
    for member, _ in entries:
        if re.match(r"\./lib(/|$)", member.name):
            member.name = "./usr" + member.name[1:]
    return entries
