#!/usr/bin/env python3
"""`cmake --install`: does what it puts in place fit together, and where does Slurm find the plugin?

usage: install_test.py BUILD [unittest arguments]
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path()


def cached(name):
    """What CMake knows of a variable, or an empty string."""
    found = re.search(rf"^{name}:[A-Z]+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.MULTILINE)
    return "" if not found or found[1].endswith("NOTFOUND") else found[1]


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.said = subprocess.run(["cmake", "--install", BUILD], env={"PATH": "/usr/bin:/bin", "DESTDIR": folder.name},
                                  capture_output=True, text=True, check=True).stdout

    def only(self, pattern):
        """The one program or library of that name, as a path of the machine that it is installed on."""
        found = [path for path in self.root.rglob(pattern) if "share" not in path.parts]  # shells look for completions there
        self.assertEqual(len(found), 1, found)
        return "/" + str(found[0].relative_to(self.root))

    def test_puts_the_helper_and_its_tools_where_the_plugin_looks_for_them(self):
        folder = str(pathlib.Path(self.only("chainer-node")).parent)
        self.assertEqual(self.only("chainer-inside"), f"{folder}/tools/chainer-inside")
        # A compiler may keep a text of the plugin's in pieces.
        self.assertIn(f'"{folder}', (BUILD / "generated/install_paths.hpp").read_text())

    def test_puts_the_mpi_probe_beside_the_helper(self):
        self.assertEqual(pathlib.Path(self.only("chainer-mpi-probe")).parent, pathlib.Path(self.only("chainer-node")).parent)

    def test_puts_the_gpu_probe_beside_the_helper_where_it_was_built(self):
        if not cached("CMAKE_CUDA_COMPILER"):
            self.skipTest("this machine has no CUDA toolkit")
        self.assertEqual(pathlib.Path(self.only("chainer-gpu-probe")).parent, pathlib.Path(self.only("chainer-node")).parent)

    def test_puts_the_plugin_into_slurms_own_folder(self):
        if not cached("SLURM_PLUGIN_DIR"):
            self.skipTest("this machine has Slurm's headers and no Slurm")
        self.assertEqual(self.only("spank_chainer.so"), cached("SLURM_PLUGIN_DIR") + "/spank_chainer.so")
        self.assertEqual(self.only("spank_chainer_epilog.so"), cached("SLURM_PLUGIN_DIR") + "/spank_chainer_epilog.so")
        self.assertTrue(list(pathlib.Path(cached("SLURM_PLUGIN_DIR")).glob("task_*.so")), "Slurm's own are elsewhere")
        self.assertIn("The line for plugstack.conf: required spank_chainer.so\n", self.said)


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop(1))
    unittest.main()
