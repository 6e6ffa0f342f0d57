#!/usr/bin/env python3
"""Reads the two sides of a preparation, each linked alone: what can its code reach?

usage: sides_test.py USER_SIDE_ALONE STORE_SIDE_ALONE [unittest arguments]
"""
import subprocess
import sys
import unittest

FILES = {}
NETWORK_LIBRARIES = r"lib(curl|ssl|nghttp2|resolv)\b"
NETWORK_CALLS = {"socket", "connect", "getaddrinfo", "gethostbyname"}
CALLS_THAT_START_PROGRAMS = {"fork", "vfork", "execv", "execve", "execvp", "execl", "fexecve", "posix_spawn", "posix_spawnp",
                             "system", "popen"}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def libraries(side):
    """All that are mapped when it starts, those of its libraries too."""
    return run("ldd", FILES[side])


def calls(side):
    """What its own files call of shared libraries."""
    return {line.split()[-1].split("@")[0] for line in run("nm", "--undefined-only", FILES[side]).splitlines()}


def functions(side):
    return run("nm", "--demangle", "--defined-only", FILES[side])


class TheStoresSide(unittest.TestCase):
    def test_is_linked_without_the_network(self):
        self.assertNotRegex(libraries("store"), NETWORK_LIBRARIES)
        self.assertEqual(calls("store") & NETWORK_CALLS, set())

    def test_calls_nothing_that_starts_a_program(self):
        self.assertEqual(calls("store") & CALLS_THAT_START_PROGRAMS, set())

    def test_is_linked_without_what_the_user_runs(self):
        self.assertNotRegex(functions("store"), r"\bchainer::(source|builder|user_side)::")

    def test_is_whole(self):
        self.assertRegex(functions("store"), r"\bchainer::store_side::serve_preparation\(")
        self.assertRegex(functions("store"), r"\bchainer::store::Store::")


class TheUsersSide(unittest.TestCase):
    def test_is_linked_without_the_store(self):
        self.assertNotRegex(functions("user"), r"\bchainer::(store|store_side|squashfs)::")

    def test_is_whole_so_that_what_the_other_lacks_is_seen_here(self):
        self.assertRegex(functions("user"), r"\bchainer::user_side::prepare_image\(")
        self.assertRegex(libraries("user"), NETWORK_LIBRARIES)
        self.assertIn("curl_easy_perform", calls("user"))
        self.assertTrue(calls("user") & CALLS_THAT_START_PROGRAMS)


if __name__ == "__main__":
    for side in ("user", "store"):
        FILES[side] = sys.argv.pop(1)
    unittest.main(verbosity=2)
