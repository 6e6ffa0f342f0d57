"""Names every #include that points the wrong way between the project's folders, and exits with 1 for one.

usage: check_arrows.py FILE…

A folder includes what stands before it in its part's order; the two sides of a preparation include nothing of
each other. What links what says the same (node/CMakeLists.txt); an include is seen here before it is called.
"""

import re
import sys
from pathlib import Path

# The parts, and what each may include beside itself.
PARTS = {
    "core": (),
    "submit": ("core",),
    "node": ("core",),
    "gpu_probe": ("core",),
    "mpi_probe": ("core",),
    "spank_plugin": ("core",),
}
# The folders of a part, from the bottom to the top. A part without any is flat.
ORDERS = {
    "node": ("wire", "archive", "image", "squashfs", "save", "store", "environment", "source", "builder",
             "user_side", "store_side", "rootless", "gpu", "topology", "stats", "doctor", "commands"),
    "submit": ("toml", "input", "plan", "run", "follow", "draft", "doctor", "curate", "cli"),
}
# Who runs a folder of node/ alone: no process runs the folders of both. The commands name all of them.
ACCOUNTS = {
    "save": "the user's", "source": "the user's", "builder": "the user's", "user_side": "the user's", "rootless": "the user's",
    "store": "the store's", "store_side": "the store's",
}
GENERATED = ("version.hpp", "install_paths.hpp")


def place(path):
    """Part and folder of a file: `node/store/store.hpp` lies in (node, store), `node/main.cpp` in (node, None)."""
    names = Path(path).parts
    folder = names[1] if len(names) > 2 else None
    return names[0], folder


def why_not(path, included):
    """What is wrong with this include; nothing when it may stay."""
    part, folder = place(path)
    other_part, other = place(included)
    if included in GENERATED:
        return None
    if other_part != part:
        return None if other_part in PARTS[part] else f"{part}/ knows nothing of {included}"
    order = ORDERS.get(part)
    if not order or folder is None:  # flat, or the program's main.cpp, which knows all
        return None
    if folder not in order:
        return f"{part}/{folder}/ has no place in the order of {part}/"
    if other not in order or order.index(other) > order.index(folder):
        return f"{folder}/ stands before {included}"
    owners = ACCOUNTS.get(folder), ACCOUNTS.get(other)
    if part == "node" and all(owners) and owners[0] != owners[1]:
        return f"{folder}/ is {owners[0]} alone, {included} is {owners[1]}"
    return None


def problems(path):
    if place(path)[0] not in PARTS:
        return
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        include = re.match(r'#include "([^"]+)"', line)
        reason = include and why_not(path, include[1])
        if reason:
            yield f"{path}:{number}: {reason}"


if __name__ == "__main__":
    found = [problem for name in sys.argv[1:] for problem in problems(name)]
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
