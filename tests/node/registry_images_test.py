#!/usr/bin/env python3
"""Images of registries: how they are found, what a refusal says, and whose they are behind a password.

usage: registry_images_test.py CHAINER_NODE [unittest arguments]
"""
import base64
import http.server
import json
import pathlib
import subprocess
import tempfile
import threading

from registries import Refusing, Registry, free_port
from store_case import StoreTestCase, main


class RegistryImages(StoreTestCase):
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


if __name__ == "__main__":
    main("__main__")
