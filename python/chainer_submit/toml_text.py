"""Python values as TOML, and the text of an estimator that knows which parameter each line comes from."""

from __future__ import annotations

import datetime
import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .errors import EstimatorError, Finding

# TOML's integers have 64 bits; Python's may have more.
SMALLEST, LARGEST = -(1 << 63), (1 << 63) - 1

SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def toml_string(text: str) -> str:
    """A basic string. TOML cannot hold a lone surrogate, which Python makes of bytes that are not UTF-8."""
    text.encode("utf-8")
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in SHORT_ESCAPES:
        return SHORT_ESCAPES[character]
    is_control = ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 or character in "\u2028\u2029"
    return f"\\u{ord(character):04X}" if is_control else character


def toml_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_]+", name) else toml_string(name)


def toml_value(value: Any) -> str:
    """A value on one line. What TOML has no type for becomes the text that str() gives."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and SMALLEST <= value <= LARGEST:
        return str(int(value))
    if isinstance(value, float):
        return float.__repr__(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return toml_string(str(value))
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(str(key))} = {toml_value(value[key])}" for key in value) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(element) for element in value) + "]"
    return toml_string("" if value is None else str(value))


class EstimatorText:
    """The text of an estimator: keys first, then tables."""

    def __init__(self) -> None:
        self._keys: List[Tuple[str, str, Any]] = []
        self._tables: List[Tuple[str, str, Dict[str, Any]]] = []

    def add(self, parameter: str, value: Any) -> None:
        """`parameter` is the class's name for it; the estimator's keys have no leading underscore."""
        self._keys.append((parameter, parameter.lstrip("_"), value))

    def add_table(self, parameter: str, members: Mapping[str, Any]) -> None:
        """Adds a table with a line for each member, in their order."""
        self._tables.append((parameter, parameter.lstrip("_"), dict(members)))

    def text(self) -> str:
        return "".join(line + "\n" for _, line in self._lines())

    def parameter_at(self, line: int) -> Optional[str]:
        """The parameter that this line comes from; lines count from 1."""
        owners: Sequence[str] = [owner for owner, _ in self._lines()]
        return (owners[line - 1] or None) if 0 < line <= len(owners) else None

    def _lines(self) -> List[Tuple[str, str]]:
        lines = [_line(*key) for key in self._keys]
        for parameter, key, members in self._tables:
            lines += [("", ""), (parameter, f"[{key}]")]
            lines += [_line(parameter, str(name), value) for name, value in members.items()]
        return lines


def _line(parameter: str, key: str, value: Any) -> Tuple[str, str]:
    try:
        return parameter, f"{toml_key(key)} = {toml_value(value)}"
    except UnicodeEncodeError:
        raise EstimatorError([Finding(f"{parameter} holds a name that is not UTF-8", "rename it", parameter, "", 0, 0, True)]) from None
