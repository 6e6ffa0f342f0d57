#!/usr/bin/env python3
"""The built chainer-mpi-probe with an MPI that is a few lines of C, and without one.

usage: mpi_probe_test.py CHAINER_MPI_PROBE [unittest arguments]
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = ""
FAILED, NO_MPI = 1, 3
# Rank 0 of two: it gets what rank 1 would send, and sums as if rank 1 had said the same. A handle that is wrong ends it.
SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef OPEN_MPI
typedef void *Handle;
int ompi_mpi_comm_world, ompi_mpi_byte, ompi_mpi_double, ompi_mpi_op_sum;
#define WORLD ((void *)&ompi_mpi_comm_world)
#define BYTE ((void *)&ompi_mpi_byte)
#define DOUBLE ((void *)&ompi_mpi_double)
#define SUM ((void *)&ompi_mpi_op_sum)
#define NO_STATUS ((void *)0)
#else
typedef int Handle;
#define WORLD 0x44000000
#define BYTE 0x4c00010d
#define DOUBLE 0x4c00080b
#define SUM 0x58000003
#define NO_STATUS ((void *)1)
#endif
static void same(int is_same) { if (!is_same) { fprintf(stderr, "a wrong handle\n"); _exit(9); } }
int MPI_Init(int *c, char ***v) { IN_INIT; return 0; }
int MPI_Finalize(void) { return 0; }
int MPI_Comm_rank(Handle world, int *rank) { same(world == WORLD); *rank = 0; return 0; }
int MPI_Comm_size(Handle world, int *size) { same(world == WORLD); *size = RANKS; return 0; }
int MPI_Get_library_version(char *text, int *length) { *length = sprintf(text, "%s", VERSION); return 0; }
int MPI_Send(const void *b, int n, Handle type, int to, int tag, Handle world) {
  same(world == WORLD && type == BYTE && to == 1);
  return 0;
}
int MPI_Recv(void *bytes, int n, Handle type, int from, int tag, Handle world, void *status) {
  same(world == WORLD && type == BYTE && from == 1 && status == NO_STATUS);
  if (n == 256) strcpy(bytes, "n2"); else memset(bytes, ARRIVES, n);
  return 0;
}
int MPI_Allreduce(const double *in, double *out, int n, Handle type, Handle op, Handle world) {
  same(world == WORLD && type == DOUBLE && op == SUM);
  for (int i = 0; i < n; ++i) out[i] = in[i] == 1 ? 2 : in[i];
  return 0;
}
int MPI_Barrier(Handle world) { same(world == WORLD); return 0; }
"""


class ProbeTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def library(self, version='"MPICH Version:\\t4.0\\nmore"', *options, init="", ranks=2, arrives=2):
        file = self.folder / "libmpi.so.12"
        subprocess.run(["gcc", "-w", "-x", "c", "-", "-shared", "-fPIC", "-o", file, f"-DVERSION={version}", f"-DIN_INIT={init}", f"-DRANKS={ranks}",
                        f"-DARRIVES={arrives}", *options], input=SOURCE, text=True, check=True)
        return file

    def probe(self, code, *words, **variables):
        said = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "PATH": "/nowhere", **variables})
        self.assertEqual((said.returncode, said.stderr), (code, ""), said.stdout)
        self.early, said = said.stdout.splitlines()[:-1], said.stdout.splitlines()[-1]
        return json.loads(said)

    def problem(self, library, code=FAILED, *words, **variables):
        found = self.probe(code, "--library", library, *words, **variables)["problems"]
        self.assertEqual(len(found), 1, found)
        return found[0]["what"]


