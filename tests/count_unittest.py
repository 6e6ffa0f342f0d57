"""Prints the numbers of passed, failed and skipped tests from what unittest printed, then what failed and what was skipped.

usage: count_unittest.py FILE    Output without unittest's closing lines counts as one failure.
"""

import re
import sys

LONGEST = 300  # characters of what is said of a failure


def main(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError as problem:
        return ["0 1 0", f"failed: {path}: {problem.strerror}"]
    total = sum(int(number) for number in re.findall(r"^Ran (\d+) tests? in", text, re.MULTILINE))
    closing = re.findall(r"^(?:OK|FAILED)(?: \((.*)\))?$", text, re.MULTILINE)
    found = {"failures": 0, "errors": 0, "skipped": 0}
    for details in closing:
        for name, number in re.findall(r"(failures|errors|skipped)=(\d+)", details or ""):
            found[name] += int(number)
    failed = found["failures"] + found["errors"]
    # A fixture that fails is an error that is no test's, a class that is skipped has no number.
    fixtures = len(re.findall(r"^ERROR: (?:setUp|tearDown)(?:Class|Module) ", text, re.MULTILINE))
    passed = max(0, total - (failed - fixtures) - found["skipped"])
    if not passed + failed + found["skipped"]:
        last = text.strip().rpartition("\n")[2]
        return ["0 1 0", f"failed: did not come to its end: {last[:LONGEST]}"]
    return [f"{passed} {failed} {found['skipped']}", *failed_tests(text), *skipped_tests(text)]


def short(place, test):
    return f"{place.removeprefix('__main__.').removesuffix('.' + test)}.{test}"


def failed_tests(text):
    """Of the blocks at the end: a line of =, "FAIL: test_x (module.Class.test_x)", a line of -, and what Python says."""
    found = []
    for block in re.split(r"^={70}\n", text, flags=re.MULTILINE)[1:]:
        head, _, said = block.partition("-" * 70 + "\n")
        name = re.match(r"(?:FAIL|ERROR): (\w+) \(([\w.]+)\)", head)
        if name:
            found.append(f"failed: {short(name[2], name[1])}: {problem(said)}")
    return found


def problem(said):
    """The line of the exception, which is the first that is not indented below the last traceback."""
    lines = said.rpartition("Traceback (most recent call last):\n")[2].splitlines()
    return next((line for line in lines if line and not line[0].isspace()), "")[:LONGEST]


def skipped_tests(text):
    """Of `unittest -v`: "test_x (module.Class.test_x) ... skipped 'the reason'"."""
    lines = re.findall(r"^(\w+) \(([\w.]+)\)(?:\n.*)? \.\.\. skipped ['\"](.*)['\"]$", text, re.MULTILINE)
    return [f"skipped: {short(place, test)}: {why}" for test, place, why in lines]


if __name__ == "__main__":
    print("\n".join(main(sys.argv[1])))
