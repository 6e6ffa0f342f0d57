"""Prints the numbers of passed, failed and skipped tests from what unittest printed, then what was skipped.

usage: count_unittest.py FILE    Output without unittest's closing lines counts as one failure.
"""

import re
import sys


def main(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    total = sum(int(number) for number in re.findall(r"^Ran (\d+) tests? in", text, re.MULTILINE))
    closing = re.findall(r"^(?:OK|FAILED)(?: \((.*)\))?$", text, re.MULTILINE)
    if not closing:
        return ["0 1 0"]
    found = {"failures": 0, "errors": 0, "skipped": 0}
    for details in closing:
        for name, number in re.findall(r"(failures|errors|skipped)=(\d+)", details or ""):
            found[name] += int(number)
    # A fixture that fails is an error without a test of its own, a class that is skipped has no number.
    failed = found["failures"] + found["errors"]
    passed = max(0, total - failed - found["skipped"])
    if not passed + failed + found["skipped"]:
        return ["0 1 0"]
    return [f"{passed} {failed} {found['skipped']}", *skipped_tests(text)]


def skipped_tests(text):
    """Of `unittest -v`: "test_x (module.Class.test_x) ... skipped 'the reason'"."""
    lines = re.findall(r"^(\w+) \(([\w.]+)\)(?:\n.*)? \.\.\. skipped ['\"](.*)['\"]$", text, re.MULTILINE)
    return [f"{place.removeprefix('__main__.').removesuffix('.' + test)}.{test}: {why}" for test, place, why in lines]


print("\n".join(main(sys.argv[1])))
