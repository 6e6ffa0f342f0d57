#!/usr/bin/env python3
"""templates/run.bash: what a rank said before its MPI_Abort is in the job's log, whatever of it srun has shown.

usage: cut_off_test.py RUN_BASH [unittest arguments]
"""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = ""
ABORT = "MPI_ABORT was invoked on rank 2 in communicator MPI_COMM_WORLD\nwith errorcode 1.\n"
TRACEBACK = "Traceback (most recent call last):\nValueError: this is wrong\n"


class WhatWasCutOff(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.attempt = Path(folder.name)
        (self.attempt / "ranks").mkdir()
        for rank in range(3):
            (self.attempt / f"ranks/{rank}.log").write_text("epoch 1\n")

    def script(self, **how):
        return subprocess.run(["bash", "-uc", '. "$1"; attempt_dir=$2; show_what_was_cut_off', "bash", PROGRAM, self.attempt],
                              stderr=subprocess.PIPE, check=True, timeout=20, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, **how)

    def job_log(self, before):
        """The job's log, to which srun has brought this much."""
        log = self.attempt / "job.out"
        log.write_text(before)
        with open(log, "a", encoding="utf-8") as out:
            self.assertEqual(self.script(stdout=out).stderr, b"")
        return log.read_text()

    def test_is_shown_with_the_name_of_the_ranks_own_log(self):
        own = self.attempt / "ranks/2.log"
        own.write_text(TRACEBACK + ABORT)
        before = "Traceback (most recent call last):\nsrun: Job step aborted\n"
        self.assertEqual(self.job_log(before),
                         f"{before}chainer: the last words of a rank, which were cut off above, from {own}:\n{TRACEBACK}{ABORT}")

    def test_of_mpich_is_shown_too(self):
        said = "application called MPI_Abort(MPI_COMM_WORLD, 1) - process 2\n"
        (self.attempt / "ranks/2.log").write_text(said)
        self.assertTrue(self.job_log("srun: Job step aborted\n").endswith(f"2.log:\n{said}"))

    def test_is_not_shown_twice(self):
        (self.attempt / "ranks/2.log").write_text(TRACEBACK + ABORT)
        self.assertEqual(self.job_log(TRACEBACK + ABORT), TRACEBACK + ABORT)

    def test_is_nothing_where_no_rank_called_it(self):
        self.assertEqual(self.job_log("epoch 1\n"), "epoch 1\n")

    def test_is_shown_in_a_pipe_too(self):
        (self.attempt / "ranks/2.log").write_text(ABORT)
        self.assertTrue(self.script(stdout=subprocess.PIPE).stdout.decode().endswith(ABORT))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
