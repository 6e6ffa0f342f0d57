"""Reads what a Python script imports, itself and through modules beside it, without executing any of it.

Usage: python3 -I read_imports.py SCRIPT. Writes one line of JSON: {"imports": {NAME: [FILE, LINE], …}}, the first
place of each name that is neither of Python's own library nor a module beside the script, sorted.
{"error", "line", "column"} says why a script cannot be read.
"""

import ast
import importlib.util
import json
import os
import sys


def is_of_python(name):
    if hasattr(sys, "stdlib_module_names"):
        return name in sys.stdlib_module_names
    spec = importlib.util.find_spec(name)
    origin = (spec.origin if spec else None) or ""
    return bool(spec) and "site-packages" not in origin and "dist-packages" not in origin


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0], node.lineno


def read(path):
    with open(path, "rb") as file:
        return ast.parse(file.read().decode("utf-8-sig"))


def main(script):
    folder, found, queue, seen = os.path.dirname(script), {}, [script], set()
    while queue:
        path = queue.pop(0)
        if path in seen:
            continue
        seen.add(path)
        try:
            tree = read(path)
        except SyntaxError as error:
            if path == script:
                return {"error": "it is not Python: %s" % error.msg, "line": error.lineno or 0, "column": error.offset or 0}
            continue
        except (OSError, ValueError, RecursionError, MemoryError) as error:
            if path == script:
                return {"error": "it cannot be read as Python: %s" % error, "line": 0, "column": 0}
            continue
        for name, line in imported(tree):
            local = [os.path.join(folder, name + ".py"), os.path.join(folder, name, "__init__.py")]
            if any(map(os.path.exists, local)) or os.path.isdir(os.path.join(folder, name)):
                queue += filter(os.path.exists, local)
            elif not is_of_python(name):
                found.setdefault(name, [os.path.relpath(path, folder), line])
    return {"imports": dict(sorted(found.items()))}


print(json.dumps(main(sys.argv[1])))
