#!/usr/bin/env python3
"""What a replaced user's side can do to everybody's store: nothing.

usage: store_attacks_test.py CHAINER_NODE [unittest arguments]

The user's side runs with the user's uid, so the user can stop it and speak in its place. These tests do so: they start
the store's side as root does and write the frames themselves.
"""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tarfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "node"))
import store_case
import two_sides
from handmade_image import make_layout, sha256

HELLO, DOCUMENT, DATA, END = 1, 2, 3, 4
SEND = 16
LOCK = 32
MALLORY, ANN = 6666, 1234
MB = 1_000_000
OLD = 10_000  # seconds: far beyond the time in which an entry counts as on its way to a mount


def frame(kind, payload=b"", stream=0):
    return kind, stream, payload


def greeting(public=True, reference="forged"):
    return frame(HELLO, json.dumps({"version": 3, "reference": reference, "public": public}).encode())


def manifest_of(config, *layers):
    """A manifest of (bytes, claimed size) pairs; a claim of None is true."""
    def descriptor(content, claim):
        return {"digest": sha256(content), "size": len(content) if claim is None else claim}
    return json.dumps({"schemaVersion": 2, "config": descriptor(config, None),
                       "layers": [descriptor(*layer) for layer in layers]}).encode()


CONFIG = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                     "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}}).encode()


class AttackTest(store_case.StoreTestCase):
    def tell(self, *frames, kind="manifest", owner=MALLORY):
        """Speaks and hangs up; returns what root is told."""
        pid, data, control, verdict = self.speak(*frames, kind=kind, owner=owner)
        os.close(data)
        with control, verdict:
            said = verdict.read()
        os.waitpid(pid, 0)
        return said

    @staticmethod
    def kill(session):
        pid, data, control, verdict = session
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(data)
        control.close()
        verdict.close()

    def entries(self):
        return sorted(str(path.relative_to(self.store)) for path in self.store.rglob("*")
                      if path.is_file() and path.parent.name in ("manifest", "config", "environment"))

    def make_old(self):
        for name in self.entries():
            os.utime(self.store / name, (time.time() - OLD,) * 2)


class Poison(AttackTest):
    """A document of one kind, presented as another."""

    def refused(self, document, kind):
        said = self.tell(greeting(), frame(DOCUMENT, document), kind=kind)
        self.assertNotEqual(two_sides.outcome_of(said), "ready")
        self.assertEqual(self.entries(), [])

    def test_a_manifest_is_no_config(self):
        self.refused(self.manifest_frame()[2], "config")

    def test_a_config_is_no_manifest(self):
        manifest = json.loads(self.manifest_frame()[2])
        config = self.layout / "blobs" / "sha256" / manifest["config"]["digest"][7:]
        self.refused(config.read_bytes(), "manifest")

    def test_an_index_is_neither(self):
        index = (self.layout / "index.json").read_bytes()
        for kind in ("manifest", "config"):
            self.refused(index, kind)

    def test_what_could_be_read_as_two_kinds_is_read_as_none(self):
        both = {**json.loads(self.manifest_frame()[2]), "rootfs": {"type": "layers", "diff_ids": []}}
        for kind in ("manifest", "config"):
            self.refused(json.dumps(both).encode(), kind)

    def test_an_entry_of_one_kind_is_not_found_as_another(self):
        self.assert_ready(self.prepare(self.image))
        self.assertEqual(self.entries(), [f"public/manifest/{self.digest[7:]}"])
        # The same bytes, asked for as a config, are not served from the manifest's entry.
        said = self.tell(greeting(), self.manifest_frame(), kind="config", owner=ANN)
        self.assertEqual(two_sides.outcome_of(said), "user_fault")

    def test_a_config_of_fewer_layers_than_its_manifest_is_refused(self):
        config = json.dumps({"rootfs": {"type": "layers", "diff_ids": []}}).encode()
        layer = b"\0" * 10240
        said = self.tell(greeting(), frame(DOCUMENT, manifest_of(config, (layer, None))), frame(DATA, config, 0),
                         frame(END, b"", 0), frame(DATA, layer, 1), frame(END, b"", 1))
        self.assertEqual(two_sides.outcome_of(said), "user_fault")
        self.assertEqual(self.entries(), [])

    def test_a_strangers_layers_are_taken_from_nobody_but_the_one_who_sends_them(self):
        """A forged manifest over the layers of another user's private image: none of their bytes is there."""
        self.assert_ready(self.prepare(f"oci:{self.layout}", owner=ANN))
        forged = json.loads(self.manifest_frame()[2])
        forged["annotations"] = {"forged": "by mallory"}
        pid, data, control, verdict = self.speak(greeting(), frame(DOCUMENT, json.dumps(forged).encode()), owner=MALLORY)
        wanted = self.read_frame(control)
        self.assertEqual(wanted[0], SEND)
        self.assertEqual(len(json.loads(wanted[1])["blobs"]), 3, "every blob is asked for")
        os.close(data)
        self.assertNotEqual(two_sides.outcome_of(verdict.read()), "ready")
        os.waitpid(pid, 0)
        control.close()
        verdict.close()

    @staticmethod
    def read_frame(control):
        kind, _stream, length = struct.unpack("HHI", control.read(8))
        return kind, control.read(length)


