#!/usr/bin/env python3
"""The store's side of a preparation: it believes nothing, works once for all nodes, and leaves nothing behind.

usage: store_side_test.py CHAINER_NODE [unittest arguments]
"""
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time

import store_case
import two_sides
from handmade_image import make_layout
from store_case import HERE, StoreTestCase, main


class BelievesNothing(StoreTestCase):
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
                (good[:-100], "bytes that the manifest says"),
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
            f'#!/bin/sh\ncase $1 in\nstore-side) exec strace -f -qq -e trace=socket,connect -o {trace} {store_case.NODE} "$@";;\n'
            f'*) exec {store_case.NODE} "$@";;\nesac\n')
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

    @contextlib.contextmanager
    def messages(self):
        """Collects what the sides that are started meanwhile print; yields a function that returns it."""
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
                ("no hello after a sign of life", [(5, 0, b"{}"), (3, 0, b"x")], f"did not greet: {replaced}"),
                ("no JSON", [(1, 0, b"x")], f"sent a broken greeting: {replaced}"),
                ("no JSON after signs of life", [(5, 0, b"{}"), (5, 0, b"{}"), (1, 0, b"x")], f"sent a broken greeting: {replaced}"),
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


class SeveralAtOnce(StoreTestCase):
    def test_of_four_nodes_one_downloads(self):
        before = len(self.registry.blobs_served())
        nodes = [self.start(self.image, label=f"node n{i}, step 1.0") for i in range(4)]
        results = [node.communicate(timeout=60) for node in nodes]
        for out, err in results:
            self.assertEqual(out, f"ready public/manifest/{self.digest[7:]}\n", err)
        blobs = self.registry.blobs_served()[before:]
        self.assertEqual(len(blobs), 3)  # config and two layers
        self.assertEqual(len(set(blobs)), 3, blobs)

    def ready_on_four_nodes(self, *options, **more):
        """The manifests that four nodes of a step asked the registry for, and what they printed."""
        before = len(self.registry.manifests_served())
        nodes = [self.start(self.image, *options, label=f"node n{i}, step 1.0", **more) for i in range(4)]
        results = [node.communicate(timeout=60) for node in nodes]
        for out, err in results:
            self.assertRegex(out, f"^ready (public|users/1234)/manifest/{self.digest[7:]}\n$", err)
        return self.registry.manifests_served()[before:], "".join(err for _, err in results)

    def test_of_four_nodes_that_know_the_digest_one_asks_for_the_manifest(self):
        asked, printed = self.ready_on_four_nodes("--digest", self.digest)
        self.assertEqual(asked, [self.digest])
        # Who waits for a node of the same step leaves the word to it.
        self.assertRegex(printed, r"^chainer: node n[0-3]: image [^\n]*: ready in [^\n]*\n$")

    def test_of_four_nodes_that_know_an_index_one_asks_for_it_and_the_answer_is_kept(self):
        index = self.registry.push_index("team/app", (self.digest, len(self.manifest_frame()[2])))
        self.assertEqual(self.ready_on_four_nodes("--digest", index)[0], [index, self.digest])
        self.assertEqual(self.ready_on_four_nodes("--digest", index), ([], ""))
        # The answer is a word of this user's, for this user alone.
        self.assertEqual(self.ready_on_four_nodes("--digest", index, owner=4321)[0], [index, self.digest])

    def test_what_the_registry_lacks_is_asked_for_once_and_told_once_in_a_step(self):
        lacking = f"sha256:{hashlib.sha256(os.urandom(8)).hexdigest()}"
        before = len(self.registry.manifests_served())
        pid, data, control, verdict = self.speak(self.pinned_hello(lacking))
        self.assertEqual(control.read(2), struct.pack("H", 18))  # it holds the question: show
        ours = [self.start(self.image, "--digest", lacking, label=f"node n{i}, step 1.0") for i in range(2)]
        others = self.start(self.image, "--digest", lacking, label="node n7, step 2.0")
        self.await_waiters(3, producer=pid)
        failure = json.dumps({"what": "the registry has no such image", "hint": "look at its name", "errno": 0, "fault": 0})
        os.write(data, struct.pack("HHI", 24, 0, len(failure)) + failure.encode())
        os.waitpid(pid, 0)
        for process, said in ((ours[0], ""), (ours[1], ""),
                              (others, "chainer: node n7, step 2.0: the registry has no such image\nnext: look at its name\n")):
            out, err = process.communicate(timeout=60)
            without_waits = re.sub(r"chainer: node n7: .*: waiting for node n9.*\n", "", err)
            self.assertEqual((out, without_waits), ("user_fault\n", said))
        self.assertEqual(self.registry.manifests_served()[before:], [])
        os.close(data)
        control.close()
        verdict.close()

    def pinned_hello(self, digest):
        return (1, 0, json.dumps(json.loads(self.HELLO[2]) | {"pinned": digest}).encode())

    def test_a_digest_alone_gives_nobody_what_is_anothers(self):
        place = self.assert_ready(self.prepare(f"oci:{self.layout}:v1", owner=4321))
        self.assertEqual(place.parent.parent.name, "4321")
        pid, data, control, verdict = self.speak(self.pinned_hello(self.digest))
        self.assertEqual(control.read(2), struct.pack("H", 18))  # it is to show the document itself
        os.close(data)
        os.waitpid(pid, 0)
        self.assertNotEqual(two_sides.outcome_of(verdict.read()), "ready")
        control.close()
        verdict.close()

    def test_a_users_side_that_is_killed_over_its_question_is_followed(self):
        pid, data, control, verdict = self.speak(self.pinned_hello(self.digest))
        self.assertEqual(control.read(2), struct.pack("H", 18))
        waiting = self.start(self.image, "--digest", self.digest)
        self.await_waiters(1, producer=pid)
        err = self.assert_goes_on_without(pid, data, waiting)
        self.assertIn(": goes on here, in the place of node n9\n", err)
        control.close()
        verdict.close()

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


