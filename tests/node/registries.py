"""A real registry on loopback, and one that refuses as Debian's never does."""
import http.server
import json
import re
import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Registry:
    """Debian's docker-registry on loopback, with its log."""

    def __init__(self, folder, htpasswd=None):
        self.address = f"127.0.0.1:{free_port()}"
        self.log_path = folder / "registry.log"
        auth = f"auth: {{htpasswd: {{realm: test, path: {htpasswd}}}}}\n" if htpasswd else ""
        config = folder / "registry.yml"
        config.write_text(
            "version: 0.1\nlog: {accesslog: {disabled: false}, level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/blobs}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: {self.address}}}\n{auth}")
        self.log = open(self.log_path, "w")
        self.process = subprocess.Popen(["docker-registry", "serve", config], stdout=self.log,
                                        stderr=subprocess.STDOUT)
        for _ in range(200):
            try:
                socket.create_connection(self.address.split(":")).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(self.log_path.read_text())

    def blobs_served(self):
        """Digests of the blobs that were downloaded, as often as they were."""
        text = self.log_path.read_text()
        return re.findall(r'"GET /v2/[^ ]+/blobs/(sha256:[0-9a-f]{64}) HTTP[^"]*" 200', text)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Refusing(http.server.BaseHTTPRequestHandler):
    """What registries answer that Debian's never does: refusals that explain themselves."""

    def do_GET(self):
        denied = {"errors": [{"code": "DENIED", "message": "the account is over its quota\x1b[2J"}]}
        status, body, headers = {
            "/v2/": (200, {}, {}),
            "/v2/denied/manifests/v1": (403, denied, {}),
            "/v2/gone/manifests/v1": (404, {"errors": [{"code": "DENIED", "message": "deleted by its owner"}]}, {}),
            "/v2/token/manifests/v1": (401, {}, {"WWW-Authenticate": f'Bearer realm="http://{self.headers["Host"]}/t",service="s"'}),
        }.get(self.path, (401, {"details": "the subscription has ended"}, {}))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass
