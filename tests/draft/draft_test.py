#!/usr/bin/env python3
"""Estimators that are written for people: import/CASE and init/CASE, and what comes of each, whole texts.

usage: draft_test.py CHAINER-SUBMIT [unittest arguments]    UPDATE_GOLDEN=1 writes the expected texts again
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.path.abspath(sys.argv.pop(1))

IMPORTS = {
    "run_configuration": ".azureml/train.runconfig",
    "command_job": "job.yml",
    "python_call": "submit.py",
    "python_names": "submit.py",
    "conda_file": "environment.yml",
}
# Drafts that name what a later version reads, or that lack what their source did not have.
NOT_WHOLE = {"conda_file"}


class DraftTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def project(self, kind, case):
        folder = self.folder / case
        shutil.copytree(HERE / kind / case, folder, ignore=shutil.ignore_patterns("expected.*"))
        return folder

    def run_program(self, folder, *words):
        environment = {**os.environ, "CHAINER_SUBMIT_SITE": str(HERE / "site.toml")}
        return subprocess.run([PROGRAM, *words], cwd=folder, env=environment, capture_output=True, text=True)

    def compare(self, kind, case, ending, text):
        path = HERE / kind / case / f"expected.{ending}"
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text)
        self.assertEqual(text, path.read_text())

    def passes_check(self, folder, file):
        result = self.run_program(folder, "check", file)
        self.assertEqual(result.returncode, 0, result.stderr)


class Import(DraftTest):
    def test_makes_an_estimator_and_names_what_it_cannot_translate(self):
        for case, file in IMPORTS.items():
            with self.subTest(case):
                folder = self.project("import", case)
                result = self.run_program(folder, "import", file)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.compare("import", case, "toml", result.stdout)
                self.compare("import", case, "err", result.stderr)
                (folder / "made.toml").write_text(result.stdout)
                if case not in NOT_WHOLE:
                    self.passes_check(folder, "made.toml")

    def test_writes_where_it_is_told_with_paths_from_there(self):
        folder = self.project("import", "python_names")
        (folder / "runs").mkdir()
        result = self.run_program(folder, "import", "submit.py", "-o", "runs/a.toml")
        self.assertEqual(result.stdout, "wrote   runs/a.toml\nnext    chainer-submit check runs/a.toml\n")
        self.assertEqual(tomllib.loads((folder / "runs/a.toml").read_text())["source_directory"], "../src")
        self.passes_check(folder, "runs/a.toml")

    def test_never_overwrites_without_force(self):
        folder = self.project("import", "python_call")
        (folder / "a.toml").write_text("mine")
        result = self.run_program(folder, "import", "submit.py", "-o", "a.toml")
        self.assertEqual((result.returncode, result.stderr.splitlines()[-2:]),
                         (2, ["chainer-submit: a.toml exists", "next: name another file with -o"]))
        self.assertEqual((folder / "a.toml").read_text(), "mine")
        self.assertEqual(self.run_program(folder, "import", "submit.py", "-o", "a.toml", "--force").returncode, 0)
        self.assertIn("entry_script", (folder / "a.toml").read_text())

    def test_of_a_file_that_is_none_of_these_says_so(self):
        cases = {"a.py": ("x = (\n", "a.py:1:5: error: it is not Python: '(' was never closed"),
                 "b.py": ("print('Chainer()')\n", "b.py: error: it does not call the class Chainer"),
                 "c.yml": ("a: [1\n", "c.yml:2:1: error: it is not YAML: end of sequence flow not found"),
                 "d.yml": ("- 1\n", "d.yml: error: it is no YAML mapping"),
                 "e.yml": ("a: 1\n", "e.yml: error: it is none of the files that can be imported"),
                 "f.yml": ("a: " + "[" * 2000, None),
                 "g.yml": ("a: &a [x, x]\n" + "".join(f"a{n + 1}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n"
                                                       for n in range(22)), None),
                 "h.py": ("Chainer(" + "-" * 500_000 + "1)", None), "i.py": (b"\xff\x00", None), "j.py": ("\0", None)}
        for name, (text, line) in cases.items():
            with self.subTest(name):
                (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
                result = self.run_program(self.folder, "import", name)
                self.assertIn(result.returncode, (2, 3), result.stdout[:500] + result.stderr[:500])
                if line:
                    self.assertEqual(result.stderr.splitlines()[0], line)
        self.assertEqual(self.run_program(self.folder, "import", "/dev/zero").returncode, 2)


class Init(DraftTest):
    def test_writes_an_estimator_that_passes_check(self):
        for case in sorted(path.name for path in (HERE / "init").iterdir()):
            with self.subTest(case):
                folder = self.project("init", case)
                result = self.run_program(folder, "init")
                self.assertEqual(result.returncode, 0, result.stderr)
                made, = folder.glob("*.toml")
                self.compare("init", case, "toml", made.read_text())
                self.passes_check(folder, made.name)

    def test_never_overwrites(self):
        folder = self.project("init", "plain")
        (folder / "train.toml").write_text("mine")
        result = self.run_program(folder.parent, "init", "plain")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr, "chainer-submit: plain/train.toml exists\nnext: name another file with -o\n")
        self.assertEqual((folder / "train.toml").read_text(), "mine")

    def test_says_what_to_do_next_as_a_shell_takes_it(self):
        (self.folder / "a b.py").write_text("")
        self.assertEqual(self.run_program(self.folder, "init").stdout,
                         "wrote   a b.toml\nnext    chainer-submit 'a b.toml' --follow\n")

    def test_names_the_folder_of_the_script_where_it_writes_elsewhere(self):
        for path in ("scripts/train.py", "runs/x"):
            (self.folder / path).parent.mkdir()
            (self.folder / path).write_text("")
        for output, expected in (("train.toml", "scripts"), ("runs/train.toml", "../scripts"), ("scripts/train.toml", ".")):
            result = self.run_program(self.folder, "init", "scripts/train.py", "-o", output)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertEqual(tomllib.loads((self.folder / output).read_text())["source_directory"], expected)

    def test_shows_an_estimator_that_is_to_go_nowhere(self):
        (self.folder / "train.py").write_text("")
        result = self.run_program(self.folder, "init", "-o", "-")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(tomllib.loads(result.stdout)["entry_script"], "train.py")
        as_json = self.run_program(self.folder, "init", "-o", "-", "--json")
        self.assertEqual(json.loads(as_json.stdout), {"ok": True, "file": "", "estimator": result.stdout, "findings": []})
        self.assertEqual([path.name for path in self.folder.iterdir()], ["train.py"])

    def test_of_a_notebook_says_how_to_make_a_script_of_it(self):
        (self.folder / "train.ipynb").write_text("{}")
        result = self.run_program(self.folder, "init", "train.ipynb")
        self.assertEqual((result.returncode, result.stderr),
                         (2, "chainer-submit: train.ipynb is a notebook\n"
                             "next: jupyter nbconvert --to script train.ipynb makes a script of it\n"))

    def test_asks_which_script_is_meant(self):
        for name in ("b.py", "a.py"):
            (self.folder / name).write_text("")
        result = self.run_program(self.folder, "init")
        self.assertEqual((result.returncode, result.stderr),
                         (2, "chainer-submit: it may be any of a.py, b.py\nnext: name the script: chainer-submit init SCRIPT\n"))
        self.assertEqual(self.run_program(self.folder, "init", "b.py").returncode, 0)
        self.assertTrue((self.folder / "b.toml").exists())

    def test_executes_nothing_of_the_script(self):
        (self.folder / "train.py").write_text("import helper\nopen('ran', 'w')\n")
        (self.folder / "helper.py").write_text("open('ran', 'w')\n")
        (self.folder / "ast.py").write_text("open('ran', 'w')\n")
        self.assertEqual(self.run_program(self.folder, "init").returncode, 0)
        self.assertFalse((self.folder / "ran").exists())


if __name__ == "__main__":
    unittest.main()
