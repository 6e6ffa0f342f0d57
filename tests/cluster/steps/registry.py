"""The cluster's registries: pushing to them, what they were asked for, and those that hold back their answers."""

import http.client
import os
import re
import subprocess
import tarfile
import threading
import unittest
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from . import cluster, layout

PIECE = 1 << 16


def address():
    return os.environ["CLUSTER_REGISTRY"]


def locked_address():
    return os.environ.get("CLUSTER_AUTH_REGISTRY")


def credentials():
    return os.environ["CLUSTER_AUTH_REGISTRY_USER"], os.environ["CLUSTER_AUTH_REGISTRY_PASSWORD"]


def push(place, name, at=None):
    """Pushes a layout, byte for byte, and returns the reference to ask for it."""
    at = at or address()
    login = ["--dest-creds", ":".join(credentials())] if at == locked_address() else []
    copy(f"oci:{place}:latest", f"docker://{at}/{name}", "--dest-tls-verify=false", "--preserve-digests", *login)
    return f"{at}/{name}"


def without_libcurls_words(text):
    """A failed connection without how long libcurl tried and its own words for why, which its versions change."""
    return re.sub(r"(?m) after \d+ ms: [^)]*\)$", ")", text)


def base_image():
    """The reference of an image with Python, a compiler and MPI, which is also the site's default image."""
    return _make_base_image("1")


def older_base_image():
    """The same with Debian 11 and Python 3.9; skips the test where that can no longer be had."""
    return _make_base_image("11", "--suite", "bullseye")


def base_layers():
    """The entries of the base image's layers: Debian with Python, and the compiler and Open MPI above it."""
    with TemporaryDirectory(dir="/var/tmp") as scratch:
        place = Path(scratch) / "base"
        copy(f"docker://{base_image()}", f"oci:{place}:latest", "--src-tls-verify=false")
        layers = []
        for layer in layout.layers_of(place):
            with tarfile.open(layer) as tar:
                layers.append(layout.entries_of(tar))
        return layers


def labelled_base(name):
    """The reference of an image of the base image's layers that nothing has asked for yet."""
    with TemporaryDirectory(dir="/var/tmp") as scratch:
        place = Path(scratch) / "base"
        copy(f"docker://{base_image()}", f"oci:{place}:latest", "--src-tls-verify=false")
        layout.label(place, name)
        return push(place, f"{name}:1")


def _make_base_image(tag, *options):
    reference = f"{address()}/chainer/base:{tag}"
    make = [cluster.PROJECT / "tests/cluster/make-base-image", cluster.CACHE, *options, "--push", reference]
    made = subprocess.run(make, capture_output=True, text=True)
    if made.returncode == 3:
        raise unittest.SkipTest(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    return reference


def copy(source, target, *options):
    subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet", *options, source, target], check=True)


def stored_blob(digest):
    """The file in which the registry keeps a blob."""
    return cluster.folder() / f"registry/docker/registry/v2/blobs/sha256/{digest[:2]}/{digest}/data"


class Log:
    """What the registry is asked for from now on."""

    def __init__(self):
        self._file = Path(os.environ["CLUSTER_REGISTRY_LOG"])
        self._start = self._file.stat().st_size

    def gets(self, kind):
        """The last parts of the paths of all GET requests for `kind` (blobs, manifests)."""
        text = self._file.read_bytes()[self._start:].decode()
        return re.findall(rf'"GET /v2/\S+/{kind}/(\S+) HTTP', text)


class _InFront:
    """A registry in front of the cluster's, until the test ends, that has its own way of sending blobs.

    `blobs` holds which of them it was asked for, each with the Range header.
    """

    LARGE = 3 << 19  # more than a layer with busybox

    def __init__(self, test, knows_ranges=True):
        self.blobs = []
        self.knows_ranges = knows_ranges
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"front": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        test.addCleanup(self._server.server_close)
        test.addCleanup(self._server.shutdown)
        test.addCleanup(self.release)

    @property
    def address(self):
        return f"127.0.0.1:{self._server.server_port}"

    def reference(self, pushed):
        return pushed.replace(address(), self.address)

    def release(self):
        self.released.set()

    def is_asked(self, path):
        """Called by a handler before it answers."""

    def has_sent(self, before, done, size):
        """Called by a handler after each piece of a large blob; says whether to go on."""
        raise NotImplementedError


class Held(_InFront):
    """It sends half of each large blob, or nothing of any manifest, then waits to be released."""

    def __init__(self, test, knows_ranges=True, holds="blobs"):
        super().__init__(test, knows_ranges)
        self.breaks = 0  # how many answers break off at the half instead of waiting
        self._holds = holds
        self._reached = threading.Semaphore(0)

    def wait_for_half(self):
        """Waits until one more blob is at its half, or until one more manifest is asked for."""
        assert self._reached.acquire(timeout=cluster.LIMIT_S), f"nothing that is held was asked for: {self.blobs}"

    def is_asked(self, path):
        if self._holds == "manifests" and "/manifests/" in path:
            self._wait()

    def has_sent(self, before, done, size):
        if self._holds != "blobs" or not before < size // 2 <= done:
            return True
        if self.breaks:
            self.breaks -= 1
            return False
        return self._wait()

    def _wait(self):
        self._reached.release()
        return self.released.wait(cluster.LIMIT_S)


class Slow(_InFront):
    """It sends each large blob, or with `holds` each manifest, within so many seconds and not sooner."""

    def __init__(self, test, seconds, holds="blobs"):
        super().__init__(test)
        self._seconds, self._holds = seconds, holds

    def is_asked(self, path):
        if self._holds == "manifests" and "/manifests/" in path:
            self.released.wait(self._seconds)

    def has_sent(self, before, done, size):
        if self._holds == "blobs":
            self.released.wait(self._seconds * (done - before) / size)
        return True


class _Handler(BaseHTTPRequestHandler):
    front: _InFront

    def do_GET(self):
        self.front.is_asked(self.path)
        wanted = {name: value for name, value in self.headers.items() if name in ("Accept", "Range")}
        asked = wanted.get("Range")
        if not self.front.knows_ranges:
            wanted.pop("Range", None)
        with closing(http.client.HTTPConnection(address())) as behind:
            behind.request("GET", self.path, headers=wanted)
            self._answer(behind.getresponse(), asked)

    do_HEAD = do_GET

    def _answer(self, answer, asked):
        with suppress(OSError):  # the client may be gone
            self.send_response(answer.status)
            for name in ("Content-Type", "Content-Length", "Content-Range", "Docker-Content-Digest"):
                if answer.headers[name]:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            if "/blobs/" in self.path:
                self.front.blobs.append((self.path.rpartition(":")[2], asked))
            self._pass_on(answer, int(answer.headers["Content-Length"] or 0))

    def _pass_on(self, answer, size):
        done = 0
        while piece := answer.read(PIECE):
            self.wfile.write(piece)
            before, done = done, done + len(piece)
            if size >= _InFront.LARGE and not self.front.has_sent(before, done, size):
                self.close_connection = True
                return

    def log_message(self, *_):
        pass