class AnMpi(ProbeTest):
    def test_of_mpichs_family_is_measured(self):
        report = self.probe(0, "--library", self.library(), PMIX_VERSION="4.1.0")
        self.assertEqual([report[key] for key in ("family", "library", "pmix", "pmix_of_slurm", "problems")],
                         ["MPICH", "MPICH Version: 4.0", "", "4.1.0", []])
        self.assertEqual(report["hosts"][1:], ["n2"])
        self.assertEqual(report["file"], str((self.folder / "libmpi.so.12").resolve()))
        for name in ("ping_pong", "allreduce"):
            self.assertEqual([time["bytes"] for time in report[name]], [8, 65536, 4194304])
            self.assertTrue(all(time["us"] > 0 for time in report[name]), report[name])

    def test_like_open_mpi_is_measured(self):
        report = self.probe(0, "--library", self.library('"Open MPI v9"', "-DOPEN_MPI"))
        self.assertEqual([report[key] for key in ("family", "library", "problems")], ["Open MPI", "Open MPI v9", []])

    def test_of_another_family_is_refused(self):
        self.assertRegex(self.problem(self.library('"Another MPI"')), r"^the MPI library cannot be loaded: .*: it is neither Open MPI nor of MPICH's family$")

    def test_is_found_beside_its_mpirun(self):
        (self.folder / "bin").mkdir()
        (self.folder / "bin/mpirun").write_text("#!/bin/sh\n")
        (self.folder / "bin/mpirun").chmod(0o755)
        (self.folder / "lib").mkdir()
        own = self.library().rename(self.folder / "lib/libmpi.so.12")
        self.assertEqual(self.probe(0, PATH=f"{self.folder}/bin")["file"], str(own.resolve()))

    def test_says_which_way_it_took(self):
        talk = r'puts("[n1:7] select: component ob1 selected\n[n1:7] mca: bml: Using tcp btl for send to [[1,1],1] on node n2\n' \
               r'[n1:7] btl: tcp: attempting to connect() to [[1,1],1] address 127.0.0.1 on port 1027");fflush(stdout)'
        report = self.probe(0, "--library", self.library(init=talk))
        self.assertEqual((report["layer"], report["ways"]), ("ob1", [{"by": "tcp", "device": "lo"}]))

    def test_that_garbles_messages_is_named(self):
        self.assertEqual(self.problem(self.library(arrives=7)), "a message of 8 bytes arrived with other bytes")

    def test_whose_ranks_are_alone_is_named(self):
        self.assertEqual(self.problem(self.library(ranks=1), SLURM_STEP_NUM_TASKS="2"),
                         "each of the 2 ranks is alone: this MPI did not learn of the others from Slurm")
        self.assertEqual(self.problem(self.library(ranks=1), SLURM_STEP_NUM_TASKS="1"), "there is one rank, and nobody to talk to")

    def test_that_ends_its_process_is_named_with_its_words(self):
        library = self.library(init='fprintf(stderr,"Abort(1) on node 0\\nmore\\n");exit(7)')
        self.assertRegex(self.problem(library, SLURM_PROCID="3"), r"^rank 3 on \S+ was ended by its MPI in MPI_Init \(exit code 7\): Abort\(1\) on node 0$")

    def test_that_complains_is_passed_on_at_once(self):
        """Slurm may end the whole step before the MPI has come to its own end."""
        library = self.library(init=r'fprintf(stderr,"-----\nAt least one pair of MPI processes are\nunable to reach each other.\n\nmore\n-----\n")')
        self.assertEqual(self.probe(0, "--library", library)["problems"], [])
        problem, = json.loads(self.early[-1])["problems"]
        self.assertRegex(problem["what"], r"^rank 0 on \S+ says in [^:]+: At least one pair of MPI processes are unable to reach each other\.$")

    def test_that_hangs_is_ended(self):
        self.assertRegex(self.problem(self.library(init="pause()"), FAILED, "--patience", "1"), r"^rank 0 on \S+ hangs in MPI_Init$")


class NoMpi(ProbeTest):
    def test_that_can_be_loaded_is_named(self):
        self.assertIn("/nowhere.so: cannot open shared object file", self.problem("/nowhere.so"))


class TheProgram(ProbeTest):
    def test_says_when_it_cannot_write(self):
        with open("/dev/full", "w") as full:
            said = subprocess.run([PROGRAM, "--library", "/nowhere.so"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual(said.returncode, FAILED)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
