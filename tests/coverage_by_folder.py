"""Prints, folder by folder, how many of the lines the tests have reached: from gcovr's --json-summary."""

import json
import sys
from collections import Counter
from pathlib import PurePath

lines, reached = Counter(), Counter()
for file in json.load(sys.stdin)["files"]:
    folder = str(PurePath(file["filename"]).parent)
    lines[folder] += file["line_total"]
    reached[folder] += file["line_covered"]
for folder in sorted(lines):
    share = 100 * reached[folder] / lines[folder] if lines[folder] else 0
    print(f"{folder:30} {reached[folder]:6} of {lines[folder]:6} lines  {share:5.1f} %")