class Room(AttackTest):
    """Whoever sends only worthless bytes makes nobody lose anything."""

    def setUp(self):
        super().setUp()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=755,size={400 * MB}", "tmpfs", self.store], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.store], check=True)
        subprocess.run(["chown", store_case.STORE_ACCOUNT, self.store], check=True)

    def fill(self, quota="20m"):
        """Two idle entries of another user, one public, one private."""
        self.conf = self.write_conf(quota)
        self.assert_ready(self.prepare(self.image, owner=ANN))
        self.assert_ready(self.prepare(f"oci:{self.layout}", owner=ANN + 1))
        other = self.folder / "layout-own"
        make_layout(other, [self.base])
        self.assert_ready(self.prepare(f"oci:{other}", owner=ANN))
        self.make_old()
        self.before = self.entries()
        self.assertEqual(len(self.before), 2)

    def used(self):
        status = os.statvfs(self.store)
        return (status.f_blocks - status.f_bfree) * status.f_frsize

    def test_a_claim_evicts_nothing(self):
        self.fill()
        for claim in (19 * MB, 20 * MB, 1 << 40, (1 << 63) - 1):
            pid, data, control, verdict = self.speak(
                greeting(), frame(DOCUMENT, manifest_of(CONFIG, (b"never sent", claim))), owner=MALLORY)
            time.sleep(0.3)
            self.assertEqual(self.entries(), self.before, claim)
            os.close(data)
            self.assertNotEqual(two_sides.outcome_of(verdict.read()), "ready")
            os.waitpid(pid, 0)
            control.close()
            verdict.close()
        self.assertEqual(self.entries(), self.before)

    def junk_session(self, size):
        """A session that has sent `size` bytes of a blob that will never be right, or as many as were accepted."""
        pid, data, control, verdict = self.speak(
            greeting(), frame(DOCUMENT, manifest_of(CONFIG, (os.urandom(32), size + 1))), frame(DATA, CONFIG, 0),
            frame(END, b"", 0), owner=MALLORY)
        # The start of a sound archive, so that it is not refused for its form.
        chunk = tarfile.TarInfo("junk")
        chunk.size = 60 * MB
        chunk = chunk.tobuf().ljust(1 << 18, b"x")
        try:
            for _ in range(size // len(chunk)):
                os.write(data, struct.pack("HHI", DATA, 1, len(chunk)) + chunk)
                chunk = b"x" * len(chunk)
        except BrokenPipeError:
            pass  # refused, which is what it deserves
        return pid, data, control, verdict

    def end(self, session):
        pid, data, control, verdict = session
        os.close(data)
        verdict.read()
        os.waitpid(pid, 0)
        control.close()
        verdict.close()

    def test_junk_evicts_nothing_and_several_sessions_stay_within_the_quota(self):
        self.fill()
        sessions = [self.junk_session(8 * MB) for _ in range(4)]
        self.assertLessEqual(self.used(), 20 * 1024 * 1024)
        self.assertEqual(self.entries(), self.before)
        for session in sessions:
            self.end(session)
        self.assertEqual(self.entries(), self.before)
        self.assertLess(self.used(), 4 * MB, "what was sent in vain is gone")

    def test_a_users_share_bounds_all_of_that_users_sessions(self):
        self.fill()
        self.conf = self.write_conf("100m", "store_quota_per_user 5m")
        before = self.used()
        sessions = [self.junk_session(4 * MB) for _ in range(4)]
        self.assertLessEqual(self.used() - before, 5 * 1024 * 1024 + 100_000)
        for session in sessions:
            self.end(session)

    def answer(self, number, size=MB):
        """A session that leaves its answer to a made-up question about an environment, and goes."""
        image = "sha256:" + "1" * 64
        request = {"image": image, "question": sha256(str(number).encode()), "base": ""}
        hello = {"version": 3, "reference": "forged", "public": False, "request": json.dumps(request)}
        lock = json.dumps({"chainer_env_lock": 2, "image": image, "python": "x" * (size - 200), "packages": []})
        self.tell(frame(HELLO, json.dumps(hello).encode()), frame(LOCK, lock.encode()), kind="environment")

    def notes(self):
        return [path for path in (self.store / f"users/{MALLORY}").rglob("*") if path.is_file()]

    def test_answers_to_many_questions_stay_within_a_users_share(self):
        self.fill()
        self.conf = self.write_conf("20m", "store_quota_per_user 5m")
        for number in range(30):
            self.answer(number)
        self.assertLessEqual(sum(path.stat().st_size for path in self.notes()), 5 * 1024 * 1024)
        other = self.folder / "layout-after"
        make_layout(other, [self.upper])
        self.assert_ready(self.prepare(f"oci:{other}", owner=ANN))
        self.assertLessEqual(set(self.before), set(self.entries()))


class Standstill(AttackTest):
    """A user's side that takes the lock of a public image and then sends nothing, or almost nothing."""

    def test_a_drip_costs_another_user_one_patience_and_however_many_drip(self):
        sessions = []
        for _ in range(3):  # the first holds the lock, the others queue behind it
            session = self.speak(greeting(reference="slow"), self.manifest_frame(), owner=MALLORY)
            sessions.append(session)
            time.sleep(0.2)
        self.addCleanup(lambda: [self.kill(session) for session in sessions])
        started = time.monotonic()
        victim = self.start(self.image, owner=ANN)
        while victim.poll() is None and time.monotonic() - started < 120:
            os.write(sessions[0][1], struct.pack("HHI", DATA, 1, 1) + b"x")  # one byte, nothing like the layer
            time.sleep(5)
        out, err = victim.communicate(timeout=60)
        self.assertEqual(out, f"ready public/manifest/{self.digest[7:]}\n", err)
        self.assertLess(time.monotonic() - started, 50)

    def stopped_in_its_turn(self):
        """A session of Mallory's that is stopped while it alone decides what there is room for, as the owner of a step can."""
        entry = self.assert_ready(self.prepare(self.image))
        for number in range(3000):  # so that a decision takes a while
            os.link(entry, entry.with_name(f"{number:064x}"))
        layer = os.urandom(32 * MB)
        session = self.speak(greeting(), frame(DOCUMENT, manifest_of(CONFIG, (layer, None))), frame(DATA, CONFIG, 0),
                             frame(END, b"", 0), owner=MALLORY)
        self.addCleanup(self.kill, session)
        os.set_blocking(session[1], False)
        pieces = [struct.pack("HHI", DATA, 1, 1 << 18) + layer[start:start + (1 << 18)] for start in range(0, 30 * MB, 1 << 18)]
        rest = b"".join(pieces)
        with open(self.store / "locks/.room", "w", encoding="utf-8") as guard:
            while rest:
                os.kill(session[0], signal.SIGSTOP)
                try:
                    fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                fcntl.flock(guard, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    rest = rest[os.write(session[1], rest):]
                os.kill(session[0], signal.SIGCONT)
                time.sleep(0.005)
        self.fail("it was never in its turn")

    def test_who_stops_while_it_decides_costs_another_user_one_patience(self):
        self.conf = self.write_conf("100g")
        self.stopped_in_its_turn()
        other = self.folder / "layout-beside"
        make_layout(other, [self.upper])
        started = time.monotonic()
        self.assert_ready(self.prepare(f"oci:{other}", owner=ANN))
        self.assertLess(time.monotonic() - started, 45)

    def test_who_stops_while_it_evicts_keeps_nobody_from_the_image(self):
        entry = self.assert_ready(self.prepare(self.image, owner=MALLORY))
        with open(entry, "r+b") as stopped:
            fcntl.flock(stopped, fcntl.LOCK_EX)  # as eviction locks it, just before it takes the name away
            again = self.assert_ready(self.prepare(self.image, owner=ANN))
            with open(again, "rb") as for_a_mount:
                fcntl.flock(for_a_mount, fcntl.LOCK_SH | fcntl.LOCK_NB)


class Privacy(AttackTest):
    def test_no_file_of_the_store_can_be_opened_by_a_user(self):
        self.store.chmod(0o755)
        self.assert_ready(self.prepare(self.image, owner=ANN))
        self.assert_ready(self.prepare(f"docker-archive:{self.docker_archive()}", owner=ANN))
        held = subprocess.run(["setpriv", "--reuid=6666", "--regid=6666", "--clear-groups", "find", self.store,
                               "-type", "f", "-readable"], capture_output=True, text=True)
        self.assertEqual(held.stdout, "")
        # What is public can be listed, but nothing more.
        listed = subprocess.run(["setpriv", "--reuid=6666", "--regid=6666", "--clear-groups",
                                 store_case.NODE, "images", "--conf", self.conf, "--json"],
                                capture_output=True, text=True)
        self.assertEqual([one["key"] for one in json.loads(listed.stdout)], [self.digest])

    def docker_archive(self):
        path = self.folder / "attack.docker.tar"
        path.unlink(missing_ok=True)
        subprocess.run(["skopeo", "copy", "--quiet", f"oci:{self.layout}:v1", f"docker-archive:{path}:team/app:v1"],
                       check=True)
        path.chmod(0o644)
        return path

    def test_a_shared_image_is_for_those_who_show_its_bytes_while_the_site_shares(self):
        self.conf = self.write_conf("1g", "private_images share")
        entry = self.assert_ready(self.prepare(f"oci:{self.layout}", owner=ANN))
        shared = f"shared/manifest/{self.digest[7:]}"
        self.assertEqual(str(entry.relative_to(self.store)), shared)
        self.assertEqual(entry.stat().st_mode & 0o777, 0o600)
        grant = self.store / f"users/{MALLORY}/manifest/{self.digest[7:]}.granted"
        self.assertFalse(grant.exists(), "the digest alone opens nothing")
        said = self.tell(greeting(public=False), self.manifest_frame(), owner=MALLORY)
        self.assertEqual(two_sides.entry_of(said), shared)
        self.assertTrue(grant.exists(), "whoever has the manifest's bytes may use the image")

        self.conf = self.write_conf("1g")
        again = self.assert_ready(self.prepare(f"oci:{self.layout}", owner=ANN))
        self.assertEqual(str(again.relative_to(self.store)), f"users/{ANN}/manifest/{self.digest[7:]}")


class Damage(AttackTest):
    """What is broken in the store does not stay broken."""

    def healed(self, change, suspect):
        entry = self.assert_ready(self.prepare(self.image))
        good = entry.read_bytes()
        entry.write_bytes(change(good))
        sides = [store_case.HERE / "two_sides.py", "--conf", self.conf, "--owner", "1234", "--user", "65534",
                 *(["--suspect", self.digest[7:]] if suspect else []), store_case.NODE, "image", "--reference", self.image]
        done = subprocess.run(sides, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout, f"ready public/manifest/{self.digest[7:]}\n", done.stderr)
        self.assertEqual(hashlib.sha256(entry.read_bytes()[:len(good) - 4096]).digest(),
                         hashlib.sha256(good[:-4096]).digest())
        aside = list((self.store / "set-aside").iterdir())
        self.assertEqual(len(aside), 1)
        self.assertIn(f"chainer: node n1: the store's public/manifest/{self.digest[7:]}: the entry is damaged: ", done.stderr)
        self.assertIn(f"; it is set aside as {aside[0]} and made again\n", done.stderr)
        aside[0].unlink()

    def test_an_entry_that_was_cut_short_is_made_again(self):
        for size in (0, 100, 4096, -4096, -1):
            with self.subTest(size):
                self.healed(lambda good: good[:size], suspect=False)

    def test_an_entry_with_other_bytes_is_made_again_where_root_could_not_mount_it(self):
        def flipped(good):
            return bytes(byte ^ 0xff for byte in good[:96]) + good[96:]
        self.healed(flipped, suspect=True)

    def test_an_admin_who_has_all_read_learns_of_one_flipped_bit(self):
        entry = self.assert_ready(self.prepare(self.image))

        def verify():
            done = subprocess.run([store_case.NODE, "images", "verify", "--conf", self.conf],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr

        self.assertEqual(verify(), (0, "1 entries read, 0 damaged\n", ""))
        with open(entry, "r+b") as file:
            file.seek(300_000)
            byte = file.read(1)[0]
            file.seek(300_000)
            file.write(bytes([byte ^ 4]))
        code, out, err = verify()
        self.assertEqual((code, out), (4, "1 entries read, 1 damaged\n"))
        self.assertIn(f"chainer: public/manifest/{entry.name}: the entry is damaged: its bytes are not those", err)
        self.assertFalse(entry.exists())

    def test_a_user_may_not_work_on_the_store_and_is_told(self):
        self.store.chmod(0o755)
        for command in (["gc"], ["images", "verify"]):
            done = subprocess.run(["setpriv", "--reuid=6666", "--regid=6666", "--clear-groups", store_case.NODE,
                                   *command, "--conf", self.conf], capture_output=True, text=True)
            self.assertEqual(done.returncode, 3)
            self.assertIn("chainer: only root and the account 'nobody' may do this\nnext: run it as root\n", done.stderr)

    def test_a_sound_entry_that_root_suspects_stays(self):
        entry = self.assert_ready(self.prepare(self.image))
        before = entry.stat().st_ino
        sides = [store_case.HERE / "two_sides.py", "--conf", self.conf, "--owner", "1234", "--user", "65534",
                 "--suspect", self.digest[7:], store_case.NODE, "image", "--reference", self.image]
        subprocess.run(sides, check=True, capture_output=True, timeout=60)
        self.assertEqual(entry.stat().st_ino, before)


if __name__ == "__main__":
    store_case.main("__main__")
