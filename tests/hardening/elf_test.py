#!/usr/bin/env python3
"""Reads the ELF files that are installed on a cluster: how were they compiled and linked?

usage: elf_test.py CHAINER_NODE CHAINER_INSIDE CHAINER_SUBMIT CHAINER_ENTRYPOINT CHAINER_LAUNCHER CHAINER_RUNTIME
                   SPANK_CHAINER SPANK_CHAINER_EPILOG CHAINER_MPI_PROBE CHAINER_GPU_PROBE [unittest arguments]

CHAINER_GPU_PROBE is empty where it is not built.
"""
import re
import subprocess
import sys
import unittest

FILES = {}
PROGRAMS = ["chainer-node", "chainer-submit", "chainer-mpi-probe"]  # with shared libraries
PLUGINS = ["spank_chainer.so", "spank_chainer_epilog.so"]
INSIDE = ("chainer-inside", "chainer-entrypoint", "chainer-launcher", "chainer-runtime")  # of any image


def readelf(path, *options):
    return subprocess.run(["readelf", "--wide", *options, path], capture_output=True, text=True, check=True).stdout


class HardeningTest(unittest.TestCase):
    def each(self, says, *options, names=(), unlike=False):
        """What readelf prints with these options says this, or says nothing of the kind."""
        for name in names or FILES:
            with self.subTest(name):
                found = re.search(says, readelf(FILES[name], *options))
                self.assertEqual(found is None, unlike, f"readelf {' '.join(options)}: {says}")

    def test_code_and_data_move(self):
        self.each(r"Type:\s+DYN", "--file-header")

    def test_no_stack_can_be_executed(self):
        self.each(r"GNU_STACK.* RW +0x", "--program-headers")

    def test_nothing_is_both_writable_and_code(self):
        self.each(r"LOAD.*RWE", "--program-headers", unlike=True)

    def test_relocations_are_read_only_after_the_start(self):
        self.each("GNU_RELRO", "--program-headers")

    def test_what_runs_inside_any_image_needs_nothing_of_it(self):
        self.each("INTERP", "--program-headers", names=INSIDE, unlike=True)

    def test_the_mpi_probe_needs_nothing_of_an_image_but_its_libc(self):
        libraries = set(re.findall(r"\(NEEDED\).*\[(.+)\]", readelf(FILES["chainer-mpi-probe"], "--dynamic")))
        self.assertLessEqual(libraries, {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"})

    def test_the_mpi_probe_asks_for_no_newer_libc_than_the_gpu_probe_does(self):
        self.each(r"GLIBC_2\.(3[6-9]|[4-9]\d)\b", "--dyn-syms", names=["chainer-mpi-probe"], unlike=True)

    def test_programs_are_bound_at_once(self):
        self.each(r"\(FLAGS(_1)?\).*NOW", "--dynamic", names=PROGRAMS)

    def test_the_plugins_are_bound_lazily_like_slurmstepd(self):
        self.each(r"\(FLAGS(_1)?\).*NOW", "--dynamic", names=PLUGINS, unlike=True)

    def test_stacks_have_canaries(self):
        self.each("__stack_chk_fail", "--syms")

    def test_copies_are_checked(self):
        # The epilog's plugin has no buffer that it copies into.
        self.each(r"__(mem|str|read|p?poll|vsn|sn)\w*_chk", "--dyn-syms", names=[*PROGRAMS, "spank_chainer.so"])

    def test_no_library_is_looked_for_beside_the_program(self):
        self.each(r"\((RPATH|RUNPATH)\)", "--dynamic", unlike=True)


if __name__ == "__main__":
    for name in ("chainer-node", "chainer-inside", "chainer-submit", *INSIDE[1:], *PLUGINS, "chainer-mpi-probe"):
        FILES[name] = sys.argv.pop(1)
    probe = sys.argv.pop(1)
    if probe:
        FILES["chainer-gpu-probe"] = probe
        PROGRAMS.append("chainer-gpu-probe")
    unittest.main(verbosity=2)
