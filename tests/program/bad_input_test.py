#!/usr/bin/env python3
"""Files that no person meant to write: each gets findings or a sentence, soon, and never a crash.

usage: bad_input_test.py CHAINER_SUBMIT [unittest arguments]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = ""
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
# A person waits for a finding, not for a hang: an order of magnitude above what the slowest needs.
LIMIT_S = 60

GOOD = 'source_directory = "../project"\nentry_script = "train.py"\ncompute_target = "cluster"\nframework_version = "7.8.1"\n'
BIG = 10_000_000

# What is in a file: name, bytes, and whether TOML allows it.
TEXTS = {
    "NUL": (b'name = "a\0b"\n', False),
    "only NULs": (bytes(1000), False),
    "no UTF-8": (b'[run]\nname = "\xff\xfe\xfa"\n', False),
    "half a character": (b'[run]\nname = "\xe2\x82"\n', False),
    "a surrogate": (b'[run]\nname = "\xed\xa0\x80"\n', False),
    "too long for UTF-8": (b'[run]\nname = "\xc0\x80"\n', False),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD.encode(), True),
    "two byte order marks": (b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD.encode(), True),
    "UTF-16": (GOOD.encode("utf-16"), True),
    "half a code unit of UTF-16": (GOOD.encode("utf-16") + b"x", False),
    "line ends of Windows": (GOOD.replace("\n", "\r\n").encode(), True),
    "line ends of old Macs": (GOOD.replace("\n", "\r").encode(), False),
    "a control character": (b'[run]\nname = "a\x1b[2Jb"\n', False),
    "no line end": (GOOD.strip().encode(), True),
    "nothing": (b"", True),
    "blanks": (b" \t\n" * 1000, True),
    "one key of 10 MB": (b"a" * BIG + b" = 1\n", True),
    "one text of 10 MB": (b'a = "' + b"x" * BIG + b'"\n', True),
    "one comment of 10 MB": (b"#" + b"x" * BIG + b"\n" + GOOD.encode(), True),
    "10 MB of line ends": (b"\n" * BIG + GOOD.encode(), True),
    "10 MB of an array": (b"a = [" + b"1," * (BIG // 2) + b"]\n", True),
    "200,000 keys": (b"".join(b"k%d = 1\n" % number for number in range(200_000)), True),
    "200,000 tables": (b"".join(b"[t%d]\n" % number for number in range(200_000)), True),
    "200,000 inputs": (b"[[inputs]]\n" * 200_000, True),
    "more than 16 MiB": (b"#" * (17 << 20), False),
    "open arrays": (b"a = " + b"[" * 100_000, False),
    "open tables": (b"a = " + b"{a=" * 100_000, False),
    "dotted deeply": (b".".join([b"a"] * 100_000) + b" = 1\n", False),
    "headings deeply": (b"[" + b".".join([b"a"] * 100_000) + b"]\n", False),
    "quotes without an end": (b'a = """' + b'""' * 100_000, False),
    "a key twice": (GOOD.encode() + GOOD.encode(), False),
    "a key twice, once quoted": (b'node_count = 1\n"node_count" = 2\n', False),
    "a key twice, once dotted": (b'slurm.mem = "1g"\n[slurm]\nmem = "2g"\n', False),
    "a key twice, once underlined": (b"node_count = 1\n_node_count = 2\n", True),
}

def _with(key, value):
    """A good estimator but for one key."""
    return "".join(line + "\n" for line in GOOD.splitlines() if not line.startswith(key + " ")) + f"{key} = {value}\n"


# What files that are read in the same way are tried with: one for each way to be odd.
FEW = {name: TEXTS[name] for name in ("NUL", "no UTF-8", "UTF-16", "line ends of Windows", "a control character", "nothing", "blanks",
                                      "one text of 10 MB", "more than 16 MiB", "open arrays", "a key twice")}

# A value for each kind of key that is of its own TOML type and still none that a key may have.
VALUES = ["99999999999999999999", "-99999999999999999999", "9223372036854775807", "-9223372036854775808", "0x7fffffffffffffff",
          "0", "-1", "1e400", "-0.0", "nan", "inf", "1.5", "2024-01-01", "12:00:00", "2024-01-01T00:00:00Z", "1979-05-27 07:32:00",
          "true", "[]", "{}", "[[[]]]", "[{}]", '""', '"\\u0000"', '"\\u001b[2J"', '"\\n"', "'''\n\n'''", '"' + "9" * 1000 + 'g"', '"-1g"', '"1gg"',
          '"\\U0001F600"', '[1, "a", {}]', '{ a = { b = [] } }']


