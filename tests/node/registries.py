"""A real registry on loopback, and one that refuses in ways that Debian's never does."""
import base64
import email.utils
import gzip
import hashlib
import http.server
import json
import platform
import re
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sign_certificate(folder, name):
    """A certificate that nobody knows yet, with its key beside it."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", folder / "key.pem", "-out",
                    folder / "certificate.pem"], check=True, capture_output=True)
    (folder / "certificate.pem").chmod(0o644)


class Registry:
    """Debian's docker-registry on loopback, with its log."""

    def __init__(self, folder, htpasswd=None, certified_for=None, tokens=None):
        self.address = f"127.0.0.1:{free_port()}"
        self.log_path = folder / "registry.log"
        auth = f"auth: {{htpasswd: {{realm: test, path: {htpasswd}}}}}\n" if htpasswd else ""
        if tokens:
            auth = (f"auth: {{token: {{realm: '{tokens.realm}', service: {TokenService.NAME}, issuer: {TokenService.NAME}, "
                    f"rootcertbundle: {tokens.certificate}}}}}\n")
        tls = ""
        if certified_for:
            sign_certificate(folder, certified_for)
            tls = f", tls: {{certificate: {folder}/certificate.pem, key: {folder}/key.pem}}"
        config = folder / "registry.yml"
        config.write_text(
            "version: 0.1\nlog: {accesslog: {disabled: false}, level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/blobs}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: {self.address}{tls}}}\n{auth}")
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

    def push_index(self, repository, *manifests):
        """An index of manifests that are there already, each a digest and its size; its digest."""
        media_type = "application/vnd.oci.image.index.v1+json"
        machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
        items = [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": size,
                  "platform": {"os": "linux", "architecture": machine}} for digest, size in manifests]
        text = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": items})
        digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        put = urllib.request.Request(f"http://{self.address}/v2/{repository}/manifests/{digest}", text.encode(),
                                     {"Content-Type": media_type}, method="PUT")
        urllib.request.urlopen(put).close()
        return digest

    def manifests_served(self):
        """What manifests were asked for by, as often as they were."""
        return re.findall(r'"GET /v2/[^ ]+/manifests/([^ ]+) HTTP', self.log_path.read_text())

    def blobs_served(self):
        """The digests of downloaded blobs, each as often as it was downloaded."""
        text = self.log_path.read_text()
        return re.findall(r'"GET /v2/[^ ]+/blobs/(sha256:[0-9a-f]{64}) HTTP[^"]*" 200', text)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class TokenService:
    """Gives tokens for a registry (distribution-spec, "Token Authentication"): to all accounts of `passwords` by basic
    authentication, and to whoever posts `identity`, as OAuth 2 has it. Others get one that allows nothing."""

    NAME = "tokens.of.tests"

    def __init__(self, folder, identity, passwords):
        sign_certificate(folder, self.NAME)
        self.certificate, self.key = folder / "certificate.pem", folder / "key.pem"
        self.identity, self.passwords, self.asked = identity, passwords, []
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                service.asked.append("GET")
                login = base64.b64decode(self.headers.get("Authorization", "Basic ").partition(" ")[2]).decode()
                service.answer(self, login in service.passwords, urllib.parse.urlsplit(self.path).query, "token")

            def do_POST(self):
                service.asked.append(f"POST {self.path}")
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = urllib.parse.parse_qs(form)
                known = fields["grant_type"] == ["refresh_token"] and fields["refresh_token"] == [service.identity]
                service.answer(self, known, form, "access_token")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.realm = f"http://127.0.0.1:{self.server.server_port}/token"

    def answer(self, handler, is_known, query, member):
        """What is asked for, as a JSON Web Token (RFC 7519) signed with our key."""
        scope = urllib.parse.parse_qs(query).get("scope", [""])[0]
        kind, name, actions = (scope.split(":") + ["", "", ""])[:3]
        access = [{"type": kind, "name": name, "actions": actions.split(",")}] if is_known else []
        now = int(time.time())
        claims = {"iss": self.NAME, "sub": "", "aud": self.NAME, "exp": now + 300, "nbf": now - 10, "iat": now - 10,
                  "jti": str(time.monotonic_ns()), "access": access}
        der = subprocess.run(["openssl", "x509", "-in", self.certificate, "-outform", "DER"], check=True, capture_output=True).stdout
        head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        signed = b".".join(self.encoded(json.dumps(part).encode()) for part in (head, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=signed, check=True, capture_output=True).stdout
        body = json.dumps({member: (signed + b"." + self.encoded(signature)).decode(), "expires_in": 300}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    @staticmethod
    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Refusing(http.server.BaseHTTPRequestHandler):
    """Answers of registries that Debian's never gives: refusals that explain themselves."""

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


class Misled(http.server.BaseHTTPRequestHandler):
    """What answers in the place of a registry, or on its way: pages, packed answers, redirects in a circle."""

    manifest = b""

    def do_GET(self):
        page = b"<html>sign in to the network</html>"
        token = f'Bearer realm="http://{self.headers["Host"]}/token",service="s"'
        name = self.path.split("/")[2 if self.path.startswith("/v2/") else 1].partition("?")[0]
        if name in ("first", "last") and self.headers.get("Authorization") != "Bearer given":
            offers = ["Basic realm=x", token] if name == "last" else [token, "Basic realm=x"]
            return self.answer(401, b"{}", *(("WWW-Authenticate", offer) for offer in offers))
        if name == "login":
            return self.answer(401, b"{}", ("WWW-Authenticate", token.replace("/token", "/portal")))
        if name == "pointless":
            return self.answer(401, b"{}", ("WWW-Authenticate", 'Bearer realm="tokens",service="s"'))
        return self.answer(*{
            "portal": (200, page, ("Content-Type", "text/html")),
            "nothing": (200, b""),
            "circle": (307, b"", ("Location", self.path)),
            "packed": (200, gzip.compress(self.manifest), ("Content-Encoding", "gzip")),
            "token": (200, b'{"token": "given"}'),
        }.get(name, (200, self.manifest)))

    def answer(self, status, body, *headers):
        self.send_response(status)
        for header in headers:
            self.send_header(*header)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Faulty:
    """A registry of one image that has a bad day.

    busy, busy_blobs: so many requests for a manifest, for blobs get 429 with retry_after (seconds, or "a date");
    cut: so many downloads of layers break off in the middle; ranges: whether it supports them;
    nested: so many indexes lead to the image; longer: so many bytes more than a blob has are announced.
    """

    def __init__(self, layout, busy=0, busy_blobs=0, retry_after="1", cut=0, ranges=True, nested=0, longer=0):
        self.busy, self.busy_blobs, self.retry_after, self.cut, self.with_ranges = busy, busy_blobs, retry_after, cut, ranges
        self.longer = longer
        self.times, self.ranges = {"manifest": [], "blob": []}, []
        self.blobs = {path.name: path.read_bytes() for path in (layout / "blobs/sha256").iterdir()}
        index = json.loads((layout / "index.json").read_text())
        self.start = index["manifests"][0]["digest"][7:]
        for _ in range(nested):
            self._wrap()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.image = f"{self.address}/team/app:v1"

    def _wrap(self):
        """Puts an index in front of the document that was the start until now."""
        inner = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": f"sha256:{self.start}",
                 "size": len(self.blobs[self.start]), "platform": {"os": "linux", "architecture": go_architecture()}}
        text = json.dumps({"schemaVersion": 2, "manifests": [inner]}).encode()
        self.start = hashlib.sha256(text).hexdigest()
        self.blobs[self.start] = text

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def _handler(self):
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/v2/":
                    return self.answer(200, b"{}")
                kind = "manifest" if "/manifests/" in self.path else "blob"
                registry.times[kind].append(time.monotonic())
                if registry.is_busy(kind):
                    return self.answer(429, b"", {"Retry-After": registry.retry_text()})
                name = self.path.rpartition("/")[2].removeprefix("sha256:")
                content = registry.blobs[registry.start if name == "v1" else name]
                return self.answer(200, content) if kind == "manifest" else self.send_blob(content)

            def send_blob(self, content):
                start = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
                registry.ranges.append(start)
                if not registry.with_ranges:
                    start = 0
                rest = content[start:]
                cut = registry.cut > 0 and len(rest) > 100_000
                registry.cut -= cut
                headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
                self.answer(206 if start else 200, rest[:-len(rest) * 3 // 4] if cut else rest, headers, len(rest) + registry.longer)
                if cut or registry.longer:
                    self.close_connection = True

            def answer(self, status, body, headers={}, length=None):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def is_busy(self, kind):
        if kind == "manifest":
            self.busy -= 1
            return self.busy >= 0
        self.busy_blobs -= 1
        return self.busy_blobs >= 0

    def retry_text(self):
        if self.retry_after != "a date":
            return self.retry_after
        return email.utils.formatdate(time.time() + 2, usegmt=True)


class Proxy:
    """An HTTP proxy that leads every request, for whatever host, to one place; `asked` holds the hosts."""

    def __init__(self, target):
        self.asked = []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self):
                proxy.asked.append(self.path)
                host, port = target.split(":")
                with socket.create_connection((host, int(port))) as there:
                    self.send_response(200)
                    self.end_headers()
                    back = threading.Thread(target=proxy.pump, args=(there, self.connection))
                    back.start()
                    proxy.pump(self.connection, there)
                    back.join()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_port}"

    @staticmethod
    def pump(source, sink):
        try:
            while piece := source.recv(1 << 16):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self.server.shutdown()
        self.server.socket.close()


def go_architecture():
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
