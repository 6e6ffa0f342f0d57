#!/usr/bin/env python3
"""How chainer-node answers a command line that it cannot read, and output that nobody can write.

usage: node_answers_test.py CHAINER-NODE [unittest arguments]
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = os.path.abspath(sys.argv.pop(1))
WRONG_USAGE, TRY_AGAIN = 2, 4


def answer(*words, **how):
    how = {"stdout": subprocess.PIPE, **how}
    return subprocess.run([PROGRAM, *words], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, check=False, **how)


class WrongUsage(unittest.TestCase):
    def refused(self, what, hint, *words):
        said = answer(*words)
        self.assertEqual((said.returncode, said.stdout, said.stderr),
                         (WRONG_USAGE, "", f"chainer-node: error: {what}\nhint: {hint}\n"))

    def test_of_a_command_names_the_nearest(self):
        self.refused("'imagse' is no command", "did you mean 'images'?", "imagse")
        self.refused("'warm' is no command", "chainer-node --help shows the commands", "warm", "--all")
        self.refused("A subcommand is required", "chainer-node --help shows the commands")

    def test_of_an_option_names_the_nearest(self):
        self.refused("stats has no option '--jsno'", "did you mean '--json'?", "stats", "--jsno")
        self.refused("images verify has no option '--cnof'", "did you mean '--conf'?", "images", "verify", "--cnof=x")
        self.refused("gc has no option '--dry-run'", "chainer-node gc --help shows the options", "gc", "--dry-run")

    def test_is_never_of_an_option_of_the_program_that_shall_run(self):
        self.refused("--image is required", "chainer-node run --help shows how it is used", "run", "python3", "--frob")
        self.refused("run has no option '--imgae'", "did you mean '--image'?", "run", "--imgae", "x", "--", "true")


class AnImageThatIsNotFound(unittest.TestCase):
    def test_may_be_the_file_of_that_name(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "127.0.0.1:1/base").mkdir(parents=True)
            said = answer("resolve", "--reference", "127.0.0.1:1/base", cwd=folder)
        self.assertEqual(said.stderr.splitlines()[-1], "next: check that the registry is up and can be reached from here, then submit again; "
                                                       "the file or folder of that name here is ./127.0.0.1:1/base")


class AConfiguration(unittest.TestCase):
    def test_that_is_not_there_may_lie_elsewhere(self):
        for command in ("images", "envs", "gc", "stats"):
            said = answer(command, "--conf", "/nowhere/plugin.conf")
            self.assertEqual((said.returncode, said.stderr),
                             (TRY_AGAIN, "chainer: cannot read /nowhere/plugin.conf: No such file or directory\n"
                                         "next: --conf FILE names the one that plugstack.conf gives the plugin (conf=FILE)\n"))


class OutputThatCannotBeWritten(unittest.TestCase):
    def test_is_told_and_fails(self):
        # Not this machine's: what hwloc looks for its devices with loses memory, which a build with sanitizers counts.
        machine = ("--synthetic", "core:4 pu:1")
        for words in (("topology", *machine), ("completion", "bash"), ("--help",), ("--version",), ("images", "--help")):
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                said = answer(*words, stdout=full)
                self.assertEqual((said.returncode, said.stderr),
                                 (TRY_AGAIN, "chainer: cannot write standard output: No space left on device\n"
                                             "next: let it go to a place that can be written\n"))


if __name__ == "__main__":
    unittest.main()
