"""What goes wrong, in chainer-submit's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional


@dataclass(frozen=True)
class Finding:
    """One error or warning about an estimator."""

    message: str
    hint: str
    parameter: Optional[str]  #: the class's parameter that it is about; None where it is about none
    file: str
    line: int  #: 0: the file as a whole
    column: int
    is_error: bool

    def __str__(self) -> str:
        place = f"{self.parameter}: " if self.parameter else ""
        return place + self.message + (f"\n  hint: {self.hint}" if self.hint else "")


class ChainerSubmitError(Exception):
    """chainer-submit could not do what it was asked. `next_step` says what helps, or is empty."""

    def __init__(self, message: str, next_step: str = "", exit_code: int = 0) -> None:
        super().__init__(message + (f"\nnext: {next_step}" if next_step else ""))
        self.message = message
        self.next_step = next_step
        self.exit_code = exit_code


class EstimatorError(ChainerSubmitError):
    """The estimator, or the site's file, is wrong: all findings at once."""

    def __init__(self, findings: List[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings if finding.is_error), exit_code=3)
        self.findings = findings

    @property
    def parameters(self) -> List[str]:
        """The parameters that have an error, in the order of the findings."""
        named = [finding.parameter for finding in self.findings if finding.is_error and finding.parameter]
        return list(dict.fromkeys(named))


class ComputeTargetException(ChainerSubmitError):
    """The site has no compute target of this name."""


class ActivityFailedException(ChainerSubmitError):
    """A run that was waited for did not end well."""


class EstimatorWarning(UserWarning):
    """A finding that does not keep an estimator from being submitted."""
