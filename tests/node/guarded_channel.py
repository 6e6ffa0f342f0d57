#!/usr/bin/python3
"""Serves a folder on loopback to those who show what it asks for: guarded_channel.py DIR basic|token|tls

`basic` wants someone:hunter2, `token` a path below /t/to-12ab/ as conda's own servers do; `tls` has a certificate of
the authority DIR/ca.pem, which it makes. Prints "serving (URL)".
"""

import base64
import functools
import ssl
import subprocess
import sys
import tempfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PASSWORD = "Basic " + base64.b64encode(b"someone:hunter2").decode()
TOKEN = "/t/to-12ab"


class Handler(SimpleHTTPRequestHandler):
    guard = ""

    def do_GET(self):
        if self.guard == "basic" and self.headers.get("Authorization") != PASSWORD:
            return self.send_error(401)
        if self.guard == "token":
            if not self.path.startswith(TOKEN + "/"):
                return self.send_error(401)
            self.path = self.path.removeprefix(TOKEN)
        return super().do_GET()

    def log_message(self, *_):
        pass


def certified(folder, work):
    """A context whose certificate an authority of its own has signed."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=work, check=True, capture_output=True)
    (work / "names").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    key = ["-newkey", "rsa:2048", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", folder / "ca.pem", "-days", "2", "-subj", "/CN=test authority")
    openssl("req", *key, "-keyout", "key", "-out", "request", "-subj", "/CN=127.0.0.1")
    openssl("x509", "-req", "-in", "request", "-CA", folder / "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "certificate", "-days", "2", "-extfile", "names")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(work / "certificate", work / "key")
    return context


def main(folder, guard):
    Handler.guard = guard
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    if guard == "tls":
        with tempfile.TemporaryDirectory() as work:
            server.socket = certified(Path(folder), Path(work)).wrap_socket(server.socket, server_side=True)
    print(f"serving ({'https' if guard == 'tls' else 'http'}://127.0.0.1:{server.server_port})", flush=True)
    server.serve_forever()


main(*sys.argv[1:])
