"""Reads the arguments of the call of the Chainer class in a Python file, without executing any of it.

Usage: python3 -I read_call.py FILE. Writes one line of JSON:

  {"arguments": [{"name", "line", "column", "value"}, {"name", "line", "column", "source"}, …], "others": [[line, column], …]}

A value is what the file says as a constant, with plain arithmetic, or through a name that stands for one. Everything
else is given as its source. `others` are the places of further calls. {"error", "line", "column"} says why there is
nothing to read.
"""

import ast
import json
import math
import operator
import sys

CLASS = "Chainer"
MPI = ("Mpi", "MpiConfiguration")
TARGETS = ("ComputeTarget", "AmlCompute", "BatchAiCompute")
DEEPEST = 20  # in a chain of names that stand for names
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
              ast.FloorDiv: operator.floordiv}


class Unknown(Exception):
    """Only running the file would tell the value."""


class Reader:
    def __init__(self, tree):
        self.assigned = {}
        self.attributes = {}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign):
                continue
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.assigned.setdefault(target.id, []).append(node.value)
                elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    self.attributes.setdefault((target.value.id, target.attr), []).append(node.value)

    def value(self, node, depth=0):
        if depth > DEEPEST:
            raise Unknown
        if isinstance(node, ast.Constant):
            return constant(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -number(self.value(node.operand, depth + 1))
        if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            return self.arithmetic(node, depth)
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self.value(element, depth + 1) for element in node.elts]
        if isinstance(node, ast.Dict):
            return self.table(node, depth)
        if isinstance(node, ast.Name):
            return self.named(node.id, depth)
        if isinstance(node, ast.Call):
            return self.call(node, depth)
        if isinstance(node, ast.Subscript) and getattr(node.value, "attr", None) == "compute_targets":
            index = node.slice
            return self.value(index.value if type(index).__name__ == "Index" else index, depth + 1)  # "Index" until 3.8
        raise Unknown

    def arithmetic(self, node, depth):
        """60 * 60, and text that is put together."""
        left, right = self.value(node.left, depth + 1), self.value(node.right, depth + 1)
        if isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str):
            return left + right
        try:
            return constant(ARITHMETIC[type(node.op)](number(left), number(right)))
        except ArithmeticError:
            raise Unknown from None

    def table(self, node, depth):
        table = {}
        for key, value in zip(node.keys, node.values):
            name = self.value(key, depth + 1) if key is not None else None
            if not isinstance(name, str):
                raise Unknown
            table[name] = self.value(value, depth + 1)
        return table

    def named(self, name, depth):
        """A name that is assigned more than once counts when all its values are the same."""
        values = [self.value(node, depth + 1) for node in self.assigned.get(name, ())]
        if not values or any(value != values[0] for value in values):
            raise Unknown
        counts = self.attributes.get((name, "process_count_per_node"), ())
        if counts and isinstance(values[0], dict) and values[0].get("type") == "mpi":
            return {**values[0], "process_count_per_node": self.value(counts[-1], depth + 1)}
        return values[0]

    def call(self, node, depth):
        name = called(node)
        if name in MPI:
            table = {"type": "mpi"}
            for keyword in node.keywords:
                if keyword.arg == "process_count_per_node":
                    table[keyword.arg] = self.value(keyword.value, depth + 1)
            if node.args and name == "Mpi":
                table["process_count_per_node"] = self.value(node.args[0], depth + 1)
            return table
        is_create = name == "create" and isinstance(node.func, ast.Attribute) and \
            getattr(node.func.value, "id", None) in TARGETS
        if name in TARGETS or is_create:
            named = [keyword.value for keyword in node.keywords if keyword.arg == "name"] or node.args[1:2]
            if named:
                return self.value(named[0], depth + 1)
        raise Unknown


def constant(value):
    if isinstance(value, float) and not math.isfinite(value):
        raise Unknown
    if isinstance(value, int) and not -2 ** 63 <= value < 2 ** 63:
        raise Unknown
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise Unknown


def number(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unknown
    return value


def called(node):
    return getattr(node.func, "id", None) or getattr(node.func, "attr", None)


def argument(reader, name, node, source):
    found = {"name": name, "line": node.lineno, "column": node.col_offset + 1}
    try:
        found["value"] = reader.value(node)
    except Unknown:
        found["source"] = ast.get_source_segment(source, node) or ""
    return found


def read(path):
    if sys.version_info < (3, 8):
        return {"error": "reading it takes Python 3.8, and python3 is %d.%d" % sys.version_info[:2], "line": 0, "column": 0}
    with open(path, "rb") as file:
        data = file.read()
    try:
        source = data.decode("utf-8-sig")
        tree = ast.parse(source)
    except SyntaxError as error:
        return {"error": "it is not Python: %s" % error.msg, "line": error.lineno or 0, "column": error.offset or 0}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"error": "it cannot be read as Python: %s" % error, "line": 0, "column": 0}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) == CLASS]
    calls.sort(key=lambda node: (node.lineno, node.col_offset))
    if not calls:
        return {"error": "it does not call the class %s" % CLASS, "line": 0, "column": 0}
    call, reader = calls[0], Reader(tree)
    arguments = [argument(reader, "source_directory", node, source) for node in call.args[:1]]
    arguments += [argument(reader, keyword.arg or "**", keyword.value, source) for keyword in call.keywords]
    return {"arguments": arguments, "others": [[node.lineno, node.col_offset + 1] for node in calls[1:]]}


print(json.dumps(read(sys.argv[1])))
