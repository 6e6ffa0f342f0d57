"""A conda channel of small packages and a Python, which is where all conda environments come from."""

import subprocess
import threading
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from . import cluster, layout


def folder():
    return cluster.home() / "channel"


def make():
    """Makes the channel, readable by the account."""
    if folder().exists():
        return
    maker = cluster.PROJECT / "tests/node/make_channel.py"
    subprocess.run([maker, folder(), cluster.CACHE / "tools/py-rattler"], check=True, capture_output=True)
    layout.give(folder())


def environment(test, *dependencies, channels=None, more=()):
    """A conda environment file of the user's, named after the test."""
    path = cluster.home() / "environments" / f"{test.id().rpartition('.')[2]}.yml"
    path.parent.mkdir(exist_ok=True)
    lines = ["channels:", *(f"  - {one}" for one in channels or [f"file://{folder()}"]), "dependencies:"]
    lines += [f"  - {one}" if not one.startswith(" ") else one for one in dependencies]
    path.write_text("".join(f"{line}\n" for line in [*lines, *more]))
    layout.give(path.parent)
    return path


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments, seen, stall, **options):
        self._seen, self._stall = seen, stall
        super().__init__(*arguments, **options)

    def do_GET(self):
        self._seen.append(self.path)
        if self._stall and self.path.endswith(self._stall):
            threading.Event().wait(cluster.LIMIT_S)
        with suppress(ConnectionError):  # the client was ended
            super().do_GET()

    def log_message(self, *_):
        pass


@contextmanager
def served(stall=None):
    """The channel's URL on loopback, and the requested paths; a path that ends with `stall` gets no answer."""
    seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=folder(), seen=seen, stall=stall))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
