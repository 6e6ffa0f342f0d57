#!/usr/bin/env python3
"""What chainer-submit writes to standard output, and that it says so when it cannot.

usage: answers_test.py CHAINER_SUBMIT [unittest arguments]
"""
import json
import os
import resource
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = ""
GOLDEN = Path(__file__).resolve().parent.parent / "golden"
SITE = GOLDEN / "site.toml"


class AnswerTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(os.path.realpath(folder.name))

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def run_program(self, *words, site=SITE, **how):
        variables = {**os.environ, "CHAINER_SUBMIT_SITE": str(site), "NO_COLOR": "1"}
        return subprocess.run([PROGRAM, *map(str, words)], stderr=subprocess.PIPE, text=True, env=variables, cwd=GOLDEN, timeout=60,
                              **how)

    def answer(self, code, *words, **how):
        """The one JSON document on standard output."""
        result = self.run_program(*words, "--json", stdout=subprocess.PIPE, **how)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertTrue(result.stdout.endswith("\n"), result.stdout)
        return json.loads(result.stdout)

    def error(self, code, *words, more=(), **how):
        """The sentence of an error, whose document has these members and no others."""
        answer = self.answer(code, *words, **how)
        self.assertEqual(list(answer), ["ok", "exit_code", "error", "next", *more])
        self.assertEqual((answer["ok"], answer["exit_code"]), (False, code))
        return answer["error"]

    def findings(self, *words, **how):
        answer = self.answer(3, *words, **how)
        self.assertEqual(list(answer), ["ok", "findings"])
        self.assertIs(answer["ok"], False)
        return [(finding["line"], finding["message"]) for finding in answer["findings"]]


class AnAnswer(AnswerTest):
    """With --json is one JSON document, whatever the command is."""

    def test_to_help_and_to_the_version(self):
        self.assertIn("Usage: chainer-submit", self.answer(0, "--help")["text"])
        self.assertIn("Usage: chainer-submit render", self.answer(0, "render", "--help")["text"])
        self.assertRegex(self.answer(0, "--version")["text"], r"^chainer-submit \d")

    def test_of_check(self):
        self.assertEqual(self.answer(0, "check", "overridden.toml", "--set", "framework_version=5.1.0")["ok"], True)

    def test_of_render(self):
        answer = self.answer(0, "render", "minimal.toml")
        self.assertEqual(list(answer), ["ok", "findings", "plan", "script"])
        self.assertTrue(answer["script"].startswith("#!/bin/bash -p\n"))

    def test_of_render_into_a_folder(self):
        folder = self.folder / "run"
        self.assertEqual(self.answer(0, "render", "minimal.toml", "--output", folder),
                         {"folder": str(folder), "script": f"{folder}/job.sbatch"})

    def test_of_explain_schema_and_versions(self):
        self.assertIn("shm_size", [key["key"] for key in self.answer(0, "explain")])
        self.assertEqual([key["key"] for key in self.answer(0, "explain", "shm_size")], ["shm_size"])
        self.assertEqual(self.answer(0, "schema")["type"], "object")
        versions = {item["version"]: item["default"] for item in self.answer(0, "versions")}
        self.assertEqual(versions["5.1.0"], True)


