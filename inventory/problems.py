"""The one shape in which anything wrong with an input is told, everywhere."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec


class Severity(StrEnum):
    """Whether a problem keeps a record from being published or submitted."""

    ERROR = "error"
    WARNING = "warning"


ERROR, WARNING = Severity.ERROR, Severity.WARNING


class ProblemKind(msgspec.Struct, frozen=True):
    """What problems of one code have in common: why they are told, and what to do. Rules say so themselves."""

    why: str
    remedy: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong with an input: what, where, what was expected, and by which clause.

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


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those that block publishing."""
    return [problem for problem in problems if problem.severity is ERROR]
