#!/usr/bin/env python3
"""Images of registries: how they are found, what a refusal says, and whose they are behind a password.

usage: registry_images_test.py CHAINER_NODE [unittest arguments]
"""
import base64
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest.mock

from handmade_image import make_layout
from registries import Faulty, Misled, Proxy, Refusing, Registry, TokenService, free_port
from store_case import StoreTestCase, main


class RegistryImages(StoreTestCase):
    def test_resolve_says_which_other_machines_an_image_is_for(self):
        foreign = self.folder / "layout-foreign"
        make_layout(foreign, [self.base], architecture="riscv64")
        for layout, platform, words in ((self.layout, "", ""), (foreign, "linux/riscv64", "it is for linux/riscv64")):
            status, out, err = self.resolve(f"oci:{layout}", "--check-platform", "--json")
            self.assertEqual((status, json.loads(out)["foreign_platform"]), (0, platform), err)
            self.assertIn(words, err)

    def test_resolve_prints_the_digest(self):
        self.assertEqual(self.resolve(self.image), (0, self.digest + "\n", ""))
        status, out, _ = self.resolve(self.image, "--json")
        self.assertEqual((status, json.loads(out)),
                         (0, {"reference": self.image, "digest": self.digest,
                              "pinned": f"{self.image}@{self.digest}"}))

    def test_a_node_whose_root_used_podman_still_gives_public_images(self):
        close = 'mount -t tmpfs tmpfs /run && mkdir -m 700 /run/containers && exec "$@"'
        process = self.start(self.image, before=["unshare", "--mount", "sh", "-c", close, "sh"])
        out, err = process.communicate(timeout=60)
        self.assertEqual(out, f"ready public/manifest/{self.digest[7:]}\n", err)

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

    def misled(self):
        """The address of what answers in the place of a registry."""
        manifest = (self.layout / "blobs/sha256" / self.digest[7:]).read_bytes()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Misled,), {"manifest": manifest}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"127.0.0.1:{server.server_port}"

    def test_what_is_no_manifest_is_named_with_who_sent_it(self):
        host = self.misled()
        check = "next: check the registry's name, and https_proxy: a proxy or a login page may have answered\n"
        page = "something of the type 'text/html' in the place of"
        for name, message in (
                ("portal", f"the registry {host} answered with {page} a manifest\n{check}"),
                ("nothing", f"the registry {host} answered with nothing in the place of a manifest\n{check}"),
                ("login", f"the token service of the registry {host} answered with {page} a token\n{check}"),
                ("pointless", f"the registry {host} names 'tokens' as the service that gives tokens, and that is no URL\n"
                              "next: tell who runs the registry\n"),
                ("circle", f"http://{host} leads from one address to the next without end (Maximum (10) redirects followed)\n"
                           "next: tell who runs the registry\n")):
            with self.subTest(name):
                _, out, err = self.resolve(f"{host}/{name}:v1")
                self.assertEqual((out, err), ("", f"chainer: cannot find the image {host}/{name}:v1: {message}"))

    def test_an_answer_may_be_packed_and_a_login_offered_in_several_ways(self):
        host = self.misled()
        for name in ("packed", "first", "last"):
            with self.subTest(name):
                self.assertEqual(self.resolve(f"{host}/{name}:v1"), (0, self.digest + "\n", ""))

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
        # This registry has no service that takes one.
        auth.write_text(json.dumps({"auths": {registry.address: {"identitytoken": "hush"}}}))
        verdict, messages = self.prepare(image, "--auth", str(auth))
        self.assertEqual(verdict, "user_fault")
        self.assertIn(f"the registry {registry.address} does not let the owner of the identity token read 'team/app'", messages)
        self.assertNotIn("hush", messages)
        self.assert_helpers_are_asked(registry, image, auth)
        entry = self.assert_ready(self.prepare(image, "--auth", write_auth("ann:secret")))
        self.assertEqual(entry.parent.parent.name, "1234")
        # Another user has to show that they may have it.
        self.assertEqual(self.prepare(image, owner=4321)[0], "user_fault")

    def test_an_identity_token_is_exchanged_for_one_of_the_registrys(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        tokens = TokenService(folder, identity="the/token+", passwords=["ann:secret"])
        self.addCleanup(tokens.stop)
        registry = Registry(folder, tokens=tokens)
        self.addCleanup(registry.stop)
        image = f"{registry.address}/team/app:v1"
        self.push(self.layout, image, "--dest-creds=ann:secret")
        folder.chmod(0o755)
        auth = folder / "auth.json"
        auth.write_text(json.dumps({"auths": {registry.address: {"auth": base64.b64encode(b"00000000:").decode(), "identitytoken": "another"}}}))
        verdict, messages = self.prepare(image, "--auth", str(auth))
        self.assertEqual(verdict, "user_fault")
        self.assertIn("does not let the owner of the identity token read 'team/app'", messages)
        auth.write_text(auth.read_text().replace("another", tokens.identity))
        tokens.asked.clear()
        entry = self.assert_ready(self.prepare(image, "--auth", str(auth)))
        self.assertEqual(entry.parent.parent.name, "1234")
        self.assertEqual(tokens.asked, ["GET", "POST /token"])
        self.assertEqual(self.prepare(image, owner=4321)[0], "user_fault")

    def registries_conf(self, text):
        file = self.folder / ".config/containers/registries.conf"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.addCleanup(file.unlink)

    def test_a_mirror_is_asked_before_the_registry(self):
        self.registries_conf(f"""
            [[registry]]
            prefix = "registry.invalid/teams"
            location = "no-such-host.invalid"
            [[registry.mirror]]
            location = "{self.registry.address}/team"
            """)
        image = "registry.invalid/teams/app:v1"
        self.assertEqual(self.resolve(image), (0, self.digest + "\n", ""))
        entry = self.assert_ready(self.prepare(image))
        self.assertEqual(entry.name, self.digest[7:])

    def test_the_registry_is_asked_where_its_mirrors_do_not_help(self):
        nobody = f"127.0.0.1:{free_port()}"
        self.registries_conf(f"""
            [[registry]]
            location = "{self.registry.address}"
            [[registry.mirror]]
            location = "{nobody}"
            [[registry.mirror]]
            location = "{self.registry.address}/other"
            """)
        self.assertEqual(self.resolve(self.image), (0, self.digest + "\n", ""))
        self.assert_ready(self.prepare(self.image))
        host = self.registry.address
        code, _, err = self.resolve(f"{host}/team/app:nope")
        self.assertEqual(code, 3)
        self.assertIn(f"the registry {host} has no 'nope' in 'team/app' (and before it: nobody answers at http://{nobody} (", err)
        self.assertIn(f"; the registry {host} has no 'nope' in 'other/team/app')\nnext: check the image's name and tag", err)

    def test_a_blocked_registry_is_not_asked(self):
        self.registries_conf(f"[[registry]]\nlocation = '{self.registry.address}'\nblocked = true\n")
        before = len(self.registry.manifests_served())
        code, _, err = self.resolve(self.image)
        self.assertEqual(code, 3)
        self.assertIn(f"the registry {self.registry.address} is blocked on this machine", err)
        self.assertEqual(len(self.registry.manifests_served()), before)

    def assert_helpers_are_asked(self, registry, image, auth):
        programs = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        programs.chmod(0o755)
        self.addCleanup(os.environ.__setitem__, "PATH", os.environ["PATH"])
        os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"

        def helper(name, script):
            path = programs / f"docker-credential-{name}"
            path.write_text(f"#!/bin/sh\nread -r server\n{script}\n")
            path.chmod(0o755)

        helper("cloud", f'[ "$1 $server" = "get {registry.address}" ] && '
                        """printf '{"Username":"ann","Secret":"secret"}'; echo hush >&2""")
        helper("desktop", "echo credentials not found hush; exit 1")
        for text in ({"credHelpers": {registry.address: "cloud"}, "credsStore": "desktop"}, {"credsStore": "cloud"}):
            auth.write_text(json.dumps(text))
            code, out, err = self.resolve(image, "--auth", str(auth))
            self.assertEqual((code, out), (0, self.digest + "\n"), err)
            verdict, messages = self.prepare(image, "--auth", str(auth))
            self.assertTrue(verdict.startswith("ready users/1234/"), messages)
            self.assertNotIn("hush", err + messages)
        auth.write_text(json.dumps({"credsStore": "desktop"}))
        verdict, messages = self.prepare(image, "--auth", str(auth), owner=1235)
        self.assertEqual(verdict, "user_fault")
        self.assertIn("they are in the credential helper docker-credential-desktop, which has none, says", messages)
        self.assertNotIn("hush", messages)
        # A broken helper does not stop what everybody may have.
        auth.write_text(json.dumps({"credsStore": "nowhere"}))
        self.assertEqual(self.resolve(self.image, "--auth", str(auth))[0], 0)

    def serve(self, **faults):
        server = Faulty(self.layout, **faults)
        self.addCleanup(server.stop)
        return server

    def test_a_busy_registry_is_asked_again_when_it_says(self):
        for retry_after in ("1", "a date"):
            with self.subTest(retry_after):
                server = self.serve(busy=2, retry_after=retry_after)
                self.assertEqual(self.resolve(server.image), (0, self.digest + "\n", ""))
                first, second, third = server.times["manifest"]
                self.assertGreaterEqual(second - first, 0.9)
                self.assertGreaterEqual(third - second, 0.9)

    def test_a_registry_that_wants_to_be_left_alone_for_long_is_left_alone(self):
        server = self.serve(busy=9, retry_after="3600")
        code, _, err = self.resolve(server.image)
        self.assertEqual(code, 4)
        self.assertIn(f"the registry {server.address} has been asked too often (HTTP status 429): it wants to be asked again "
                      "in 3600 s", err)
        self.assertIn("next: submit again later, or log in", err)
        self.assertEqual(len(server.times["manifest"]), 1)

    def test_a_broken_download_goes_on_where_it_broke(self):
        server = self.serve(cut=3)
        entry = self.assert_ready(self.prepare(server.image))
        self.assertEqual(entry.name, self.digest[7:])
        starts = [start for start in server.ranges if start]
        self.assertEqual(len(starts), 3)
        self.assertEqual(starts, sorted(set(starts)))  # each further than the one before

    def test_a_registry_that_ignores_ranges_is_read_from_the_start(self):
        server = self.serve(cut=1, ranges=False)
        self.assertEqual(self.assert_ready(self.prepare(server.image)).name, self.digest[7:])

    def test_a_busy_registry_is_asked_again_for_a_layer(self):
        server = self.serve(busy_blobs=1, retry_after="1")
        self.assert_ready(self.prepare(server.image))

    def test_a_layer_is_whole_whatever_length_was_announced(self):
        server = self.serve(longer=10)
        self.assertEqual(self.assert_ready(self.prepare(server.image)).name, self.digest[7:])

    def test_an_index_may_list_an_index_and_not_itself(self):
        server = self.serve(nested=1)
        self.assertEqual(self.resolve(server.image), (0, self.digest + "\n", ""))
        server = self.serve(nested=5)
        code, _, err = self.resolve(server.image)
        self.assertEqual(code, 3)
        self.assertIn(f"the registry {server.address} nests the indexes of 'team/app' too deeply", err)

    def test_a_registry_of_the_sites_own_authority_is_reached_through_a_proxy(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        folder.chmod(0o755)
        registry = Registry(folder, certified_for="registry.test")
        self.addCleanup(registry.stop)
        self.push(self.layout, f"{registry.address}/team/app:v1")
        proxy = Proxy(registry.address)
        self.addCleanup(proxy.stop)
        kept = unittest.mock.patch.dict(os.environ, https_proxy=f"http://{proxy.address}", no_proxy="elsewhere.test")
        kept.start()
        self.addCleanup(kept.stop)
        for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE"):
            os.environ.pop(name, None)
        image = "registry.test/team/app:v1"
        code, _, err = self.resolve(image)
        self.assertEqual(code, 3)
        self.assertIn("the certificate of https://registry.test is not trusted", err)
        self.assertIn("next: put the registry's authority into /etc/containers/certs.d/registry.test/ca.crt, or set "
                      "SSL_CERT_FILE", err)
        os.environ["SSL_CERT_FILE"] = str(folder / "certificate.pem")
        self.assertEqual(self.resolve(image), (0, self.digest + "\n", ""))
        del os.environ["SSL_CERT_FILE"]

        trusted = self.folder / ".config/containers/certs.d/registry.test"
        trusted.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, self.folder / ".config")
        shutil.copy(folder / "certificate.pem", trusted / "ca.crt")
        self.assertEqual(self.assert_ready(self.prepare(image)), self.store / "public" / "manifest" / self.digest[7:])
        self.assertEqual(set(proxy.asked), {"registry.test:443"})
        os.environ["no_proxy"] = ".test"
        code, _, err = self.resolve(image)
        self.assertEqual(code, 4)
        self.assertIn("the host of https://registry.test is not known", err)


if __name__ == "__main__":
    main("__main__")
