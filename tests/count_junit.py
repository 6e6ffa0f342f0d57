"""Prints the numbers of passed, failed and skipped tests of a JUnit file that ctest wrote.

usage: count_junit.py FILE       A file that is not there counts as one failure.
"""

import sys
from xml.etree import ElementTree


def main(path):
    try:
        suite = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as problem:
        print(f"{path}: {problem}", file=sys.stderr)
        return "0 1 0"
    total, failed = int(suite.get("tests")), int(suite.get("failures"))
    skipped = int(suite.get("skipped")) + int(suite.get("disabled"))
    return f"{total - failed - skipped} {failed} {skipped}" if total else "0 1 0"


print(main(sys.argv[1]))
