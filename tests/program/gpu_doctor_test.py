#!/usr/bin/env python3
"""`chainer-submit doctor --gpu`, with a Slurm and a probe that are scripts.

usage: gpu_doctor_test.py CHAINER_SUBMIT [unittest arguments]
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
SITE = Path(__file__).resolve().parent.parent / "golden" / "site.toml"
# The words up to the command are options. A container is told by a variable.
SCRIPTS = {
    "salloc": 'echo "$@" >>"$FOLDER/salloc.log"\nwhile [ "$1" != sh ]; do shift; done\nexec "$@"',
    "srun": """for word; do
  case $word in
    --help) echo --chainer-image; exit ;;
    --mpi=list) echo pmix; exit ;;
    --chainer-image=*) export INSIDE=${word#*=} ;;
  esac
done
while [ "${1#-}" != "$1" ]; do shift; done
exec "$@" """,
    "sinfo": """case $* in
  *%G) echo 'n1|gpu|idle|gpu:a100:2(S:0-1)'; echo 'n2|batch|idle|(null)' ;;
  *--version*) echo slurm-wlm 22.05.8 ;;
esac""",
    "scontrol": "echo 'SLURM_VERSION = 22.05.8'",
    "chainer-node": "exit 0",
}


def report(rate, uuid="GPU-1", driver="580.95.05"):
    """What the probe says of one card."""
    unknown = {"corrected": None, "uncorrected": None}
    gpu = {"index": 0, "name": "Card", "uuid": uuid, "pci_bus_id": "0000:01:00.0", "compute_capability": "9.0", "memory_bytes": 1,
           "ecc": {"is_on": None, "since_driver_load": unknown, "ever": unknown}, "stated_bytes_per_s": 1e12,
           "host_to_device_bytes_per_s": None, "device_to_host_bytes_per_s": None, "copy_buffer_bytes": 1,
           "device_copies": [{"by": "cudaMemcpy", "bytes_per_s": rate}], "share_of_stated": rate / 1e12, "launch_round_trip_us": None,
           "launch_interval_us": None}
    return json.dumps({"probe": "1", "driver": driver, "cuda_of_driver": "13.0", "cuda_runtime": "13.0", "gpus": [gpu], "peers": [],
                       "problems": []}, separators=(",", ":"))


class DoctorTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(os.path.realpath(folder.name))
        self.program = shutil.copy(PROGRAM, self.folder / "chainer-submit")
        for name, text in SCRIPTS.items():
            self.script(name, text)

    def script(self, name, text):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def probe(self, outside, inside):
        self.script("chainer-gpu-probe", f"[ \"$1\" = --json ] || exit 2\n[ \"$INSIDE\" ] && {{ {inside}; exit; }}\n{outside}")

    def doctor(self, *words):
        variables = {**os.environ, "CHAINER_SUBMIT_SITE": str(SITE), "PATH": f"{self.folder}:{os.environ['PATH']}", "FOLDER": str(self.folder)}
        said = subprocess.run([self.program, "doctor", "--gpu", "--json", *words], capture_output=True, text=True, timeout=60, env=variables,
                              check=False)
        self.assertIn(said.returncode, (0, 4), said.stderr)
        return json.loads(said.stdout)

    def on_node(self, *words):
        """What is said of the node with GPUs: findings, and the speeds."""
        document = self.doctor(*words)
        self.assertEqual([node["name"] for node in document["gpus"]], ["n1"])
        found = [f"{one['level']}: {one['what']}" for one in document["findings"] if one["nodes"] == "n1"]
        return found, document["gpus"][0]["facts"]


class Gpus(DoctorTest):
    def test_that_are_as_fast_in_a_container_are_well(self):
        self.probe(f"echo '{report(9.2e11)}'", f"echo '{report(9.1e11)}'")
        self.assertEqual(self.on_node(), ([], {"GPU 0": "Card copies at 920.0 GB/s outside, 910.0 GB/s in a container; 92 % of what it states"}))
        self.assertIn("--nodelist=n1 --partition=gpu --time=15 --immediate=20 --gres=gpu:2 sh -c", (self.folder / "salloc.log").read_text())

    def test_are_measured_in_the_image_of_the_site_or_in_another(self):
        self.probe(f"echo '{report(9.2e11)}'", "echo \"$INSIDE\"")
        self.assertEqual(self.on_node()[0], ["problem: the GPU probe fails in a container: docker://registry.example.org/chainer/gpu:1"])
        self.assertEqual(self.on_node("--image", "/images/other.sqsh")[0], ["problem: the GPU probe fails in a container: /images/other.sqsh"])

    def test_that_are_slower_in_a_container(self):
        self.probe(f"echo '{report(9.2e11)}'", f"echo '{report(5e11)}'")
        self.assertEqual(self.on_node()[0], [
            "warning: in a container: GPU 0 (Card) copies at 50 % of what its memory can do, and 90 % is usual",
            "warning: GPU 0 (Card) copies at 500.0 GB/s in a container and at 920.0 GB/s outside (-45.7 %)"])

    def test_that_are_others_in_a_container(self):
        self.probe(f"echo '{report(9.2e11)}'", f"echo '{report(9.2e11, 'GPU-2', '535.1')}'")
        self.assertEqual(self.on_node()[0], [
            "problem: a container does not see GPU 0 (Card)",
            "problem: a container sees GPU 0 (Card), and a step outside does not",
            "problem: the GPU driver is 535.1 in a container and 580.95.05 outside"])

    def test_without_a_probe_on_the_node(self):
        found, facts = self.on_node()
        self.assertEqual((len(found), facts), (1, {}))
        self.assertRegex(found[0], r"^problem: the GPU probe fails outside of a container: .*chainer-gpu-probe: (not found|No such file or directory)$")

    def test_are_told_to_a_person_with_their_speed(self):
        self.probe(f"echo '{report(9.2e11)}'", f"echo '{report(9.2e11)}'")
        variables = {**os.environ, "CHAINER_SUBMIT_SITE": str(SITE), "PATH": f"{self.folder}:{os.environ['PATH']}", "FOLDER": str(self.folder)}
        said = subprocess.run([self.program, "doctor", "--gpu"], capture_output=True, text=True, timeout=60, env=variables, check=False).stdout
        self.assertIn("\nn1, GPU 0: Card copies at 920.0 GB/s outside, 920.0 GB/s in a container; 92 % of what it states\n", said)

    def test_that_slurm_does_not_know(self):
        self.script("sinfo", "case $* in *%G) echo 'n2|batch|idle|(null)' ;; esac")
        document = self.doctor()
        self.assertEqual(document["gpus"], [])
        self.assertIn("Slurm knows of no node with a GPU", [one["why"] for one in document["findings"]])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
