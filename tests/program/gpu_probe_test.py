#!/usr/bin/env python3
"""The built chainer-gpu-probe where there is no GPU: it starts, says so, and ends with a code of its own.

usage: gpu_probe_test.py CHAINER_GPU_PROBE [unittest arguments]
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = ""
NO_GPU = 3
# What the driver's library of management says first; the rest of it is asked about a card alone.
DRIVER = """
#include <string.h>
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlSystemGetDriverVersion(char *text, unsigned size) { strncpy(text, "1.2.3", size); return 0; }
int nvmlDeviceGetHandleByPciBusId_v2(void) { return 1; }
int nvmlDeviceGetEccMode(void) { return 1; }
int nvmlDeviceGetMigMode(void) { return 1; }
int nvmlDeviceGetTotalEccErrors(void) { return 1; }
"""


class WithoutAGpu(unittest.TestCase):
    maxDiff = None

    def probe(self, *words, **variables):
        """CUDA sees no card that this variable does not name."""
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "CUDA_VISIBLE_DEVICES": "", **variables})

    def test_says_so_and_what_to_do(self):
        said = self.probe()
        self.assertEqual((said.returncode, said.stdout), (NO_GPU, ""))
        self.assertRegex(said.stderr, r"\Achainer-gpu-probe: no GPU or no driver: .+\nnext: .+\n\Z")

    def test_says_so_as_json(self):
        said = self.probe("--json", "--quick")
        self.assertEqual((said.returncode, said.stderr), (NO_GPU, ""))
        report = json.loads(said.stdout)
        self.assertEqual((report["gpus"], report["peers"]), ([], []))
        self.assertTrue(report["problems"][0]["what"].startswith("no GPU or no driver: "), report)
        self.assertRegex(report["cuda_runtime"], r"^\d+\.\d$")

    def test_asks_the_drivers_library_that_is_there(self):
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder, "libnvidia-ml.so.1")
            subprocess.run(["gcc", "-x", "c", "-", "-shared", "-fPIC", "-o", library], input=DRIVER, text=True, check=True)
            said = self.probe("--json", LD_LIBRARY_PATH=folder)
        self.assertEqual((said.returncode, json.loads(said.stdout)["driver"]), (NO_GPU, "1.2.3"))

    def test_takes_a_library_that_lacks_something_for_none(self):
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder, "libnvidia-ml.so.1")
            half = DRIVER[:DRIVER.index("int nvmlDeviceGetEccMode")]
            subprocess.run(["gcc", "-x", "c", "-", "-shared", "-fPIC", "-o", library], input=half, text=True, check=True)
            said = self.probe("--json", LD_LIBRARY_PATH=folder)
        self.assertEqual((said.returncode, json.loads(said.stdout)["driver"]), (NO_GPU, ""))

    def test_names_a_driver_that_is_too_old(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["gcc", "-x", "c", "-", "-shared", "-fPIC", "-o", Path(folder, "libcuda.so.1")], text=True, check=True,
                           input="int cuDriverGetVersion(int *version) { *version = 5050; return 0; }")
            said = self.probe(LD_LIBRARY_PATH=folder)
        self.assertEqual((said.returncode, said.stdout), (1, ""))
        self.assertRegex(said.stderr, r"\Achainer-gpu-probe: cannot count the GPUs: cudaErrorInsufficientDriver: .* "
                                      r"\(the driver can do CUDA 5\.5, this program has \d+\.\d\)\nnext: update the driver, .*\n\Z")

    def test_says_when_it_cannot_write(self):
        with open("/dev/full", "w") as full:
            said = subprocess.run([PROGRAM, "--json"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                                  env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        self.assertEqual(said.returncode, 1)

    def test_needs_nothing_of_an_image_but_its_libc(self):
        needed = subprocess.run(["readelf", "--dynamic", PROGRAM], capture_output=True, text=True, check=True).stdout
        libraries = {line.split("[")[1].rstrip("]") for line in needed.splitlines() if "(NEEDED)" in line}
        self.assertLessEqual(libraries, {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"})


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
