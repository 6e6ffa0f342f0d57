"""The examples of a manual page, as people see and copy them."""

import os
import re
import subprocess
from pathlib import Path

MAN = Path(__file__).resolve().parents[2] / "docs/man"


def examples(page):
    """What stands indented in the section EXAMPLES: a text for each example."""
    shown = subprocess.run(["groff", "-man", "-rIN=7n", "-Tutf8", "-P-cbou", MAN / page], stdout=subprocess.PIPE, text=True, check=True,
                           env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}).stdout
    section = re.search(r"(?ms)^EXAMPLES\n(.*?)^(?=[A-Z])", shown)[1]
    blocks = re.findall(r"(?m)^(?:(?: {11}.*)?\n)+", section)
    texts = [re.sub(r"(?m)^ {11}", "", block).strip("\n") + "\n" for block in blocks]
    return [text for text in texts if text.strip()]
