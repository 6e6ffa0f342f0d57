"""Prints the numbers of passed, failed and skipped tests of ctest's JUnit file, then what was skipped.

usage: count_junit.py FILE       A file that is not there counts as one failure.
"""

import re
import sys
from xml.etree import ElementTree


def main(path):
    try:
        suite = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as problem:
        print(f"{path}: {problem}", file=sys.stderr)
        return ["0 1 0"]
    total, failed = int(suite.get("tests")), int(suite.get("failures"))
    skipped = int(suite.get("skipped")) + int(suite.get("disabled"))
    if not total:
        return ["0 1 0"]
    return [f"{total - failed - skipped} {failed} {skipped}", *map(reason, suite.findall("testcase[skipped]"))]


def reason(case):
    """The test with the line that GoogleTest's GTEST_SKIP printed, or ctest's own word."""
    output = case.findtext("system-out") or ""
    said = re.search(r": Skipped\n(.+)", output)
    return f"{case.get('name')}: {said[1].strip() if said else case.find('skipped').get('message') or 'not run'}"


print("\n".join(main(sys.argv[1])))
