"""Calling chainer-submit."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, Mapping, Optional

from .errors import ChainerSubmitError

PROGRAM = "chainer-submit"

#: The run failed: the only exit code besides 0 that comes with an answer to the question.
RUN_FAILED = 1


class Refused(ChainerSubmitError):
    """chainer-submit said no; `document` is its whole answer."""

    def __init__(self, document: Mapping[str, Any], exit_code: int) -> None:
        error = str(document.get("error", f"{PROGRAM} ended with exit code {exit_code}")).strip()
        super().__init__(error, str(document.get("next", "")), exit_code)
        self.document = document


def ask(*words: str, variables: Optional[Mapping[str, str]] = None) -> Any:
    """The answer to a command, read from its JSON. `variables` are set for this one call."""
    process = start(*words, "--json", variables=variables, stderr=subprocess.PIPE)
    output, errors = process.communicate()
    return answer_of(process.returncode, output, errors)


def start(*words: str, variables: Optional[Mapping[str, str]] = None, stderr: int) -> "subprocess.Popen[str]":
    try:
        return subprocess.Popen(
            [PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
            env={**os.environ, **(variables or {})}, text=True, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ChainerSubmitError(f"cannot run {PROGRAM}: {error.strerror}",
                                 "install it on this machine, or put its folder into PATH") from error


def answer_of(code: int, output: str, errors: str) -> Any:
    try:
        document = json.loads(output)
    except ValueError:
        raise ChainerSubmitError(errors.strip() or f"{PROGRAM} ended with exit code {code} and gave no answer",
                                 exit_code=code) from None
    if code not in (0, RUN_FAILED):
        raise Refused(document, code)
    return document
