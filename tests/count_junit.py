"""Prints the numbers of passed, failed and skipped tests of ctest's JUnit file, then what failed and what was skipped.

usage: count_junit.py FILE       A file that is not there counts as one failure.
"""

import re
import sys
from xml.etree import ElementTree


def main(path):
    try:
        suite = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as problem:
        return ["0 1 0", f"failed: {path}: {problem}"]
    total, failed = int(suite.get("tests")), int(suite.get("failures"))
    skipped = int(suite.get("skipped")) + int(suite.get("disabled"))
    if not total:
        return ["0 1 0", f"failed: {path}: no test was run"]
    return [f"{total - failed - skipped} {failed} {skipped}", *map(failure, suite.findall("testcase[failure]")),
            *map(skip, suite.findall("testcase[skipped]"))]


def failure(case):
    """The test with the first line that GoogleTest or unittest printed of it, or ctest's own word."""
    output = case.findtext("system-out") or ""
    said = re.search(r": Failure\n(.+)|^(\w+(?:Error|Exception)\b.*)", output, re.MULTILINE)
    return f"failed: {case.get('name')}: {(said[1] or said[2]).strip() if said else case.find('failure').get('message') or 'no word'}"


def skip(case):
    """The test with the line that GoogleTest's GTEST_SKIP printed, or ctest's own word."""
    output = case.findtext("system-out") or ""
    said = re.search(r": Skipped\n(.+)", output)
    return f"skipped: {case.get('name')}: {said[1].strip() if said else case.find('skipped').get('message') or 'not run'}"


if __name__ == "__main__":
    print("\n".join(main(sys.argv[1])))