class AnError(AnswerTest):
    """With --json is one JSON document too, whatever it is about."""

    def test_of_usage(self):
        self.assertIn("no option '--frob'", self.error(2, "check", "minimal.toml", "--frob"))
        self.assertIn("'chekc' is no command", self.error(2, "chekc", "minimal.toml"))
        self.assertIn("RUN is required", self.error(2, "status"))
        self.assertIn("FILE is required", self.error(2, "check"))
        self.assertIn("no option", self.error(2, "--frob"))
        self.assertIn("no key is called 'nothing'", self.error(2, "explain", "nothing"))

    def test_of_an_option_that_takes_no_value(self):
        result = self.run_program("check", "minimal.toml", "--json=maybe", stdout=subprocess.PIPE)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(json.loads(result.stdout)["exit_code"], 2)

    def test_of_the_estimator(self):
        for command in ("check", "render", "submit"):
            self.assertEqual(len(self.findings(command, "unknown_keys.toml")) > 1, True)
            self.assertEqual(len(self.findings(command, "syntax_error.toml")), 1)
            self.assertIn("No such file", self.findings(command, "nowhere.toml")[0][1])

    def test_of_the_site_file(self):
        nowhere = self.folder / "nowhere.toml"
        for words in (["check", "minimal.toml"], ["render", "minimal.toml"], ["minimal.toml"], ["versions"], ["follow", "run"]):
            self.assertIn("No such file", " ".join(message for _, message in self.findings(*words, site=nowhere)))

    def test_of_a_run_that_is_not_there(self):
        self.assertEqual(self.error(2, "follow", self.folder / "nowhere"), f"there is no run at {self.folder}/nowhere")
        self.assertEqual(self.error(2, "follow", "."), f"there is no run at {GOLDEN}")
        for words in ("./nowhere", "./nowhere/", "projects/../nowhere"):
            self.assertEqual(self.error(2, "follow", words), f"there is no run at {GOLDEN}/nowhere")

    def test_of_the_folder_of_runs(self):
        (self.folder / "runs").mkdir()
        (self.folder / "runs").chmod(0o777)
        site = self.write("site.toml", SITE.read_text().replace("/shared/runs", str(self.folder / "runs"))
                          .replace('recipes = "recipes"', f'recipes = "{GOLDEN}/recipes"'))
        image = "docker://registry.example.org/chainer/cpu@sha256:" + 64 * "0"
        words = ["minimal.toml", "--set", f"custom_docker_image={image}"]
        self.assertIn(str(self.folder / "runs"), self.error(4, *words, site=site))
        self.assertIn(str(self.folder / "runs"), self.error(4, "follow", "run", site=site))

    def test_of_a_registry_that_is_down(self):
        words = ["check", "minimal.toml", "--online", "--set", "custom_docker_image=docker://127.0.0.1:9/base:1"]
        (self.folder / "runs").mkdir()
        site = self.write("site.toml", SITE.read_text().replace("127.0.0.1:5000", "127.0.0.1:9").replace("/shared/runs", f"{self.folder}/runs")
                          .replace('recipes = "recipes"', f'recipes = "{GOLDEN}/recipes"'))
        error = self.error(4, *words, site=site, more=["not_looked_at"])
        # Where there is no Slurm that is said too.
        self.assertIn("nobody answers at http://127.0.0.1:9", error)

    def test_of_a_folder_to_render_into(self):
        self.assertIn(str(self.folder), self.error(2, "render", "minimal.toml", "--output", self.folder))

    def test_of_its_own(self):
        """A defect is answered too. Memory that ends is treated as one, and can be had at will."""
        row = f"[{','.join(['1'] * 200)}]"
        big = self.write("big.toml", "".join(f"k{number} = {row}\n" for number in range(3000)))
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (80 << 20, 80 << 20))
        self.assertIn("defect: ", self.error(5, "check", big, preexec_fn=limit))


class StandardOutput(AnswerTest):
    """That cannot be written is said, with an exit code that no script takes for an answer."""

    COMMANDS = (["render", "minimal.toml"], ["check", "minimal.toml"], ["explain"], ["schema"], ["versions"], ["--help"], ["--version"])

    def fails(self, why, *words, **how):
        result = self.run_program(*words, **how)
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertEqual(result.stderr.splitlines()[-2:],
                         [f"chainer-submit: cannot write standard output: {why}", "next: " + NEXT], result.stderr)

    def test_on_a_full_disk(self):
        with open("/dev/full", "w") as full:
            for words in self.COMMANDS:
                self.fails("No space left on device", *words, stdout=full)
                if words[0][0] != "-":
                    self.fails("No space left on device", *words, "--json", stdout=full)

    def test_that_is_closed(self):
        for words in self.COMMANDS:
            self.fails("Bad file descriptor", *words, preexec_fn=lambda: os.close(1))

    def test_that_is_closed_gets_no_file_of_the_run(self):
        folder = self.folder / "run"
        self.fails("Bad file descriptor", "render", "minimal.toml", "--output", folder, preexec_fn=lambda: os.close(1))
        self.assertNotIn("folder  ", "".join(path.read_text() for path in folder.rglob("*") if path.is_file()))

    def test_that_fails_does_not_hide_another_error(self):
        with open("/dev/full", "w") as full:
            self.assertEqual(self.run_program("check", "unknown_keys.toml", "--json", stdout=full).returncode, 3)


NEXT = "let it go to a place that can be written"

if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
