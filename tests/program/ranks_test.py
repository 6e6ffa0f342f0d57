#!/usr/bin/env python3
"""templates/ranks.sh: which MPI it takes a launcher for. Two ranks under a real one: tests/local/test_submit.

usage: ranks_test.py RANKS_SH [unittest arguments]
"""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = ""
# What `mpirun --version` says.
OPEN_MPI = "mpirun (Open MPI) 4.1.4"
MPICH = "HYDRA build details:\n    Version:                                 4.0.2"
INTEL = "Intel(R) MPI Library for Linux* OS, Version 2018 Update 3"


class Ranks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def launched(self, version, ranks=2, **variables):
        """The arguments and the variables that a launcher of this version gets."""
        launcher = self.folder / "mpirun"
        launcher.write_text(f'#!/bin/sh\n[ "$1" = --version ] && cat <<"END" && exit\n{version}\nEND\necho "args: $*"\nenv\n')
        launcher.chmod(0o755)
        out = subprocess.run(["/bin/sh", PROGRAM, str(ranks), "/its/own", self.folder, "program", "x y"], capture_output=True, text=True,
                             env={"PATH": f"{self.folder}:/usr/bin:/bin", **variables}, check=True).stdout
        return out.splitlines()

    def test_of_open_mpi_share_cores_and_keep_its_files_apart(self):
        lines = self.launched(OPEN_MPI)
        self.assertEqual(lines[0], "args: -n 2 program x y")
        self.assertIn("OMPI_MCA_rmaps_base_oversubscribe=1", lines)
        self.assertIn("OMPI_MCA_orte_tmpdir_base=/its/own", lines)

    def test_keep_what_somebody_has_set(self):
        self.assertIn("OMPI_MCA_rmaps_base_oversubscribe=0", self.launched(OPEN_MPI, OMPI_MCA_rmaps_base_oversubscribe="0"))

    def test_of_hydra_are_started_here(self):
        for version, setting in ((MPICH, "HYDRA_LAUNCHER=fork"), (INTEL, "I_MPI_HYDRA_BOOTSTRAP=fork")):
            lines = self.launched(version)
            self.assertEqual(lines[0], "args: -n 2 program x y")
            self.assertIn(setting, lines)

    def test_without_any_are_refused_by_name(self):
        refused = subprocess.run(["/bin/sh", PROGRAM, "2", "/its/own", self.folder, "true"], capture_output=True, text=True,
                                 env={"PATH": str(self.folder)})
        self.assertEqual(refused.returncode, 127)
        self.assertIn("cannot start 2 ranks: there is no mpirun", refused.stderr)

    def test_that_are_one_need_none(self):
        alone = subprocess.run(["/bin/sh", PROGRAM, "1", "/its/own", self.folder, "/bin/echo", "x y"], capture_output=True, text=True,
                               env={"PATH": os.defpath})
        self.assertEqual(alone.stdout, "x y\n")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
