#!/usr/bin/env python3
"""Every form in which people have an image becomes the tree that tar would have unpacked.

usage: image_formats_test.py CHAINER_NODE [unittest arguments]
"""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tarfile
import tempfile

import sif
import store_case
import two_sides
from handmade_image import PACKERS, Layer, make_layout, sha256
from store_case import StoreTestCase, main


class ImageFormats(StoreTestCase):
    def assert_same_tree(self, entry):
        """The entry holds what tar would have unpacked, and what every entry has."""
        ours = self.content_of(entry)
        with tempfile.TemporaryDirectory(dir=self.folder) as unpacked:
            for layer in (self.base, self.upper):
                subprocess.run(["tar", "-xpf", layer, "-C", unpacked, "--numeric-owner"], check=True)
            for whiteout in list(pathlib.Path(unpacked).rglob(".wh.*")):
                whiteout.unlink()
                (whiteout.parent / whiteout.name[4:]).unlink()
            unpacked_by_tar = self.describe(pathlib.Path(unpacked))
            for path, line in unpacked_by_tar.items():
                self.assertEqual(ours.pop(path), line, path)
        self.assertEqual(ours.pop("opt/chainer/image.conf")[-1],
                         f"env=A=b\0workdir=/srv\0keeps=entrypoint\0digest=sha256:{entry.name}\0".encode())
        owners = {f"{kind}-{line[place]}" for line in unpacked_by_tar.values()
                  for kind, place in (("uid", 1), ("gid", 2)) if line[place] != 0}
        self.assertEqual(set(ours), {
            "dev", "etc/group", "etc/hosts", "etc/passwd", "etc/resolv.conf", "opt", "opt/chainer",
            "opt/chainer/env", "opt/chainer/gpu", "opt/chainer/owners", "opt/chainer/tools", "proc", "run", "sys", "tmp",
            *(f"opt/chainer/owners/{name}" for name in owners)})

    def assert_holds(self, entry, tree):
        """Every file of a folder is in the entry as it is there."""
        ours = self.content_of(entry)
        for path, line in self.describe(tree).items():
            self.assertEqual(ours.get(path), line, path)

    def content_of(self, entry):
        with tempfile.TemporaryDirectory(dir=self.folder) as unpacked:
            subprocess.run(["unsquashfs", "-quiet", "-no-progress", "-dest", f"{unpacked}/a", entry],
                           check=True, stdout=subprocess.DEVNULL)
            return self.describe(pathlib.Path(unpacked) / "a")

    @staticmethod
    def describe(root):
        lines = {}
        for path in root.rglob("*"):
            status = path.lstat()
            is_folder = path.is_dir() and not path.is_symlink()
            content = (os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file()
                       else None)
            # Only folders that a layer lists have times of their own.
            time_or_none = None if is_folder else int(status.st_mtime)
            lines[str(path.relative_to(root))] = (oct(status.st_mode), status.st_uid, status.st_gid,
                                                  time_or_none, None if is_folder else status.st_nlink,
                                                  content)
        return lines

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

    def tree(self, name):
        """A root file system in a folder, as people have one that they unpacked."""
        tree = pathlib.Path(tempfile.mkdtemp(prefix=name, dir=self.folder))
        tree.chmod(0o755)
        subprocess.run(["tar", "-xpf", self.base, "-C", tree, "--numeric-owner"], check=True)
        (tree / "etc/keep").chmod(0o644)
        (tree / "etc/long").symlink_to("../" * 60 + "n" * 200)
        (tree / ("n" * 200)).write_bytes(b"long")
        (tree / "etc/na\xefve \udcff".encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")).write_bytes(b"")
        (tree / "opt/chainer").mkdir(parents=True)
        (tree / "opt/chainer/image.conf").write_bytes(b"env=A=b\0env=nonsense\0workdir=/srv\0keeps=entrypoint\0entrypoint=/bin/tool\0digest=sha256:1\0")
        return tree

    def squashed(self, tree, *options):
        file = tree.with_suffix(".sqsh")
        subprocess.run(["mksquashfs", tree, file, "-quiet", "-noappend", *options], check=True, stdout=subprocess.DEVNULL)
        file.chmod(0o644)
        return file

    def assert_is_the_users_own(self, entry, tree):
        self.assertEqual(entry.parent, self.store / "users" / "1234" / "config")
        (tree / "opt/chainer/image.conf").unlink()  # the entry has one of its own
        self.assert_holds(entry, tree)
        (tree / "opt/chainer/image.conf").write_bytes(self.content_of(entry)["opt/chainer/image.conf"][-1])
        self.assertEqual((tree / "opt/chainer/image.conf").read_bytes(),
                         f"env=A=b\0workdir=/srv\0keeps=entrypoint\0entrypoint=/bin/tool\0digest=sha256:{entry.name}\0".encode())

    def test_a_folder_may_be_named_by_its_path(self):
        tree = self.tree("folder")
        self.assert_is_the_users_own(self.assert_ready(self.prepare(str(tree))), tree)
        self.assert_is_the_users_own(self.assert_ready(self.prepare(f"dir:{tree}")), tree)

    def test_a_squashfs_file_is_repacked_whatever_packed_it(self):
        tree = self.tree("squashed")
        of_the_folder = self.resolve(str(tree))[1]
        for packer in ("gzip", "xz", "lz4", "zstd"):
            with self.subTest(packer):
                file = self.squashed(tree, "-comp", packer)
                # The same files give the same image, in whichever form they come.
                self.assertEqual(self.resolve(str(file))[1], of_the_folder)
        entry = self.assert_ready(self.prepare(f"squashfs:{file}"))
        self.assertNotEqual(entry.read_bytes()[:4096], file.read_bytes()[:4096])
        self.assert_is_the_users_own(entry, tree)

    def test_a_squashfs_file_that_cannot_be_read_is_refused_by_name(self):
        tree = self.tree("unreadable")
        lzo = self.squashed(tree, "-comp", "lzo")
        code, _, err = self.resolve(str(lzo))
        self.assertEqual((code, "is packed with lzo, which cannot be read here" in err), (3, True), err)
        file = self.squashed(tree)
        whole = file.read_bytes()
        names = struct.unpack_from("<Q", whole, 64)[0]  # where its inodes are
        for name, bytes_of_it in (("cut", whole[:len(whole) // 2]), ("empty", whole[:96]),
                                  ("torn", whole[:names] + b"\xff" * 100 + whole[names + 100:])):
            with self.subTest(name):
                file.write_bytes(bytes_of_it)
                code, _, err = self.resolve(str(file))
                self.assertEqual(code, 3, err)
                self.assertIn(f"{file} is no sound squashfs file", err)

    def test_a_sif_file_gives_its_root_file_system(self):
        tree = self.tree("sif")
        file = sif.write(tree.with_suffix(".sif"), self.squashed(tree))
        file.chmod(0o644)
        self.assertEqual(self.resolve(str(file))[1], self.resolve(str(tree))[1])
        self.assert_is_the_users_own(self.assert_ready(self.prepare(f"sif:{file}")), tree)
        for file_system, reason in ((sif.ENCRYPTED, "it is an encrypted SIF file"), (sif.EXT3, "is ext3")):
            sif.write(file, tree.with_suffix(".sqsh"), file_system)
            code, _, err = self.resolve(str(file))
            self.assertEqual(code, 3, err)
            self.assertIn(f"cannot use {file} as an image: ", err)
            self.assertIn(reason, err)

    def test_a_sif_file_sets_what_the_oci_image_set_that_it_was_made_of(self):
        tree = self.tree("oci")
        file = tree.with_suffix(".sif")
        config = {"Env": ["PATH=/opt/conda/bin:/bin", "A=c"], "WorkingDir": "/data", "Entrypoint": ["/bin/tool"], "Cmd": ["x"]}
        sif.write(file, self.squashed(tree), oci_config=json.dumps(config).encode()).chmod(0o644)
        with self.subTest("an image that a container of ours was saved to says more, and later"):
            conf = self.content_of(self.assert_ready(self.prepare(str(file))))["opt/chainer/image.conf"][-1]
            self.assertIn(b"env=A=b\0workdir=/srv\0", conf)
        shutil.rmtree(tree / "opt/chainer")
        sif.write(file, self.squashed(tree), oci_config=json.dumps(config).encode())
        conf = self.content_of(self.assert_ready(self.prepare(str(file))))["opt/chainer/image.conf"][-1]
        self.assertTrue(conf.startswith(b"env=PATH=/opt/conda/bin:/bin\0env=A=c\0workdir=/data\0keeps=entrypoint\0"
                                        b"entrypoint=/bin/tool\0digest="), conf)
        for broken, reason in ((b"[]", "its oci-config.json: "), (b"{", "its oci-config.json: "),
                               (json.dumps({"Env": ["A=\0workdir=/"]}).encode(), "a variable holds a NUL"),
                               (b" " * (2 << 20), "its oci-config.json is larger than")):
            with self.subTest(broken[:8]):
                sif.write(file, tree.with_suffix(".sqsh"), oci_config=broken)
                code, _, err = self.resolve(str(file))
                self.assertEqual(code, 3, err)
                self.assertIn(f"cannot use {file} as an image: ", err)
                self.assertIn(reason, err)

    def test_a_squashfs_file_of_enroot_sets_what_the_image_set(self):
        tree = self.tree("enroot")
        shutil.rmtree(tree / "opt/chainer")
        (tree / "etc/environment").write_text("PATH=/opt/conda/bin:/bin\nA=c\n")
        plain = self.assert_ready(self.prepare(str(self.squashed(tree))))
        self.assertTrue(self.content_of(plain)["opt/chainer/image.conf"][-1].startswith(b"keeps=entrypoint\0digest="))
        (tree / "etc/rc").write_text('mkdir -p "/data" 2> /dev/null\ncd "/data" && unset OLDPWD || exit 1\n\n'
                                     "if [ $# -gt 0 ]; then\n    exec '/bin/tool' \"$@\"\nelse\n    exec '/bin/tool' 'x'\nfi\n")
        conf = self.content_of(self.assert_ready(self.prepare(str(self.squashed(tree)))))["opt/chainer/image.conf"][-1]
        self.assertTrue(conf.startswith(b"env=PATH=/opt/conda/bin:/bin\0env=A=c\0workdir=/data\0keeps=entrypoint\0"
                                        b"entrypoint=/bin/tool\0digest="), conf)

    def test_a_sif_file_that_apptainer_made_of_an_oci_image_sets_the_same(self):
        root = sif.apptainer_root()
        work = pathlib.Path(tempfile.mkdtemp(prefix="work", dir=self.folder))
        work.chmod(0o755)
        subprocess.run(["skopeo", "copy", "--quiet", f"oci:{self.layout}:v1", f"oci-archive:{work}/image.tar"], check=True)
        made = sif.build(root, work, "Bootstrap: oci-archive\nFrom: /work/image.tar\n", "a.sif")
        made.chmod(0o644)
        with self.subTest(apptainer=sif.apptainer_version(root)):
            conf = self.content_of(self.assert_ready(self.prepare(str(made))))["opt/chainer/image.conf"][-1]
            self.assertTrue(conf.startswith(b"env=A=b\0workdir=/srv\0keeps=entrypoint\0digest="), conf)

    def test_a_sif_file_that_apptainer_made_gives_its_root_file_system(self):
        root = sif.apptainer_root()
        tree = self.tree("apptainer")
        (tree / "etc/long").unlink()  # Apptainer takes no link that leads out
        work = pathlib.Path(tempfile.mkdtemp(prefix="work", dir=self.folder))
        work.chmod(0o755)
        shutil.copytree(tree, work / "tree", symlinks=True)
        made = sif.build(root, work, "Bootstrap: localimage\nFrom: /work/tree\n\n%environment\n export A=c\n", "a.sif")
        made.chmod(0o644)
        with self.subTest(apptainer=sif.apptainer_version(root)):
            ours = self.content_of(self.assert_ready(self.prepare(str(made))))
            self.assertEqual(ours["bin/tool"][-1], (tree / "bin/tool").read_bytes())
            self.assertIn(b"env=A=b\0", ours["opt/chainer/image.conf"][-1])  # and not what %environment says
            self.assertIn(".singularity.d/env/90-environment.sh", ours)

    def test_a_path_may_be_pinned_and_says_when_it_has_changed(self):
        tree = self.tree("pinned")
        file = self.squashed(tree)
        digest = self.resolve(str(file))[1].strip()
        self.assertEqual(self.assert_ready(self.prepare(f"{file}@{digest}")).name, digest[7:])
        self.assertEqual(self.assert_ready(self.prepare(f"{tree}@{digest}")).name, digest[7:])
        (tree / "etc/keep").write_bytes(b"changed")
        self.squashed(tree)
        for path in (tree, file):
            verdict, err = self.prepare(f"{path}@{digest}")
            self.assertEqual(verdict, "user_fault")
            self.assertIn(f"{path} now has the image ", err)
            self.assertIn("submit again", err)

    def test_a_path_that_is_no_image_says_what_it_is(self):
        archive = self.folder / "layers.tar"
        shutil.copy(self.base, archive)
        skopeos = self.folder / "skopeos"
        subprocess.run(["skopeo", "copy", "--quiet", f"oci:{self.layout}:v1", f"dir:{skopeos}"], check=True)
        for path, reason, hint in ((archive, "it is an archive", f"write docker-archive:{archive} or oci-archive:{archive}"),
                                   (self.layout, "it is an OCI layout", f"write oci:{self.layout}"),
                                   (skopeos, "it is what skopeo copies to dir:", "copy the image to an OCI layout instead"),
                                   ("/dev/null", "it is neither a file nor a folder", "check the path"),
                                   (self.layout / "blobs", "it has none of usr, bin and etc", "name the folder"),
                                   (self.layout / "index.json", "it is neither a SIF file, a squashfs file nor a folder",
                                    "check the path")):
            with self.subTest(path):
                code, _, err = self.resolve(str(path))
                self.assertEqual(code, 3, err)
                self.assertIn(f"cannot use {path} as an image: {reason}", err)
                self.assertIn(f"next: {hint}", err)

    def test_an_archive_that_is_a_pipe_or_a_device_is_not_waited_for(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe, 0o644)
        for path in (pipe, "/dev/zero"):
            for kind in ("oci-archive", "docker-archive"):
                with self.subTest(path=path, kind=kind):
                    code, _, err = self.resolve(f"{kind}:{path}")
                    self.assertEqual(code, 3, err)
                    self.assertIn(f"cannot read {path}: it is no file that can be read twice\n"
                                  "next: name a file that holds the archive\n", err)

    def test_a_folder_that_changes_while_it_is_read_is_refused(self):
        tree = self.tree("moving")
        cache = pathlib.Path(tempfile.mkdtemp(prefix="cache", dir=self.folder))
        os.chown(cache, 65534, 65534)
        os.environ["XDG_CACHE_HOME"] = str(cache)  # where the user's side keeps what it knows of images
        self.addCleanup(os.environ.pop, "XDG_CACHE_HOME")
        process = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", store_case.NODE, "resolve",
                                  "--reference", tree], capture_output=True, text=True, check=True)
        (tree / "etc/keep").write_bytes(b"changed")
        verdict, err = self.prepare(str(tree), "--digest", process.stdout.strip())
        self.assertEqual(verdict, "user_fault")
        self.assertIn(f"{tree} is not what it was when its digest was taken", err)
        self.assert_store_is_empty()

    def test_a_file_named_as_a_whiteout_hides_nothing(self):
        tree = self.tree("whiteouts")
        (tree / "etc/.wh.keep").write_bytes(b"")
        entry = self.assert_ready(self.prepare(str(tree)))
        self.assertIn("etc/keep", self.content_of(entry))


if __name__ == "__main__":
    main("__main__")
