"""The one form of all problems with an input."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec


class Severity(StrEnum):
    """Whether a problem keeps a record from being published or submitted."""

    ERROR = "error"
    WARNING = "warning"


ERROR, WARNING = Severity.ERROR, Severity.WARNING
MOST_PROBLEMS = 1_000
"""Maximum number of problems in one response, after which checking one record stops."""


class ProblemKind(msgspec.Struct, frozen=True):
    """The reason and remedy that problems of one code share. Rules have their own."""

    why: str
    remedy: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem of an input: its place, the expected value and the clause.

    JSON is located by `pointer` (RFC 6901); a table by `file` or `sheet`, `row` (the header is row 1) and `field`.
    """

    code: str
    severity: Severity
    message: str
    pointer: str = ""
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    field: str | None = None
    value: Any = None
    expected: str | None = None
    clause: str | None = None
    record: str | None = None


def bounded(found: Iterable[Problem]) -> list[Problem]:
    """Return the first MOST_PROBLEMS errors and as many warnings. Where there are more, the first problem says so.

    Stop at the next error. Count further warnings to the end, because an error may follow them.
    """
    listed: list[Problem] = []
    count = {ERROR: 0, WARNING: 0}
    for problem in found:
        count[problem.severity] += 1
        if count[ERROR] > MOST_PROBLEMS:
            return [_more(ERROR, f"Checking stopped after {MOST_PROBLEMS:,} errors"), *listed]
        if count[problem.severity] <= MOST_PROBLEMS:
            listed.append(problem)
    if (rest := count[WARNING] - MOST_PROBLEMS) > 0:
        return [_more(WARNING, f"{rest:,} more warnings are not listed"), *listed]
    return listed


def _more(severity: Severity, what: str) -> Problem:
    return Problem(
        code="more-problems",
        severity=severity,
        message=f"{what}. Correct those listed, then check again",
        expected=f"at most {MOST_PROBLEMS:,} problems",
    )


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that block publishing."""
    return [problem for problem in problems if problem.severity is ERROR]