class BadInput(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(os.path.realpath(folder.name))
        self.project = self.folder / "project"
        self.project.mkdir()
        (self.project / "train.py").write_bytes(b"print(1)\n")
        (self.folder / "odd").mkdir()
        self.estimator = self.write("train.toml", GOOD.encode())
        self.site = self.write("site.toml", (GOLDEN / "site.toml").read_bytes())
        shutil.copytree(GOLDEN / "recipes", self.folder / "odd/recipes")

    def write(self, name, content):
        """Beside the project, which a snapshot is taken of."""
        path = self.folder / "odd" / name
        path.write_bytes(content)
        return path

    def run_program(self, *words):
        return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, timeout=LIMIT_S, cwd=self.folder,
                              env={**os.environ, "CHAINER_SUBMIT_SITE": str(self.site), "NO_COLOR": "1"})

    def answers(self, *words, codes):
        """Runs it; it answers with one of the codes, in text that a terminal shows, and as JSON."""
        plain = self.run_program(*words)
        self.assertIn(plain.returncode, codes, plain.stderr[-2000:])
        shown = (plain.stdout + plain.stderr).decode("utf-8", "surrogateescape")
        self.assertFalse([c for c in shown if (ord(c) < 0x20 and c not in "\n\t") or c == "\x7f"], ascii(shown[:500]))
        self.assertLess(len(plain.stderr), 40 << 20)
        as_json = self.run_program(*words, "--json")
        self.assertEqual(as_json.returncode, plain.returncode, as_json.stderr[-2000:])
        return json.loads(as_json.stdout)

    def places(self):
        """What stands where a file is expected."""
        pipe = self.folder / "pipe"
        if not pipe.exists():
            os.mkfifo(pipe)
        (self.folder / "loop").unlink(missing_ok=True)
        (self.folder / "loop").symlink_to("loop")
        return [pipe, self.folder, self.folder / "loop", "/dev/zero", "/dev/null", "/dev/full", self.folder / "nowhere",
                "/proc/self/mem", self.folder / ("x" * 300)]


class AnEstimator(BadInput):
    def test_of_odd_bytes(self):
        for name, (content, _) in TEXTS.items():
            with self.subTest(name):
                self.answers("check", self.write("odd.toml", content), codes=(0, 3))

    def test_that_is_no_toml_has_one_finding(self):
        for name, (content, is_toml) in TEXTS.items():
            if is_toml or name == "a key twice, once underlined":
                continue
            with self.subTest(name):
                answer = self.answers("check", self.write("odd.toml", content), codes=(3,))
                self.assertEqual(len(answer["findings"]), 1, answer["findings"][:3])

    def test_that_other_editors_wrote_is_read(self):
        for name in ("a byte order mark", "UTF-16", "line ends of Windows", "no line end", "one comment of 10 MB"):
            with self.subTest(name):
                self.answers("check", self.write("odd.toml", TEXTS[name][0]), codes=(0,))

    def test_that_is_no_file(self):
        for path in self.places():
            with self.subTest(path=str(path)[:60]):
                self.answers("check", path, codes=(3,))

    def test_whose_values_are_odd(self):
        keys = [key["key"] for key in json.loads(self.run_program("explain", "--json").stdout)]
        self.assertGreater(len(keys), 50)
        for number, value in enumerate(VALUES):
            lines = []
            for place, key in enumerate(keys):
                # Every fifth of all pairs, each key with other values than its neighbours; --full has them all.
                if os.environ.get("CHAINER_TEST_TIER") == "normal" and (number + place) % 5 != 0:
                    continue
                section, _, name = key.rpartition(".")
                line = f"{key} = {value}"
                if section == "inputs":
                    line = f"[[inputs]]\n{name} = {value}"
                lines.append(line)
            # One key of a table at a time, since dotted keys and a value of the whole table contradict each other.
            for line in lines:
                answer = self.run_program("check", self.write("odd.toml", line.encode() + b"\n"))
                self.assertIn(answer.returncode, (0, 3), (line, answer.stderr[-500:]))
                if value.strip("-").isdigit() and len(value) > 19:
                    self.assertIn(b"odd.toml:", answer.stderr, line)

    def test_that_is_another_file_says_what_to_do_with_it(self):
        for name, said in (("train.py", "chainer-submit init train.py writes an estimator beside it"),
                           ("job.yml", "chainer-submit import job.yml makes an estimator of it"),
                           ("job.sbatch", "sbatch job.sbatch submits it"), ("-", "write it to a file there")):
            for content in (b"import this\n", None):
                with self.subTest(name, content=content):
                    path = self.folder / name
                    if content and name != "-":
                        path.write_bytes(content)
                    shown = self.run_program("check", name).stderr.decode()
                    self.assertEqual((shown.count("error:"), shown.count(said)), (1, 1), shown)
                    path.unlink(missing_ok=True)

    def test_of_every_value_by_set(self):
        for value in VALUES:
            words = [word for key in ("node_count", "shm_size", "run.name", "script_params", "environment_variables.A", "inputs",
                                      "slurm.extra", "environment_definition")
                     for word in ("--set", f"{key}={value}")]
            with self.subTest(value[:40]):
                if "\0" not in value:
                    self.answers("check", self.estimator, *words, codes=(0, 3))

    def test_of_odd_sets(self):
        for word in ("", "=", "=1", "a", "a.=1", ".a=1", "a..b=1", "a=" + "[" * 50_000, "." * 50_000 + "=1", "a.b" * 30_000 + "=1",
                     "'=1", '"=1', "[a]=1", "a]=1", "#=1", "a\n=1", "node_count=1\nnode_count=2", "\u202e=1", "node_count=\u202e"):
            with self.subTest(word[:40]):
                self.answers("check", self.estimator, "--set", word, codes=(0, 3))


