"""The examples of a manual page, as people see and copy them."""

import os
import re
import subprocess
from pathlib import Path

MAN = Path(__file__).resolve().parents[2] / "docs/man"


def examples(page):
    """What stands indented in the section EXAMPLES: a text for each example."""
    shown = subprocess.run(["groff", "-man", "-Tutf8", "-P-cbou", MAN / page], stdout=subprocess.PIPE, text=True, check=True,
                           env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}).stdout
    section = re.search(r"(?ms)^EXAMPLES\n(.*?)^(?=[A-Z])", shown)[1]
    margin = re.match(" *", section)[0] + 4 * " "  # a paragraph's differs between releases of groff
    blocks = re.findall(rf"(?m)^(?:(?:{margin}.*)?\n)+", section)
    texts = [re.sub(rf"(?m)^{margin}", "", block).strip("\n") + "\n" for block in blocks]
    return [text for text in texts if text.strip()]
