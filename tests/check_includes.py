"""Names every use of a library whose header is included by luck alone, and exits with 1 for one.

usage: check_includes.py FILE…

Releases differ in what their headers bring along: what builds with one of gcc or fmt fails with the next.
A file includes what it uses, or a header of the project that it includes does. Run from the project's folder.
"""

import re
import sys
from functools import cache
from pathlib import Path

# Names that compilers are known to have dropped from other headers, and who has them.
NAMES = {
    "cstdint": r"std::u?int(?:8|16|32|64|ptr|max)_t",
    "cstdlib": r"std::(?:getenv|strtol|strtoul|exit|abort|free|malloc|system)\b",
    "cstring": r"std::(?:mem(?:cpy|cmp|set|move|chr)|str(?:len|cmp|error|chr|nlen))\b",
    "cstdio": r"std::(?:printf|fprintf|snprintf|fread|fwrite|rename|remove\(|FILE)\b",
    "csignal": r"std::(?:signal|raise)\b",
    "climits": r"\b(?:PATH|NAME)_MAX\b",
    "fmt/ranges.h": r"fmt::join\b",
    "algorithm": r"std::(?:ranges::(?!begin|end|size|data|empty|subrange|\w*view)\w+|min|max|clamp|sort|find_if|all_of|any_of)\(",
    "array": r"std::array\b",
    "atomic": r"std::atomic\b",
    "charconv": r"std::(?:from|to)_chars\b",
    "chrono": r"std::chrono::",
    "exception": r"std::exception\b",
    "filesystem": r"std::filesystem\b",
    "fstream": r"std::[io]?fstream\b",
    "functional": r"std::function\b",
    "limits": r"std::numeric_limits\b",
    "map": r"std::(?:multi)?map<",
    "memory": r"std::(?:unique_ptr|shared_ptr|make_unique|make_shared)\b",
    "mutex": r"std::(?:mutex|lock_guard|unique_lock)\b",
    "numeric": r"std::(?:accumulate|iota)\b",
    "optional": r"std::(?:optional|nullopt)\b",
    "set": r"std::(?:multi)?set<",
    "span": r"std::span\b",
    "sstream": r"std::[io]?stringstream\b",
    "string": r"std::(?:string\b(?!_)|to_string|stoi|getline)",
    "string_view": r"std::string_view\b",
    "thread": r"std::(?:thread|this_thread)\b",
    "unordered_map": r"std::unordered_map\b",
    "utility": r"std::(?:exchange|pair)\b",
    "variant": r"std::(?:variant|visit|get_if|holds_alternative)\b",
    "vector": r"std::vector\b",
}
# Headers that promise more than their name.
BRINGS = {"limits.h": {"climits"}, "map": {"utility"}, "string": {"string_view"}, "sstream": {"string"}, "fstream": {"string"},
          "unordered_map": {"utility"}}


@cache
def headers_of(path):
    """The system's headers that the file includes, itself or through headers of the project."""
    text = path.read_text()
    headers = set(re.findall(r"^#include <([^>]+)>", text, re.MULTILINE))
    headers |= {more for header in headers for more in BRINGS.get(header, ())}
    for name in re.findall(r'^#include "([^"]+)"', text, re.MULTILINE):
        # What the unit tests of several folders share lies above them.
        for place in (Path(name), *(folder / name for folder in path.parents)):
            if place.exists():
                headers |= headers_of(place)
                break
    return headers


def problems(path):
    headers = set(headers_of(path))
    text = path.read_text()
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("//")[0]
        for header, pattern in NAMES.items():
            found = re.search(pattern, code)
            if found and header not in headers:
                headers.add(header)  # once is enough
                yield f"{path}:{number}: {found[0].rstrip('(<')} without #include <{header}>"


found = [problem for name in sys.argv[1:] for problem in problems(Path(name))]
print("\n".join(found), end="\n" if found else "")
sys.exit(1 if found else 0)