class WhatOthersWrote(StoreTestCase):
    def hello_that_says(self, reference):
        return (1, 0, json.dumps(json.loads(self.HELLO[2]) | {"reference": reference}).encode())

    FORGERY = "app\x1b[2J\x1b]0;owned\x07\nchainer: node n1: all is well\n\u202etxt"

    def assert_forges_nothing(self, messages):
        self.assertNotRegex(messages.replace("\n", ""), r"[\x00-\x1f\x7f-\x9f\u202e]")
        for line in messages.splitlines():
            self.assertRegex(line, r"^(chainer: node n1(, step [12]\.0)?: |next: |    )")
            self.assertNotRegex(line, "^chainer: node n1: all is well")

    def test_a_waiter_of_another_user_sees_no_text_of_the_producers_as_it_is(self):
        pid, data, control, verdict = self.speak(self.hello_that_says(self.FORGERY), self.manifest_frame())
        self.assertEqual(control.read(2), struct.pack("H", 16))
        waiting = self.start(self.image, owner=4321, label="node n1, step 2.0")
        self.await_waiters(1, producer=pid)
        for _ in range(10):
            os.write(data, struct.pack("HHI", 3, 0, 0))  # it is at work, but nothing has come yet
            time.sleep(0.3)
        err = self.assert_goes_on_without(pid, data, waiting)
        self.assertIn(": waiting for node n9", err)
        self.assert_forges_nothing(err)
        control.close()
        verdict.close()

    def test_a_failure_that_a_waiter_shares_is_made_printable(self):
        pid, data, control, verdict = self.speak(self.HELLO, self.manifest_frame())
        self.assertEqual(control.read(2), struct.pack("H", 16))
        waiting = self.start(self.image, label="node n1, step 2.0")
        self.await_waiters(1, producer=pid)
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


class Listings(StoreTestCase):
    def test_images_lists_entries_and_gc_keeps_what_fits(self):
        self.assert_ready(self.prepare(self.image))
        listed = subprocess.run([store_case.NODE, "images", "--conf", self.conf, "--json"], capture_output=True, text=True)
        self.assertEqual([(e["key"], e["owner"]) for e in json.loads(listed.stdout)], [(self.digest, "public")])
        self.assertEqual(subprocess.run([store_case.NODE, "gc", "--conf", self.conf]).returncode, 0)
        self.assertTrue((self.store / "public" / "manifest" / self.digest[7:]).exists())


if __name__ == "__main__":
    main("__main__")
