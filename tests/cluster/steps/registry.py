"""The cluster's registries: pushing to them, what they were asked for, and one that holds back its answers."""

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


class Held:
    """A registry in front of the cluster's that sends half of each large blob, then waits to be released.

    It lives until the test ends. `blobs` holds what it was asked for, each with the Range header.
    """

    LARGE = 3 << 19  # more than a layer with busybox

    def __init__(self, test, knows_ranges=True):
        self.blobs = []
        self.knows_ranges = knows_ranges
        self.breaks = 0  # how many answers break off at the half instead of waiting
        self._reached = threading.Semaphore(0)
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"held": self}))
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

    def wait_for_half(self):
        """Waits until one more blob is at its half."""
        assert self._reached.acquire(timeout=cluster.LIMIT_S), f"no large blob was asked for: {self.blobs}"

    def release(self):
        self._released.set()

    def at_half(self):
        """Called by a handler; says whether to go on."""
        if self.breaks:
            self.breaks -= 1
            return False
        self._reached.release()
        return self._released.wait(cluster.LIMIT_S)


class _Handler(BaseHTTPRequestHandler):
    held: Held

    def do_GET(self):
        wanted = {name: value for name, value in self.headers.items() if name in ("Accept", "Range")}
        asked = wanted.get("Range")
        if not self.held.knows_ranges:
            wanted.pop("Range", None)
        with closing(http.client.HTTPConnection(address())) as behind:
            behind.request("GET", self.path, headers=wanted)
            self._answer(behind.getresponse(), asked)

    do_HEAD = do_GET

    def _answer(self, answer, asked):
        self.send_response(answer.status)
        for name in ("Content-Type", "Content-Length", "Content-Range", "Docker-Content-Digest"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.end_headers()
        if "/blobs/" in self.path:
            self.held.blobs.append((self.path.rpartition(":")[2], asked))
        with suppress(OSError):  # the client may be gone
            self._pass_on(answer, int(answer.headers["Content-Length"] or 0))

    def _pass_on(self, answer, size):
        done = 0
        while piece := answer.read(PIECE):
            self.wfile.write(piece)
            before, done = done, done + len(piece)
            is_half = before < size // 2 <= done
            if size >= Held.LARGE and is_half and not self.held.at_half():
                self.close_connection = True
                return

    def log_message(self, *_):
        pass