class AnotherFile(BadInput):
    def test_a_site_file_of_odd_bytes(self):
        for name, (content, _) in FEW.items():
            with self.subTest(name):
                self.answers("check", self.estimator, "--site", self.write("odd-site.toml", content), codes=(3,))

    def test_a_site_file_that_is_none(self):
        for path in self.places():
            with self.subTest(path=str(path)[:60]):
                self.answers("check", self.estimator, "--site", path, codes=(3,))

    def test_what_an_estimator_names(self):
        """Requirements, conda's file, a definition, credentials, data and a checkpoint."""
        for key in ("pip_requirements_file", "conda_dependencies_file", "environment_definition", "resume_from", "entry_script",
                    "source_directory", "image_registry_details.password_file", "inputs"):
            for path in self.places():
                value = f'[{{ name = "a", path = "{path}" }}]' if key == "inputs" else f'"{path}"'
                estimator = self.write("odd.toml", (_with(key, value)).encode())
                with self.subTest(key=key, path=str(path)[:60]):
                    self.answers("check", estimator, codes=(0, 3))

    def test_what_an_estimator_names_inside_of_its_folder(self):
        for kind in ("pipe", "loop", "folder", *FEW):
            path = self.project / "named"
            if kind == "pipe":
                os.mkfifo(path)
            elif kind == "loop":
                path.symlink_to("named")
            elif kind == "folder":
                path.mkdir()
            else:
                path.write_bytes(FEW[kind][0])
            for key in ("pip_requirements_file", "conda_dependencies_file", "environment_definition"):
                estimator = self.write("odd.toml", (GOOD + f'{key} = "named"\n').encode())
                with self.subTest(key=key, kind=kind):
                    self.answers("check", estimator, codes=(0, 3))
            path.rmdir() if kind == "folder" else path.unlink()

    def test_an_ignore_file(self):
        for kind in ("pipe", "loop", "folder", *FEW):
            path = self.project / ".chainerignore"
            if kind == "pipe":
                os.mkfifo(path)
            elif kind == "loop":
                path.symlink_to(".chainerignore")
            elif kind == "folder":
                path.mkdir()
            else:
                path.write_bytes(FEW[kind][0])
            with self.subTest(kind=kind):
                self.answers("check", self.estimator, codes=(0, 3))
            path.rmdir() if kind == "folder" else path.unlink()

    def test_a_recipe(self):
        recipe = self.folder / "odd/recipes/7.8.1.toml"
        for name, (content, _) in FEW.items():
            recipe.write_bytes(content)
            with self.subTest(name):
                self.answers("check", self.estimator, codes=(0, 3))
        recipe.unlink()
        os.mkfifo(recipe)
        self.answers("check", self.estimator, codes=(3,))
        self.answers("versions", codes=(0, 3))

    def test_a_file_to_import_or_to_begin_with(self):
        for command in ("import", "init"):
            for path in self.places():
                with self.subTest(command=command, path=str(path)[:60]):
                    self.answers(command, path, codes=(0, 2, 3))
        for ending, names in (("yml", FEW), ("runconfig", FEW), ("py", ("NUL", "no UTF-8", "open arrays", "one text of 10 MB"))):
            for name in names:
                with self.subTest(ending=ending, name=name):
                    self.answers("import", self.write(f"odd.{ending}", FEW[name][0]), codes=(0, 2, 3))


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
