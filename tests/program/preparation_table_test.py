#!/usr/bin/env python3
"""templates/run.bash: the table of what a preparation took. That nodes say it: tests/cluster/test_runs.

usage: preparation_table_test.py RUN_BASH [unittest arguments]
"""
import json
import subprocess
import sys
import tempfile
import unittest

PROGRAM = ""


def said(node, what, phase, seconds=0.0, size=0):
    return json.dumps({"node": node, "step": "7.0", "what": what, "phase": phase, "seconds": seconds, "bytes": size,
                       "cache_hit": phase == "found"}, separators=(",", ":"))


class ThePreparationsTable(unittest.TestCase):
    maxDiff = None

    def table(self, *lines):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            done = subprocess.run(["bash", "-uc", '. "$1"; tabulate_preparation "$2"', "bash", PROGRAM, file.name],
                                  capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.stderr, "")
        return done.stdout

    def test_of_a_cold_start_on_a_thousand_nodes_fits_one_screen(self):
        maker = [said("n3", "image", "resolve", 0.12), said("n3", "image", "download", 4.0, 137_800_000),
                 said("n3", "image", "convert", 4.25, 185_000_000), said("n3", "environment", "resolve", 2.0),
                 said("n3", "environment", "build", 37.9), said("n3", "environment", "convert", 0.5, 5_250_000),
                 said("n3", "node", "whole", 45.0)]
        others = [line for n in range(1000) if n != 3 for line in (
            said(f"n{n}", "image", "wait", 5 + n / 1000), said(f"n{n}", "image", "found"),
            said(f"n{n}", "environment", "wait", 40.0), said(f"n{n}", "environment", "found"),
            said(f"n{n}", "node", "whole", 45 + n / 1000))]
        self.assertEqual(self.table(*maker, *others), """\
chainer: prepared 1000 nodes in 46.0 s, the slowest n999
  what         phase     nodes  seconds      bytes  slowest
  image        found       999        -          -  -
  image        wait        999      6.0          -  n999
  image        resolve       1      0.1          -  n3
  image        download      1      4.0     138 MB  n3
  image        convert       1      4.2     185 MB  n3
  environment  found       999        -          -  -
  environment  wait        999     40.0          -  n0
  environment  resolve       1      2.0          -  n3
  environment  build         1     37.9          -  n3
  environment  convert       1      0.5     5.2 MB  n3
""")

    def test_of_one_warm_node_is_short(self):
        self.assertEqual(self.table(said("n1", "image", "found"), said("n1", "node", "whole", 0.016)), """\
chainer: prepared node n1 in 0.0 s
  what         phase     nodes  seconds      bytes  slowest
  image        found         1        -          -  -
""")

    def test_is_left_out_where_nobody_said_anything(self):
        self.assertEqual(self.table("", "{}"), "")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
