"""Prints the numbers of passed, failed and skipped tests from what unittest printed.

usage: count_unittest.py FILE    Output without unittest's closing lines counts as one failure.
"""

import re
import sys


def main(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    total = sum(int(number) for number in re.findall(r"^Ran (\d+) tests? in", text, re.MULTILINE))
    closing = re.findall(r"^(?:OK|FAILED)(?: \((.*)\))?$", text, re.MULTILINE)
    if not total or not closing:
        return "0 1 0"
    found = {"failures": 0, "errors": 0, "skipped": 0}
    for details in closing:
        for name, number in re.findall(r"(failures|errors|skipped)=(\d+)", details):
            found[name] += int(number)
    # A fixture that fails is an error without a test of its own.
    failed = found["failures"] + found["errors"]
    return f"{max(0, total - failed - found['skipped'])} {failed} {found['skipped']}"


print(main(sys.argv[1]))
