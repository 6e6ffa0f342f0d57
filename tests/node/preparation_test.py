#!/usr/bin/env python3
"""Whole preparations of images: real registry, real skopeo, both sides, the entry compared with tar.

usage: preparation_test.py CHAINER_NODE [unittest arguments]
"""
import base64
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import unittest

import two_sides

NODE = None  # the program under test
HERE = pathlib.Path(__file__).resolve().parent
STORE_ACCOUNT = "nobody"


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


class Layer:
    """A layer's tar, built member by member."""

    def __init__(self, path):
        self.path = path
        self.tar = tarfile.open(path, "w", format=tarfile.PAX_FORMAT)

    def add(self, name, data=None, kind=tarfile.REGTYPE, link="", mode=0o644, uid=0, gid=0):
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.mode = kind, link, mode
        member.uid, member.gid, member.mtime = uid, gid, 1_000_000_000
        if data is not None:
            member.size = len(data)
        import io
        self.tar.addfile(member, io.BytesIO(data) if data is not None else None)
        return self

    def close(self):
        self.tar.close()
        return self.path


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


# What tools make of layers; the media type of the last is a lie that some of them tell.
PACKERS = {"gzip": ["gzip", "-c"], "zstd": ["zstd", "-q", "-c"], "plain": ["cat"], "bzip2": ["bzip2", "-c"],
           "xz": ["xz", "-0", "-c"], "gzip members": ["sh", "-c", "head -c 9999 | gzip -c; gzip -c; head -c 99 /dev/zero"],
           "skippable+zstd": ["sh", "-c", r"printf 'P*M\030\003\0\0\0abc'; exec zstd -q -c"], "tar+gzip": ["cat"]}


