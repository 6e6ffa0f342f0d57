"""A package index of a test's own, which sends slowly or holds back its answers."""

import io
import threading
import zipfile
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import cluster, layout

PIECE = 1 << 16


def _wheel(name, size):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{name}.py", "version = '1.0'\n")
        archive.writestr(f"{name}.noise", layout.noise(name, size)[1])
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return content.getvalue()


class Index:
    """It has one package, until the test ends. A wheel takes `seconds`; with `holds` nothing is said of the package until it is released."""

    def __init__(self, test, name, seconds=0, holds=False):
        self._name, self._wheel, self._seconds = name, _wheel(name, 2 << 20), seconds
        self._asked, self._released, self._ended = threading.Event(), threading.Event(), threading.Event()
        if not holds:
            self._released.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"index": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        test.addCleanup(self._server.server_close)
        test.addCleanup(self._server.shutdown)
        test.addCleanup(self._ended.set)
        test.addCleanup(self.release)

    @property
    def variables(self):
        """The user's settings for pip."""
        return {"PIP_INDEX_URL": f"http://127.0.0.1:{self._server.server_port}/simple"}

    def wait_until_asked(self):
        assert self._asked.wait(cluster.LIMIT_S), "nobody asked the index"

    def release(self):
        self._released.set()

    def pieces(self, path):
        """What is sent for a path, piece by piece."""
        if not path.endswith(".whl"):
            self._asked.set()
            self._released.wait(cluster.LIMIT_S)
            yield f'<a href="/{self._name}-1.0-py3-none-any.whl">{self._name}-1.0-py3-none-any.whl</a>'.encode()
            return
        for start in range(0, len(self._wheel), PIECE):
            self._ended.wait(self._seconds * PIECE / len(self._wheel))
            yield self._wheel[start:start + PIECE]


class _Handler(BaseHTTPRequestHandler):
    index: Index

    def do_GET(self):
        with suppress(OSError):  # the client may be gone
            self.send_response(200)
            self.send_header("Content-Type", "application/zip" if self.path.endswith(".whl") else "text/html")
            self.end_headers()
            for piece in self.index.pieces(self.path):
                self.wfile.write(piece)

    def log_message(self, *_):
        pass
