#!/usr/bin/env python3
"""Do the programs that count tests name what failed and what was skipped, with the reason?

usage: count_test.py [unittest arguments]
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parent

SUITE = '''
import unittest

class Some(unittest.TestCase):
    def test_passes(self):
        pass

    def test_differs(self):
        """A sentence on the test."""
        self.assertEqual("a\\nb", "c")

    @unittest.skip("not here")
    def test_is_skipped(self):
        pass

class Unfit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            raise OSError("no disk")
        except OSError as problem:
            raise RuntimeError("no cluster") from problem

    def test_is_never_begun(self):
        pass

unittest.main(verbosity=2)
'''

REPORT = '''<testsuite name="all" tests="4" failures="2" disabled="0" skipped="1">
<testcase name="Good.Passes"><system-out>OK</system-out></testcase>
<testcase name="Bad.Differs"><failure message=""/><system-out>[ RUN ] Bad.Differs
some_test.cpp:5: Failure
Expected equality of these values:
</system-out></testcase>
<testcase name="program.ends"><failure message="Timeout"/><system-out>nothing</system-out></testcase>
<testcase name="Odd.Waits"><skipped message=""/><system-out>some_test.cpp:9: Skipped
no second disk
</system-out></testcase>
</testsuite>
'''


def counted(program, text):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([sys.executable, TESTS / program, file.name], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


class Unittest(unittest.TestCase):
    def test_names_what_failed_and_what_was_skipped(self):
        said = subprocess.run([sys.executable, "-c", SUITE], capture_output=True, text=True)
        self.assertEqual(counted("count_unittest.py", said.stderr), [
            "1 2 1", "failed: Unfit.setUpClass: RuntimeError: no cluster", "failed: Some.test_differs: AssertionError: 'a\\nb' != 'c'",
            "skipped: Some.test_is_skipped: not here"])

    def test_that_broke_off_is_a_failure(self):
        self.assertEqual(counted("count_unittest.py", "test_a (__main__.Some.test_a) ... \nrun-tests: did not end\n"),
                         ["0 1 0", "failed: did not come to its end: run-tests: did not end"])

    def test_that_said_nothing_is_a_failure(self):
        done = subprocess.run([sys.executable, TESTS / "count_unittest.py", "/nothing"], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "0 1 0\nfailed: /nothing: No such file or directory\n")


class CTest(unittest.TestCase):
    def test_names_what_failed_and_what_was_skipped(self):
        self.assertEqual(counted("count_junit.py", REPORT), [
            "1 2 1", "failed: Bad.Differs: Expected equality of these values:", "failed: program.ends: Timeout",
            "skipped: Odd.Waits: no second disk"])

    def test_without_a_report_is_a_failure(self):
        self.assertEqual(counted("count_junit.py", "")[0], "0 1 0")


if __name__ == "__main__":
    unittest.main()
