"""What tests of whole preparations share: a registry, an empty store, and both sides to start."""
import contextlib
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

import two_sides
from handmade_image import Layer, make_layout
from registries import Registry

NODE = None  # the program under test
HERE = pathlib.Path(__file__).resolve().parent
STORE_ACCOUNT = "nobody"


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

    def start(self, reference, *options, label="node n1, step 1.0", owner=1234, user=65534, before=()):
        return subprocess.Popen(
            [*before, HERE / "two_sides.py", "--conf", self.conf, "--owner", str(owner), "--user", str(user),
             "--label", label, NODE, "image", "--reference", reference, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def prepare(self, reference, *options, **more):
        process = self.start(reference, *options, **more)
        out, err = process.communicate(timeout=60)
        return out.strip(), err

    def await_waiters(self, count, producer):
        """Returns when so many others wait for the entry that the process `producer` makes."""
        end = time.monotonic() + 60
        while self._sleeping_over_locks(producer) < count:
            self.assertLess(time.monotonic(), end, "nobody waits")
            time.sleep(0.02)

    def _sleeping_over_locks(self, producer):
        found = 0
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has just ended
                opened = {os.readlink(fd) for fd in (process / "fd").iterdir()}
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
                waits = state == "S" and any(path.startswith(f"{self.store}/locks/") for path in opened)
                found += waits and int(process.name) != producer
        return found

    def assert_goes_on_without(self, pid, data, waiting):
        """Closes the pipe of a producer, which ends by that, and gives what the one that waited says, who makes the entry."""
        os.close(data)
        os.waitpid(pid, 0)
        out, err = waiting.communicate(timeout=60)
        self.assertEqual(out, f"ready public/manifest/{self.digest[7:]}\n", err)
        return err

    def assert_ready(self, result):
        verdict, messages = result
        self.assertTrue(verdict.startswith("ready "), verdict + "\n" + messages)
        return self.store / verdict.split()[1]

    def assert_store_is_empty(self):
        left = [path for path in self.store.rglob("*")
                if path.is_file() and path.parent.name != "locks" and path.name != "layout"]
        self.assertEqual(left, [])

    def resolve(self, *arguments):
        done = subprocess.run([NODE, "resolve", "--reference", *arguments], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def speak(self, *frames, kind="manifest", owner=1234):
        """A store's side whose user's side is this test; returns it, and the pipe to it."""
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

    HELLO = (1, 0, b'{"version":3,"reference":"forged","public":true}')

    def manifest_frame(self):
        return (2, 0, (self.layout / "blobs" / "sha256" / self.digest[7:]).read_bytes())


def main(module):
    """Runs a module's tests with the program that its first argument names."""
    global NODE
    if os.geteuid() != 0:
        print("needs root, to be several accounts")
        sys.exit(77)
    # The sides run as other accounts, which may not be able to enter the project's own folder.
    with tempfile.TemporaryDirectory(prefix="chainer-node-") as folder:
        os.chmod(folder, 0o755)
        NODE = shutil.copy(sys.argv.pop(1), folder)
        unittest.main(module, verbosity=2)
