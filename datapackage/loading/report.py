"""The report of a load, and the reasons why an input was rejected."""

from collections import Counter
from typing import Any

import msgspec
from msgspec import Struct

from datapackage.formats.located import Located
from datapackage.loading.spools import Spool
from inventory.ledger.heads import Head
from inventory.problems import ERROR, WARNING, Problem, Severity
from inventory.records.lifecycle import Action
from inventory.records.registry import Model, RecordType
from inventory.validation.shape_problems import cut, shown

COUNTED = ("read", "added", "changed", "unchanged", "absent", "rejected", "normalized")


class Rejected(Struct, frozen=True, omit_defaults=True):
    """An input that could not be stored, as it came, with every problem."""

    raw: Any
    problems: list[Problem]
    record_type: str = ""
    file: str | None = None
    sheet: str | None = None
    row: int | None = None


class ChangeTold(Struct, frozen=True):
    """A change of one record by a load, with the changed fields; "state" if only that changes."""

    record: str
    action: str
    fields: list[str]


class Report:
    """The results of a load or a preview. Counts: read, added, changed, unchanged, absent, rejected, normalized.

    untold: tables, and columns as `table.column`, that the input does not cover; their stored values stay. refused:
    the number of problems of rejected inputs. most: the maximum length of each list, of problems as many errors and
    as many warnings; None: all. The counts count all.
    """

    def __init__(self, most: int | None = None) -> None:
        self.counts = dict.fromkeys(COUNTED, 0)
        self.untold: list[str] = []
        self.refused = 0
        self.changes, self.rejected, self.problems = Spool(ChangeTold, most), Spool(Rejected, most), Spool(Problem)
        self._most, self._codes, self._severities = most, Counter[str](), Counter[Severity]()

    @property
    def problem_counts(self) -> dict[str, int]:
        """Return the number of problems by code."""
        return dict(sorted(self._codes.items()))

    @property
    def found(self) -> int:
        """Return the number of problems."""
        return self._codes.total()

    @property
    def has_errors(self) -> bool:
        """Return whether any problem is an error."""
        return self._severities[ERROR] > 0

    def change(self, record: str, action: str, fields: list[str]) -> None:
        """Add a record's change. Proposals are not counted."""
        if action in self.counts:
            self.counts[action] += 1
        self.changes.append(ChangeTold(record, action, fields))

    def reject(self, located: Located, problems: list[Problem], record: str) -> None:
        """Add a rejected input with its problems."""
        self.counts["rejected"] += 1
        self.refused += len(problems)
        self.tell(problems, record)
        self.rejected.append(
            Rejected(
                raw=located.given or located.raw,
                problems=problems,
                record_type=located.record_type,
                file=located.file,
                sheet=located.sheet,
                row=located.row,
            )
        )

    def tell(self, problems: list[Problem], record: str) -> None:
        """Add the problems of a record, or of none (an empty name)."""
        named = cut(record) or None
        for problem in problems:
            self._codes[problem.code] += 1
            self._severities[problem.severity] += 1
            if self._most is None or self._severities[problem.severity] <= self._most:
                self.problems.append(msgspec.structs.replace(problem, record=named))


def unrecognized(model: Model, raw: Any) -> Problem:
    """Return a problem: the input is not of any record type."""
    keys = "; ".join(f"{name}: {', '.join(field.name for field in kind.shape.key)}" for name, kind in model.items())
    return Problem(
        code="not-a-record",
        severity=ERROR,
        message="The input has the key of no kind of record",
        value=shown(raw),
        expected=f"an object with the key of its kind ({keys})",
    )


def nothing_read() -> Problem:
    """Return a problem: the input holds no records and no other problems."""
    return Problem(
        code="nothing-read",
        severity=WARNING,
        message="The input holds no record: there is nothing below its header, or it is empty",
        expected="at least one record",
    )


def forbidden(record_type: RecordType, head: Head, action: Action) -> Problem:
    """Return a problem: the action does not start from the record's state.

    It names actions that lead to such a state.
    """
    starts = ", ".join(sorted(action.from_states - {""})) or "no record of that id"
    ways = " or ".join(_way(head, way) for way in record_type.leading(head.state, action))
    return Problem(
        code="state-forbids",
        severity=ERROR,
        message=f"It is {head.state}, and {action.name} does not start from there"
        + (f": {ways} first" if ways else ""),
        value=head.state,
        expected=starts,
    )


def beyond_reach(type_name: str, record_id: str, pointer: str) -> Problem:
    """Return that a record is another's, or that the owner which the field at the pointer names is not there or is.

    Which of the two is not said: what is not public stays unknown.
    """
    doubt = "does not exist or is" if pointer else "is"
    return Problem(
        code="beyond-reach",
        severity=ERROR,
        message=f"The {type_name} {cut(record_id)} {doubt} not yours to edit",
        pointer=pointer,
        value=cut(record_id),
        expected="an organization that is yours to edit, or a record of one",
    )


def not_permitted(role: str, action: Action) -> Problem:
    """Return a problem: the loader's role may not do the action that storing the record needs."""
    return Problem(
        code="not-permitted",
        severity=ERROR,
        message=f"{role} may not {action.name} such a record",
        value=role,
        expected=f"one of {', '.join(sorted(action.roles))}",
    )


def _way(head: Head, action: Action) -> str:
    reason = " --reason WHY" if action.reason else ""
    return f"psi act {action.name} {head.record_type}/{head.record_id}{reason} (to {action.to_state})"


def second(name: str, record_id: str) -> Problem:
    """Return a problem: the record occurs twice, and the first cannot be stored."""
    return Problem(
        code="duplicate",
        severity=WARNING,
        message=f"{name} {cut(record_id)} occurs twice in the input; the first cannot be kept as it stands",
        value=cut(record_id),
        expected="one of each",
    )


def twice(name: str, record_id: str) -> Problem:
    """Return a problem: the record occurs twice, and the first is stored."""
    return Problem(
        code="duplicate",
        severity=ERROR,
        message=f"{name} {cut(record_id)} occurs twice in the input; the first is kept",
        value=cut(record_id),
        expected="one of each",
    )
