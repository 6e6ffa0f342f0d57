#!/usr/bin/env python3
"""docs/security.md names a test for each promise: do they exist?

usage: security_page_test.py [unittest arguments]
"""
import pathlib
import re
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "security.md"


def named_tests(text):
    """Pairs of file and test: `FILE: TEST` names both, `TEST` alone is one more of the file before it."""
    for row in text.splitlines():
        file = None
        for name in re.findall(r"`([^`]+)`", row.split("|")[-2] if row.count("|") >= 3 else ""):
            if ": " in name:
                file, name = name.split(": ")
            if file:
                yield file, name


class SecurityPageTest(unittest.TestCase):
    def test_every_test_that_it_names_exists(self):
        pairs = list(named_tests(PAGE.read_text()))
        self.assertGreater(len(pairs), 20)
        for file, test in pairs:
            with self.subTest(f"{file}: {test}"):
                self.assertRegex((PROJECT / file).read_text(), rf"\b{test}\b")

    def test_every_link_leads_somewhere(self):
        for page in (PAGE, PROJECT / "SECURITY.md"):
            for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
                with self.subTest(link):
                    self.assertTrue((page.parent / link).exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