def make_layout(folder, layers, env=("A=b",), tag="v1", pack="gzip"):
    """An OCI layout of layers (tar files, bottom first); gives the manifest's digest."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def put(data, media_type):
        digest = sha256(data)
        (blobs / digest[7:]).write_bytes(data)
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    descriptors, diff_ids = [], []
    for layer in layers:
        plain = pathlib.Path(layer).read_bytes()
        diff_ids.append(sha256(plain))
        packed = subprocess.run(PACKERS[pack], input=plain, capture_output=True, check=True).stdout
        suffix = "" if pack == "plain" else "+zstd" if pack == "skippable+zstd" else "+" + pack
        descriptors.append(put(packed, "application/vnd.oci.image.layer.v1.tar" + suffix))
    config = put(json.dumps({"architecture": "amd64", "os": "linux",
                             "config": {"Env": list(env), "WorkingDir": "/srv"},
                             "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode(),
                 "application/vnd.oci.image.config.v1+json")
    manifest = put(json.dumps({"schemaVersion": 2,
                               "mediaType": "application/vnd.oci.image.manifest.v1+json",
                               "config": config, "layers": descriptors}).encode(),
                   "application/vnd.oci.image.manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": tag}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    return manifest["digest"]


class StoreTestCase(unittest.TestCase):
    """An image in a registry, an empty store for each test, and both sides to start."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="chainer-preparation-"))
        cls.folder.chmod(0o755)
        os.environ["HOME"] = str(cls.folder)
        cls.base = (Layer(cls.folder / "base.tar")
                    .add("etc", kind=tarfile.DIRTYPE, mode=0o755)
                    .add("etc/keep", b"keep\n", mode=0o640, uid=12, gid=34)
                    .add("etc/gone", b"gone\n")
                    .add("bin", kind=tarfile.DIRTYPE, mode=0o755)
                    .add("bin/tool", os.urandom(700_000), mode=0o755)
                    .add("bin/again", kind=tarfile.LNKTYPE, link="bin/tool")
                    .add("bin/link", kind=tarfile.SYMTYPE, link="tool").close())
        cls.upper = (Layer(cls.folder / "upper.tar")
                     .add("etc/.wh.gone", b"")
                     .add("etc/new", b"new\n")
                     .add("srv/ä", b"umlaut\n").close())
        cls.layout = cls.folder / "layout"
        cls.digest = make_layout(cls.layout, [cls.base, cls.upper])
        cls.registry = Registry(cls.folder)
        cls.image = f"{cls.registry.address}/team/app:v1"
        cls.push(cls.layout, cls.image)

    @classmethod
    def tearDownClass(cls):
        cls.registry.stop()
        shutil.rmtree(cls.folder)

    @classmethod
    def push(cls, layout, image, *options):
        subprocess.run(["skopeo", "copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false",
                        *options, f"oci:{layout}:v1", f"docker://{image}"], check=True)

    def setUp(self):
        self.store = pathlib.Path(tempfile.mkdtemp(prefix="store-", dir=self.folder))
        shutil.chown(self.store, STORE_ACCOUNT)
        self.conf = self.write_conf()

    def write_conf(self, quota="1g", *lines):
        conf = self.store.with_suffix(".conf")
        share = [] if any("store_quota_per_user" in line for line in lines) else [f"store_quota_per_user {quota}"]
        conf.write_text("\n".join([f"store {self.store}", f"store_account {STORE_ACCOUNT}", f"store_quota {quota}",
                                   *share, *lines, ""]))
        return conf

    def start(self, reference, *options, label="node n1, step 1.0", owner=1234, user=65534):
        return subprocess.Popen(
            [HERE / "two_sides.py", "--conf", self.conf, "--owner", str(owner), "--user", str(user),
             "--label", label, NODE, "image", "--reference", reference, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def prepare(self, reference, *options, **more):
        process = self.start(reference, *options, **more)
        out, err = process.communicate(timeout=60)
        return out.strip(), err

    def assert_ready(self, result):
        verdict, messages = result
        self.assertTrue(verdict.startswith("ready "), verdict + "\n" + messages)
        return self.store / verdict.split()[1]

    def assert_store_is_empty(self):
        left = [path for path in self.store.rglob("*")
                if path.is_file() and path.parent.name != "locks" and path.name != "layout"]
        self.assertEqual(left, [])

    def speak(self, *frames, kind="manifest", owner=1234):
        """A store's side whose user's side is this test; gives it, and the pipe to it."""
        data_in, data_out = os.pipe()
        control_in, control_out = os.pipe()
        verdict_in, verdict_out = os.pipe()
        pid = two_sides.start(NODE, ["store-side", "--conf", self.conf, "--kind", kind, "--owner", str(owner),
                                     "--label", "node n9, step 1.0"],
                              [data_in, control_out, verdict_out])
        for fd in (data_in, control_out, verdict_out):
            os.close(fd)
        for kind, stream, payload in frames:
            os.write(data_out, struct.pack("HHI", kind, stream, len(payload)) + payload)
        return pid, data_out, os.fdopen(control_in, "rb"), os.fdopen(verdict_in, "rb")

    HELLO = (1, 0, b'{"version":2,"reference":"forged","public":true}')

    def manifest_frame(self):
        return (2, 0, (self.layout / "blobs" / "sha256" / self.digest[7:]).read_bytes())


class PreparationTest(StoreTestCase):
    def assert_same_tree(self, entry):
        """The entry holds what tar would have unpacked, and what every entry has."""
        with tempfile.TemporaryDirectory(dir=self.folder) as unpacked:
            subprocess.run(["unsquashfs", "-quiet", "-no-progress", "-dest", f"{unpacked}/a", entry],
                           check=True, stdout=subprocess.DEVNULL)
            b = pathlib.Path(unpacked) / "b"
            b.mkdir()
            for layer in (self.base, self.upper):
                subprocess.run(["tar", "-xpf", layer, "-C", b, "--numeric-owner"], check=True)
            for whiteout in list(b.rglob(".wh.*")):
                whiteout.unlink()
                (whiteout.parent / whiteout.name[4:]).unlink()
            ours = self.describe(pathlib.Path(unpacked) / "a")
            unpacked_by_tar = self.describe(b)
            for path, line in unpacked_by_tar.items():
                self.assertEqual(ours.pop(path), line, path)
        self.assertEqual(ours.pop("opt/chainer/image.conf")[-1],
                         f"env=A=b\0workdir=/srv\0digest=sha256:{entry.name}\0".encode())
        owners = {f"{kind}-{line[place]}" for line in unpacked_by_tar.values()
                  for kind, place in (("uid", 1), ("gid", 2)) if line[place] != 0}
        self.assertEqual(set(ours), {
            "dev", "etc/group", "etc/hosts", "etc/passwd", "etc/resolv.conf", "opt", "opt/chainer",
            "opt/chainer/env", "opt/chainer/owners", "opt/chainer/tools", "proc", "run", "sys", "tmp",
            *(f"opt/chainer/owners/{name}" for name in owners)})

    @staticmethod
    def describe(root):
        lines = {}
        for path in root.rglob("*"):
            status = path.lstat()
            is_folder = path.is_dir() and not path.is_symlink()
            content = (os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file()
                       else None)
            # Only folders that a layer lists have a time of their own.
            time_or_none = None if is_folder else int(status.st_mtime)
            lines[str(path.relative_to(root))] = (oct(status.st_mode), status.st_uid, status.st_gid,
                                                  time_or_none, None if is_folder else status.st_nlink,
                                                  content)
        return lines

    # Sources

    def test_an_image_of_a_registry_is_public_and_whole(self):
        entry = self.assert_ready(self.prepare(self.image))
        self.assertEqual(entry, self.store / "public" / "manifest" / self.digest[7:])
        self.assert_same_tree(entry)

    def test_every_source_gives_the_same_tree(self):
        oci_archive = self.folder / "image.oci.tar"
        docker_archive = self.folder / "image.docker.tar"
        for archive in (f"oci-archive:{oci_archive}:v1", f"docker-archive:{docker_archive}:team/app:v1"):
            path = pathlib.Path(archive.split(":")[1])
            path.unlink(missing_ok=True)
            subprocess.run(["skopeo", "copy", "--quiet", f"oci:{self.layout}:v1", archive], check=True)
            path.chmod(0o644)
        for reference in (f"oci:{self.layout}", f"oci:{self.layout}:v1", f"oci-archive:{oci_archive}",
                          f"docker-archive:{docker_archive}",
                          f"docker-archive:{docker_archive}:team/app:v1"):
            with self.subTest(reference):
                entry = self.assert_ready(self.prepare(reference))
                kind = two_sides.kind_of(reference)
                self.assertEqual(entry.parent, self.store / "users" / "1234" / kind)
                self.assert_same_tree(entry)

    def test_layers_may_be_packed_in_all_ways_that_docker_and_podman_read(self):
        for pack in PACKERS:
            with self.subTest(pack):
                layout = self.folder / f"layout-{pack}"
                make_layout(layout, [self.base, self.upper], pack=pack)
                self.assert_same_tree(self.assert_ready(self.prepare(f"oci:{layout}")))

    def assert_holds(self, entry, tree):
        """Every file of a folder is in the entry as it is there."""
        with tempfile.TemporaryDirectory(dir=self.folder) as unpacked:
            subprocess.run(["unsquashfs", "-quiet", "-no-progress", "-dest", f"{unpacked}/a", entry],
                           check=True, stdout=subprocess.DEVNULL)
            ours = self.describe(pathlib.Path(unpacked) / "a")
            for path, line in self.describe(tree).items():
                self.assertEqual(ours.get(path), line, path)

    def test_layers_may_be_tar_of_all_formats(self):
        tree = self.folder / "tree"
        (tree / "etc").mkdir(parents=True)
        (tree / "etc" / "keep").write_bytes(b"keep")
        (tree / "etc" / "link").symlink_to("keep")
        os.link(tree / "etc" / "keep", tree / "etc" / "again")
        with open(tree / "etc" / "sparse", "wb") as sparse:
            for place in range(12):
                sparse.seek(place * 1_000_000)
                sparse.write(b"data")
            sparse.truncate(20_000_000)
        for format, most in (("v7", 90), ("ustar", 150), ("oldgnu", 1000), ("gnu", 1000), ("posix", 1000)):
            with self.subTest(format):
                long = tree / ("n" * 60)
                shutil.rmtree(long, ignore_errors=True)
                while len(str(long.relative_to(tree))) + 61 < most:
                    long = long / ("n" * 60)
                long.mkdir(parents=True)
                (long / "f").write_bytes(b"far")
                os.link(tree / "etc" / "keep", long / "g")
                (long / "l").symlink_to("t/" * (45 if format in ("v7", "ustar") else 200))
                if format == "oldgnu":
                    os.mkfifo(tree / "etc" / "fifo")
                if format in ("oldgnu", "gnu", "posix"):
                    os.link(long / "f", long / "h")
                    (tree / "etc" / os.fsdecode(b"caf\xe9")).write_bytes(b"latin-1")
                    os.utime(long / "f", (1_700_000_000.25, 1_700_000_000.25))
                layer = self.folder / f"{format}.tar"
                sparse = [] if format in ("v7", "ustar") else ["--sparse"]
                label = ["--label=a volume"] if format == "gnu" else []
                glob = ["--pax-option=globexthdr.name=g,comment=x"] if format == "posix" else []
                subprocess.run(["tar", "-C", tree, f"--format={format}", "--numeric-owner", *sparse, *label, *glob,
                                "-cf", layer, "."], check=True)
                layout = self.folder / f"layout-{format}"
                make_layout(layout, [layer])
                self.assert_holds(self.assert_ready(self.prepare(f"oci:{layout}")), tree)

    def test_a_hard_link_may_lead_to_a_lower_layer(self):
        upper = (Layer(self.folder / "links.tar").add("bin/more", kind=tarfile.LNKTYPE, link="/bin/tool")
                 .add("bin/gone", b"").add("bin/.wh.tool", b"")
                 .close())
        layout = self.folder / "layout-links"
        make_layout(layout, [self.base, upper])
        entry = self.assert_ready(self.prepare(f"oci:{layout}"))
        more = subprocess.run(["unsquashfs", "-cat", entry, "bin/more"], capture_output=True, check=True).stdout
        with tarfile.open(self.base) as base:
            self.assertTrue(more == base.extractfile("bin/tool").read())

    def test_an_index_gives_this_machines_image(self):
        layout = self.folder / "layout-index"
        digest = make_layout(layout, [self.base])
        index = json.loads((layout / "index.json").read_text())
        manifest = index["manifests"][0]
        other = dict(manifest, platform={"os": "linux", "architecture": "s390x"},
                     digest="sha256:" + "0" * 64)
        ours = dict(manifest, platform={"os": "linux", "architecture": "amd64"})
        inner = json.dumps({"schemaVersion": 2, "manifests": [other, ours]}).encode()
        (layout / "blobs" / "sha256" / sha256(inner)[7:]).write_bytes(inner)
        index["manifests"] = [{"mediaType": "application/vnd.oci.image.index.v1+json",
                               "digest": sha256(inner), "size": len(inner)}]
        (layout / "index.json").write_text(json.dumps(index))
        self.assertEqual(self.assert_ready(self.prepare(f"oci:{layout}")).name, digest[7:])

    def test_a_layout_and_an_archive_may_be_pinned_by_digest(self):
        layout = self.folder / "layout-moves"
        first = make_layout(layout, [self.base, self.upper])
        second = make_layout(layout, [self.base])  # takes the tag over
        archive = self.folder / "moves.tar"
        subprocess.run(["tar", "-C", layout, "-cf", archive, "."], check=True)
        for start in (f"oci:{layout}", f"oci:{layout}:v1", f"oci-archive:{archive}"):
            with self.subTest(start):
                self.assertEqual(self.resolve(start)[1], second + "\n")
                _, out, _ = self.resolve(start, "--json")
                self.assertEqual(json.loads(out)["pinned"], f"{start}@{second}")
                self.assertEqual(self.assert_ready(self.prepare(f"{start}@{first}")).name, first[7:])
                code, _, err = self.resolve(f"{start}@sha256:{'0' * 64}")
                self.assertEqual(code, 3, err)
        self.assertEqual(self.assert_ready(self.prepare(f"oci:{layout}@{first}", "--digest", first)).name, first[7:])

    def test_a_layout_with_an_attestation_has_one_image(self):
        layout = self.folder / "layout-attested"
        digest = make_layout(layout, [self.base])
        index = json.loads((layout / "index.json").read_text())
        index["manifests"].append(dict(index["manifests"][0], digest="sha256:" + "0" * 64, annotations={},
                                       platform={"os": "unknown", "architecture": "unknown"}))
        (layout / "index.json").write_text(json.dumps(index))
        self.assertEqual(self.assert_ready(self.prepare(f"oci:{layout}")).name, digest[7:])

    # Resolve

    def resolve(self, *arguments):
        done = subprocess.run([NODE, "resolve", "--reference", *arguments], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def test_resolve_prints_the_digest(self):
        self.assertEqual(self.resolve(self.image), (0, self.digest + "\n", ""))
        status, out, _ = self.resolve(self.image, "--json")
        self.assertEqual((status, json.loads(out)),
                         (0, {"reference": self.image, "digest": self.digest,
                              "pinned": f"{self.image}@{self.digest}"}))

    def test_what_cannot_be_found_is_said_in_the_persons_terms(self):
        host = self.registry.address
        closed = f"127.0.0.1:{free_port()}"
        for reference, status, message in (
                (f"{host}/team/app:nope", 3, f"the registry {host} has no 'nope' in 'team/app'"),
                (f"{closed}/a:b", 4, f"nobody answers at http://{closed}"),
                ("no-such-host.invalid/a:b", 4, "the host of https://no-such-host.invalid is not known"),
                (f"oci:{self.folder}/nowhere", 3, f"cannot read {self.folder}/nowhere/index.json: No such file or directory"),
                (f"oci:{self.layout}:v2", 3, f"oci:{self.layout} has no image 'v2'"),
                (f"{host}/UPPER", 3, f"'{host}/UPPER' is not an image reference")):
            with self.subTest(reference):
                code, out, err = self.resolve(reference)
                self.assertEqual((code, out), (status, ""))
                self.assertTrue(err.startswith(f"chainer: cannot find the image {reference}: {message}"), err)
                self.assertIn("\nnext: ", err)

    def test_a_refusal_is_told_in_the_registrys_own_words(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        host = f"127.0.0.1:{server.server_port}"
        for name, message in (
                ("denied", f"the registry {host} wants credentials for 'denied': it says 'the account is over its "
                           "quota\\x1b[2J'\n"),
                ("gone", f"the registry {host} has no 'v1' in 'gone': it says 'deleted by its owner'\n"),
                ("token", f"the registry {host} wants credentials for 'token': it says 'the subscription has ended'\n")):
            with self.subTest(name):
                code, _, err = self.resolve(f"{host}/{name}:v1")
                self.assertEqual(code, 3)
                self.assertIn(message, err)

    # Credentials

    def test_an_image_behind_a_password_is_its_users_own(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        htpasswd = folder / "htpasswd"
        htpasswd.write_bytes(subprocess.run(["htpasswd", "-Bbn", "ann", "secret"], check=True,
                                            capture_output=True).stdout)
        registry = Registry(folder, htpasswd)
        self.addCleanup(registry.stop)
        image = f"{registry.address}/team/app:v1"
        self.push(self.layout, image, "--dest-creds=ann:secret")
        auth = folder / "auth.json"

        def write_auth(login):
            auth.write_text(json.dumps({"auths": {registry.address: {
                "auth": base64.b64encode(login.encode()).decode()}}}))
            return str(auth)

        folder.chmod(0o755)
        verdict, messages = self.prepare(image)
        self.assertEqual(verdict, "user_fault")
        self.assertIn(f"the registry {registry.address} wants credentials for 'team/app'", messages)
        verdict, messages = self.prepare(image, "--auth", write_auth("ann:wrong"))
        self.assertEqual(verdict, "user_fault")
        self.assertIn("does not let 'ann' read 'team/app'", messages)
        self.assertNotIn("wrong", messages)
        for text, kept in (({"credHelpers": {registry.address: "cloud"}}, "the credential helper docker-credential-cloud"),
                           ({"credsStore": "desktop"}, "the credential helper docker-credential-desktop"),
                           ({"auths": {registry.address: {"identitytoken": "hush"}}}, "an identity token")):
            auth.write_text(json.dumps(text))
            verdict, messages = self.prepare(image, "--auth", str(auth))
            self.assertEqual(verdict, "user_fault")
            self.assertIn(f"the registry {registry.address} wants credentials for 'team/app'; they are in {kept}, says "
                          f"{auth}, which cannot be used yet\nnext: write them to a file (podman login "
                          f"--authfile=FILE {registry.address}) and give that (--chainer-auth=FILE)\n", messages)
        entry = self.assert_ready(self.prepare(image, "--auth", write_auth("ann:secret")))
        self.assertEqual(entry.parent.parent.name, "1234")
        # Another user has to show that he may have it.
        self.assertEqual(self.prepare(image, owner=4321)[0], "user_fault")

    # The store's side believes nothing

    def test_a_failure_is_printed_once_and_leaves_nothing(self):
        verdict, messages = self.prepare(f"{self.registry.address}/team/app:nope")
        self.assertEqual(verdict, "user_fault")
        self.assertEqual(messages.count("chainer: "), 1, messages)
        self.assertTrue(messages.startswith("chainer: node n1, step 1.0: cannot find the image "), messages)
        self.assert_store_is_empty()

    def test_bytes_that_do_not_hash_to_their_digest_are_refused(self):
        layout = self.folder / "layout-forged"
        make_layout(layout, [self.base])
        manifest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"][7:]
        layers = json.loads((layout / "blobs" / "sha256" / manifest).read_text())["layers"]
        blob = layout / "blobs" / "sha256" / layers[0]["digest"][7:]
        good = blob.read_bytes()
        for damage, reason in (
                (good[:-100] + bytes(100), "its bytes have the digest sha256:"),
                (good[:-100], f"bytes that the manifest says"),
                (good + b"more", "it is longer than the ")):
            with self.subTest(reason):
                blob.write_bytes(damage)
                verdict, messages = self.prepare(f"oci:{layout}")
                self.assertEqual(verdict, "try_again", messages)
                self.assertIn(f"cannot store the image oci:{layout}: cannot accept the blob {layers[0]['digest']}", messages)
                self.assertIn(reason, messages)
                self.assertEqual(messages.count("chainer: "), 1, messages)
                self.assert_store_is_empty()

    def test_a_layer_that_is_no_tar_is_refused(self):
        layout = self.folder / "layout-garbage"
        garbage = self.folder / "garbage"
        garbage.write_bytes(os.urandom(100_000))
        make_layout(layout, [garbage])
        verdict, messages = self.prepare(f"oci:{layout}")
        self.assertEqual(verdict, "user_fault", messages)
        self.assertIn("the layer is no sound tar archive", messages)
        self.assert_store_is_empty()

    def test_a_full_store_says_so(self):
        self.conf = self.write_conf(quota="300k")
        verdict, messages = self.prepare(self.image)
        self.assertEqual(verdict, "user_fault", messages)
        self.assertRegex(messages, r"cannot store the image .*: 70\d kB do not fit into the store's quota of 307 kB\n"
                                   "next: use something smaller, or ask an administrator for a larger store_quota\n")
        self.assert_store_is_empty()

    def test_the_store_side_opens_no_inet_socket(self):
        trace = self.store / "trace"
        wrapper = self.folder / "traced"
        wrapper.write_text(
            f'#!/bin/sh\ncase $1 in\nstore-side) exec strace -f -qq -e trace=socket,connect -o {trace} {NODE} "$@";;\n'
            f'*) exec {NODE} "$@";;\nesac\n')
        wrapper.chmod(0o755)
        process = subprocess.run([HERE / "two_sides.py", "--conf", self.conf, "--owner", "1234", wrapper,
                                  "image", "--reference", self.image], capture_output=True, text=True, timeout=60)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertNotIn("AF_INET", trace.read_text())

    def test_the_sides_are_confined(self):
        pid, data, control, verdict = self.speak(self.HELLO, self.manifest_frame())
        self.assertEqual(control.read(2), struct.pack("H", 16))
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        self.assertEqual((status["NoNewPrivs"].strip(), status["Seccomp"].strip()), ("1", "2"))
        self.assertEqual(os.stat(f"/proc/{pid}/mem").st_uid, 0)  # not dumpable: nobody's to read but root's
        self.assertRegex(limits, r"Max file size +1073741824 +1073741824 ")
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        self.assertRegex(limits, r"Max data size +17179869184 ")
        self.assertRegex(limits, r"Max cpu time +1624 +1624 ")
        os.close(data)
        os.waitpid(pid, 0)
        control.close()
        verdict.close()

    # Several at once

    def test_of_four_nodes_one_downloads(self):
        before = len(self.registry.blobs_served())
        nodes = [self.start(self.image, label=f"node n{i}, step 1.0") for i in range(4)]
        results = [node.communicate(timeout=60) for node in nodes]
        for out, err in results:
            self.assertEqual(out, f"ready public/manifest/{self.digest[7:]}\n", err)
        blobs = self.registry.blobs_served()[before:]
        self.assertEqual(len(blobs), 3)  # config and two layers
        self.assertEqual(len(set(blobs)), 3, blobs)

    def test_a_killed_producer_leaves_nothing_and_is_followed(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(number):
                pid, data, control, verdict = self.speak(self.HELLO, self.manifest_frame())
                self.assertEqual(control.read(2), struct.pack("H", 16))  # it is under way: send
                waiting = self.start(self.image)
                os.kill(pid, number)
                os.waitpid(pid, 0)
                self.assertEqual(verdict.read(), b"")
                out, err = waiting.communicate(timeout=60)
                self.assertEqual(out, f"ready public/manifest/{self.digest[7:]}\n", err)
                os.close(data)
                control.close()
                verdict.close()
                (self.store / "public" / "manifest" / self.digest[7:]).unlink()
                self.assert_store_is_empty()

    @contextlib.contextmanager
    def messages(self):
        """What the sides that are started meanwhile print: a function that gives it."""
        ours = os.dup(2)
        with tempfile.TemporaryFile("w+") as printed:
            os.dup2(printed.fileno(), 2)
            try:
                yield lambda: printed.seek(0) or printed.read()
            finally:
                os.dup2(ours, 2)
                os.close(ours)

    def test_a_users_side_that_lies_gets_nothing(self):
        manifest = self.manifest_frame()
        replaced = "it broke, or a program of the job's user took its place\nnext: submit again: nothing of what it sent was kept\n"
        for name, frames, said in (
                ("no hello", [(3, 0, b"x")], f"did not greet: {replaced}"),
                ("no JSON", [(1, 0, b"x")], f"sent a broken greeting: {replaced}"),
                ("too deep", [(1, 0, b"[" * 1_000_000)], f"sent a broken greeting: {replaced}"),
                ("no manifest", [self.HELLO, (3, 0, b"")], f"sent no manifest: {replaced}"),
                ("a broken manifest", [self.HELLO, (2, 0, b"{}")], "manifest is broken"),
                ("another stream", [self.HELLO, manifest, (3, 9, b"x")], f"sent something that was not asked for: {replaced}"),
                ("another digest", [self.HELLO, manifest, (3, 0, b"{}"), (4, 0, b"")], "it has 2 of the "),
                ("end without bytes", [self.HELLO, manifest, (4, 0, b"")], "it has 0 of the "),
                ("silence", [self.HELLO, manifest], "the user's side of the preparation ended early\n")):
            with self.subTest(name), self.messages() as messages:
                pid, data, control, verdict = self.speak(*frames)
                os.close(data)
                code = verdict.read()
                os.waitpid(pid, 0)
                self.assertNotEqual(two_sides.outcome_of(code), "ready")
                control.close()
                verdict.close()
                self.assert_store_is_empty()
                self.assertIn(said, messages())
                self.assertNotIn("defect", messages())

    # What others wrote

    def hello_that_says(self, reference):
        return (1, 0, json.dumps(json.loads(self.HELLO[2]) | {"reference": reference}).encode())

    FORGERY = "app\x1b[2J\x1b]0;owned\x07\nchainer: node n1: all is well\n\u202etxt"

    def assert_forges_nothing(self, messages):
        self.assertNotRegex(messages.replace("\n", ""), r"[\x00-\x1f\x7f-\x9f\u202e]")
        for line in messages.splitlines():
            self.assertRegex(line, r"^(chainer: node n1(, step 1\.0)?: |next: |    )")
            self.assertNotRegex(line, "^chainer: node n1: all is well")

    def test_a_waiter_of_another_user_sees_no_text_of_the_producers_as_it_is(self):
        pid, data, control, verdict = self.speak(self.hello_that_says(self.FORGERY), self.manifest_frame())
        self.assertEqual(control.read(2), struct.pack("H", 16))
        waiting = self.start(self.image, owner=4321)
        for _ in range(10):
            os.write(data, struct.pack("HHI", 3, 0, 0))  # it is at work, but nothing has come yet
            time.sleep(0.3)
        os.close(data)
        os.waitpid(pid, 0)
        out, err = waiting.communicate(timeout=60)
        self.assertEqual(out, f"ready public/manifest/{self.digest[7:]}\n", err)
        self.assertIn(": waiting for node n9", err)
        self.assert_forges_nothing(err)
        control.close()
        verdict.close()

    def test_a_failure_that_a_waiter_shares_is_made_printable(self):
        pid, data, control, verdict = self.speak(self.HELLO, self.manifest_frame())
        self.assertEqual(control.read(2), struct.pack("H", 16))
        waiting = self.start(self.image)
        time.sleep(1)
        failure = json.dumps({"what": self.FORGERY, "hint": self.FORGERY, "errno": 0, "fault": 0}).encode()
        os.write(data, struct.pack("HHI", 24, 0, len(failure)) + failure)
        out, err = waiting.communicate(timeout=60)
        os.waitpid(pid, 0)
        self.assertEqual(out, "user_fault\n", err)
        self.assert_forges_nothing(err)
        self.assertIn("app\\x1b[2J\\x1b]0;owned\\x07\n    chainer: node n1: all is well\n    \\u202etxt\n"
                      "next: app\\x1b[2J\\x1b]0;owned\\x07\\nchainer: node n1: all is well\\n\\u202etxt\n", err)
        os.close(data)
        control.close()
        verdict.close()

    def test_what_a_person_or_a_file_name_says_is_made_printable(self):
        layout = self.folder / "lay\u202eout"
        make_layout(layout, [self.base])
        self.addCleanup(shutil.rmtree, layout)
        for reference, verdict in ((f"oci:{layout}:nope", "user_fault"), (f"oci:{layout}:{self.FORGERY}", "user_fault"),
                                   (f"oci:{layout}:v1", "ready ")):
            with self.subTest(verdict):
                said, messages = self.prepare(reference)
                self.assertTrue(said.startswith(verdict), said)
                self.assertIn("lay\\u202eout", messages)
                self.assert_forges_nothing(messages)

    # What people may ask

    def test_images_lists_entries_and_gc_keeps_what_fits(self):
        self.assert_ready(self.prepare(self.image))
        listed = subprocess.run([NODE, "images", "--conf", self.conf, "--json"], capture_output=True, text=True)
        self.assertEqual([(e["key"], e["owner"]) for e in json.loads(listed.stdout)], [(self.digest, "public")])
        self.assertEqual(subprocess.run([NODE, "gc", "--conf", self.conf]).returncode, 0)
        self.assertTrue((self.store / "public" / "manifest" / self.digest[7:]).exists())


def main(module):
    """Runs a module's tests with the program that its first argument names."""
    global NODE
    if os.geteuid() != 0:
        print("needs root, to be several accounts")
        sys.exit(77)
    # The sides run as other accounts, who may not be able to enter the project's own folder.
    with tempfile.TemporaryDirectory(prefix="chainer-node-") as folder:
        os.chmod(folder, 0o755)
        NODE = shutil.copy(sys.argv.pop(1), folder)
        unittest.main(module, verbosity=2)


if __name__ == "__main__":
    main("__main__")
