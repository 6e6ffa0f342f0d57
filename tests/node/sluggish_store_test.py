#!/usr/bin/env python3
"""A store on a file system without locks, which shows each node late what the others do.

usage: sluggish_store_test.py CHAINER_NODE SLUGGISH_FS [unittest arguments]
"""
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time

import store_case
from handmade_image import make_layout
from store_case import StoreTestCase

SLUGGISH_FS = None
DAY = 24 * 3600


class Node:
    """A node's own view of the store's folder, and its plugin.conf."""

    def __init__(self, test, name, quota="1g", seconds_kept=2):
        self.mount_point = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=test.folder))
        self.server = subprocess.Popen([SLUGGISH_FS, test.store, self.mount_point, str(seconds_kept)])
        while not os.path.ismount(self.mount_point):
            assert self.server.poll() is None, "sluggish_fs has ended"
            time.sleep(0.01)
        self.conf = self.mount_point.with_suffix(".conf")
        self.conf.write_text(f"store {self.mount_point}\nstore_account {store_case.STORE_ACCOUNT}\n"
                             f"store_quota {quota}\nstore_quota_per_user {quota}\n")

    def stop(self):
        subprocess.run(["umount", "--lazy", self.mount_point], check=True)
        self.server.wait()


class SluggishStore(StoreTestCase):
    def setUp(self):
        super().setUp()
        self.nodes = []
        self.addCleanup(lambda: [node.stop() for node in self.nodes])

    def boot(self, count, **options):
        self.nodes += [Node(self, f"n{len(self.nodes) + i}", **options) for i in range(count)]
        return self.nodes

    def start_on(self, node, reference, label="node n1, step 1.0"):
        self.conf = node.conf
        return self.start(reference, label=label)

    def assert_prepared(self, *preparations):
        for preparation in preparations:
            out, err = preparation.communicate(timeout=120)
            self.assertEqual(out, f"ready public/manifest/{self.digest[7:]}\n", err)

    def entry(self):
        return self.store / "public" / "manifest" / self.digest[7:]

    def test_is_known_by_its_file_system(self):
        node = self.boot(1)[0]
        probe = node.mount_point / "probe"
        probe.touch()
        with open(probe, "r+") as file:
            locked = subprocess.run(["flock", "--nonblock", str(file.fileno())], pass_fds=[file.fileno()],
                                    capture_output=True, text=True)
        self.assertNotEqual(locked.returncode, 0, "this file system has locks after all")

    def test_several_nodes_download_once(self):
        nodes = self.boot(3)
        before = len(self.registry.blobs_served())
        self.assert_prepared(*[self.start_on(node, self.image, f"node n{i}, step {j}.0")
                               for i, node in enumerate(nodes) for j in range(2)])
        blobs = self.registry.blobs_served()[before:]
        self.assertEqual((len(blobs), len(set(blobs))), (3, 3), blobs)

    def test_a_node_that_remembers_a_missing_entry_does_not_make_it_again(self):
        for age in ("of a new store", "of a store that has folders"):
            with self.subTest(age):
                first, second = self.boot(2, seconds_kept=60)[-2:]
                remembered = second.mount_point / self.entry().relative_to(self.store)
                self.assertFalse(remembered.exists())
                self.assert_prepared(self.start_on(first, self.image))
                self.assertFalse(remembered.exists(), "this file system remembers nothing")
                before = len(self.registry.blobs_served())
                self.assert_prepared(self.start_on(second, self.image))
                self.assertEqual(self.registry.blobs_served()[before:], [])
                self.entry().unlink()

    def test_a_node_that_remembers_another_ones_question_finds_the_entry(self):
        first, second = self.boot(2, seconds_kept=60)
        self.assert_prepared(self.start_on(first, self.image))
        entry = self.entry()
        aside = entry.with_suffix(".aside")
        entry.rename(aside)
        entry.mkdir()  # what the first node does when it asks
        remembered = second.mount_point / entry.relative_to(self.store)
        self.assertTrue(remembered.is_dir())
        entry.rmdir()
        aside.rename(entry)
        self.assertTrue(remembered.is_dir(), "this file system remembers nothing")
        before = len(self.registry.blobs_served())
        self.assert_prepared(self.start_on(second, self.image))
        self.assertEqual(self.registry.blobs_served()[before:], [])

    def test_a_producer_that_dies_is_followed_within_seconds(self):
        first, second = self.boot(2)
        self.conf = first.conf
        pid, data, control, verdict = self.speak(self.HELLO, self.manifest_frame())
        self.assertEqual(control.read(2), struct.pack("H", 16))  # it is under way: send
        waiting = self.start_on(second, self.image)
        time.sleep(2)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        killed = time.monotonic()
        self.assert_prepared(waiting)
        self.assertLess(time.monotonic() - killed, 29, "longer than a producer may say nothing")
        os.close(data)
        control.close()
        verdict.close()

    def test_what_another_node_used_this_week_is_not_evicted(self):
        first, second = self.boot(2, quota="3m")
        self.assert_prepared(self.start_on(first, self.image))
        for age, stays in ((3 * DAY, True), (8 * DAY, False)):
            with self.subTest(days=age // DAY):
                os.utime(self.entry(), (time.time() - age,) * 2)
                second.conf.write_text(second.conf.read_text().replace("3m", "100k"))
                subprocess.run([store_case.NODE, "gc", "--conf", second.conf], capture_output=True)
                self.assertEqual(self.entry().exists(), stays)

    def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(self):
        first, second = self.boot(2)
        self.conf = first.conf
        pid, data, control, verdict = self.speak(self.HELLO, self.manifest_frame())
        self.assertEqual(control.read(2), struct.pack("H", 16))
        rooms = list(self.store.glob("locks/*.room-*"))
        self.assertEqual(len(rooms), 1)
        time.sleep(2)
        layout = self.folder / "layout-of-another"
        make_layout(layout, [self.upper])
        self.conf = second.conf
        self.assert_ready(self.prepare(f"oci:{layout}:v1"))
        self.assertTrue(rooms[0].exists(), "its maker lives")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.utime(rooms[0], (time.time() - 300,) * 2)
        time.sleep(2.5)  # for so long the second node may still see the old state
        subprocess.run([store_case.NODE, "gc", "--conf", second.conf], check=True)
        self.assertFalse(rooms[0].exists())
        os.close(data)
        control.close()
        verdict.close()


if __name__ == "__main__":
    if not os.path.exists("/dev/fuse"):
        print("this machine has no /dev/fuse")
        sys.exit(77)
    SLUGGISH_FS = sys.argv.pop(2)
    store_case.main("__main__")
