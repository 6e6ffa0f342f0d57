#!/usr/bin/env python3
"""docker-daemon: images of a real Docker engine on this machine.

usage: engine_images_test.py CHAINER_NODE [unittest arguments]
"""
import json
import os
import pathlib
import subprocess
import tempfile

from engine import Engine
from store_case import StoreTestCase, main


class EngineImages(StoreTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(super().tearDownClass)
        place = pathlib.Path(tempfile.mkdtemp(prefix="engine-", dir=cls.folder))
        place.chmod(0o755)
        cls.engine = Engine(place)
        cls.addClassCleanup(cls.engine.stop)
        os.environ["DOCKER_HOST"] = f"unix://{cls.engine.socket}"
        cls.addClassCleanup(os.environ.pop, "DOCKER_HOST")
        cls.name = cls.load("team/app:v1", cls.layout)

    @classmethod
    def tearDownClass(cls):
        pass  # in the cleanups: not where the engine could not start

    @classmethod
    def load(cls, name, layout):
        archive = cls.folder / "saved.tar"
        archive.unlink(missing_ok=True)
        subprocess.run(["skopeo", "copy", "--quiet", f"oci:{layout}:v1", f"docker-archive:{archive}:{name}"], check=True)
        cls.engine.docker("load", "-i", archive)
        return name

    def setUp(self):
        super().setUp()
        self.engine.socket.chmod(0o666)  # as for a member of the group docker
        self.cache = pathlib.Path(tempfile.mkdtemp(prefix="cache-", dir=self.folder))
        self.cache.chmod(0o777)
        os.environ["XDG_CACHE_HOME"] = str(self.cache)
        self.addCleanup(os.environ.pop, "XDG_CACHE_HOME")

    def image_id(self, name):
        return self.engine.docker("image", "inspect", "-f", "{{.Id}}", name)

    def content(self, entry, path):
        return subprocess.run(["unsquashfs", "-cat", entry, path], capture_output=True, check=True).stdout

    def test_an_image_is_known_by_the_engines_id_and_is_the_users_own(self):
        expected = self.image_id(self.name)
        for reference in (f"docker-daemon:{self.name}", f"docker-daemon:{expected}", "docker-daemon:docker.io/team/app:v1"):
            with self.subTest(reference):
                self.assertEqual(self.resolve(reference), (0, expected + "\n", ""))
        self.assertEqual(json.loads(self.resolve(f"docker-daemon:{self.name}", "--json")[1])["pinned"],
                         f"docker-daemon:{self.name}@{expected}")
        entry = self.assert_ready(self.prepare(f"docker-daemon:{self.name}"))
        self.assertEqual(entry, self.store / "users" / "1234" / "config" / expected[7:])
        self.assertEqual(self.content(entry, "etc/new"), b"new\n")
        self.assertIn(b"env=A=b\0workdir=/srv\0", self.content(entry, "opt/chainer/image.conf"))

    def test_it_is_saved_once(self):
        saved = lambda: self.engine.log_path.read_text().count(f"/images/{self.name}/get")
        reference = f"docker-daemon:{self.name}"
        self.resolve(reference)
        self.assertEqual(len(list((self.cache / "chainer/images").iterdir())), 1)
        before = saved()
        self.assertGreater(before, 0)
        self.resolve(reference)
        self.assertEqual(saved(), before)

    def test_an_image_that_was_pinned_and_has_changed_says_so(self):
        name = self.load("team/moving:v1", self.layout)
        pinned = f"docker-daemon:{name}@{self.image_id(name)}"
        self.assert_ready(self.prepare(pinned))
        self.engine.docker("tag", self.load("team/other:v1", self.other()), name)
        verdict, err = self.prepare(pinned)
        self.assertEqual(verdict, "user_fault")
        self.assertIn(f"docker-daemon:{name} is now the image {self.image_id(name)} instead of ", err)

    def other(self):
        from handmade_image import make_layout
        make_layout(self.folder / "other", [self.base])
        return self.folder / "other"

    def test_what_the_engine_has_not_is_the_persons_mistake(self):
        code, _, err = self.resolve("docker-daemon:team/nothing:v1")
        self.assertEqual(code, 3, err)
        self.assertIn(f"the Docker engine at {self.engine.socket} has no image 'team/nothing:v1'", err)
        self.assertIn("next: see docker images", err)

    def test_who_may_not_use_the_engine_gets_nothing_of_it(self):
        self.engine.socket.chmod(0o660)
        verdict, err = self.prepare(f"docker-daemon:{self.name}")
        self.assertEqual(verdict, "user_fault")
        self.assertIn(f"cannot reach a Docker engine at {self.engine.socket}: Permission denied", err)
        self.assertIn("next: ask an administrator for the right to use the engine", err)
        self.assert_store_is_empty()

    def test_an_engine_elsewhere_is_refused_by_name(self):
        for host in ("tcp://127.0.0.1:1", "ssh://somewhere"):
            os.environ["DOCKER_HOST"] = host
            self.addCleanup(os.environ.__setitem__, "DOCKER_HOST", f"unix://{self.engine.socket}")
            code, _, err = self.resolve(f"docker-daemon:{self.name}")
            self.assertEqual(code, 3, err)
            self.assertIn(f"'{host}' is no socket of this machine", err)


if __name__ == "__main__":
    main("__main__")
