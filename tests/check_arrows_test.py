#!/usr/bin/env python3
"""Does check_arrows.py see an include that points the wrong way, and is there none in the project?

usage: check_arrows_test.py [unittest arguments]
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[1]
CHECK = PROJECT / "tests" / "check_arrows.py"


def check(folder, files):
    return subprocess.run([sys.executable, CHECK, *files], cwd=folder, capture_output=True, text=True)


class Arrows(unittest.TestCase):
    def found(self, path, *included):
        """What the check says of a file that includes these."""
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True)
            file.write_text("".join(f'#include "{name}"\n' for name in included))
            done = check(folder, [path])
        self.assertEqual(done.returncode, 1 if done.stdout else 0, done.stderr)
        return done.stdout

    def test_point_to_what_stands_before(self):
        self.assertEqual(self.found("node/store/store.cpp", "node/store/store.hpp", "node/wire/message.hpp",
                                    "core/result.hpp", "version.hpp"), "")
        self.assertEqual(self.found("node/wire/message.cpp", "core/result.hpp", "node/store/store.hpp"),
                         "node/wire/message.cpp:2: wire/ stands before node/store/store.hpp\n")
        self.assertEqual(self.found("submit/plan/plan.hpp", "submit/run/sbatch.hpp"),
                         "submit/plan/plan.hpp:1: plan/ stands before submit/run/sbatch.hpp\n")

    def test_never_point_from_one_side_to_the_other(self):
        self.assertEqual(self.found("node/store_side/flight.cpp", "node/source/http_client.hpp"),
                         "node/store_side/flight.cpp:1: store_side/ is the store's alone, "
                         "node/source/http_client.hpp is the user's\n")
        self.assertEqual(self.found("node/builder/uv.cpp", "node/store/store.hpp"),
                         "node/builder/uv.cpp:1: builder/ is the user's alone, node/store/store.hpp is the store's\n")
        self.assertEqual(self.found("node/main.cpp", "node/user_side/user_side.hpp", "node/store/store.hpp"), "")

    def test_never_point_from_one_part_to_another_but_core(self):
        self.assertEqual(self.found("core/digest.cpp", "node/wire/blob_hash.hpp"),
                         "core/digest.cpp:1: core/ knows nothing of node/wire/blob_hash.hpp\n")
        self.assertEqual(self.found("spank_plugin/step.cpp", "submit/run/queue.hpp"),
                         "spank_plugin/step.cpp:1: spank_plugin/ knows nothing of submit/run/queue.hpp\n")

    def test_of_a_folder_that_the_order_does_not_know_are_refused(self):
        self.assertEqual(self.found("node/util/text.cpp", "node/wire/message.hpp"),
                         "node/util/text.cpp:1: node/util/ has no place in the order of node/\n")

    def test_of_the_project_all_point_the_right_way(self):
        files = [str(file.relative_to(PROJECT)) for part in ("core", "node", "spank_plugin", "submit")
                 for file in sorted((PROJECT / part).rglob("*.?pp"))]
        self.assertGreater(len(files), 200)
        self.assertEqual(check(PROJECT, files).stdout, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
