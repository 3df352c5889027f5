"""What a rule is, what it may know, and the register of all of them."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from inventory.fields import Part
from inventory.problems import Problem, Severity
from inventory.record_types import RecordType
from inventory.salvaging import Unclear


class Known(Struct, frozen=True):
    """What a rule may know of another record."""

    state: str
    organization_id: str = ""
    parent_id: str | None = None


class Find(Protocol):
    """Looks a record up by type and id; None where there is none."""

    def __call__(self, record_type: str, record_id: str) -> Known | None: ...


class Context(Struct, frozen=True, kw_only=True):
    """All a rule may know besides the record: the day in Washington and other records.

    `kind` and `existing`, the record's type and what now bears its id, are filled in where the rules are asked.
    """

    today: datetime.date
    find: Find
    kind: RecordType | None = None
    existing: Known | None = None


class Breach(Struct, frozen=True):
    """Where a record breaks a rule. Of what is left out, the rule's own holds: its sentence, its clause."""

    pointer: str
    value: Any = None
    message: str = ""
    expected: str | None = None
    clause: str | None = None


Predicate = Callable[[Any, Context], Iterator[Breach]]


class Rule(Struct, frozen=True, kw_only=True):
    """A cross-field rule of one type of record (Part: of all). `why` is its one published sentence.

    reads: the fields it looks at, as dotted paths; none where it judges each field by itself.
    """

    id: str
    of: type[Part]
    reads: tuple[str, ...]
    severity: Severity
    clause: str | None
    why: str
    predicate: Predicate

    def problems(self, record: Part, context: Context) -> Iterator[Problem]:
        """Every breach of the rule, in its name."""
        for breach in self.predicate(record, context):
            yield Problem(
                code=self.id,
                severity=self.severity,
                message=breach.message or self.why,
                pointer=breach.pointer,
                value=breach.value,
                expected=breach.expected,
                clause=breach.clause or self.clause,
            )


RULES: dict[str, Rule] = {}


def rule(
    id: str, *, of: type[Part], severity: Severity, clause: str | None = None, reads: tuple[str, ...] = ()
) -> Callable[[Predicate], Predicate]:
    """Register a pure function as a rule; its docstring is the published reason."""

    def register(predicate: Predicate) -> Predicate:
        why = " ".join((predicate.__doc__ or "").split())
        RULES[id] = Rule(id=id, of=of, reads=reads, severity=severity, clause=clause, why=why, predicate=predicate)
        return predicate

    return register


def broken_rules(
    record_type: RecordType, record: Part, context: Context, unclear: Unclear | None = None
) -> Iterator[Problem]:
    """Every rule the record breaks, in the order of the rules; none that what is unclear leaves undecided."""
    existing = _existing(record_type, record, context)
    context = msgspec.structs.replace(context, kind=record_type, existing=existing)
    for known in RULES.values():
        if not isinstance(record, known.of):
            continue
        if unclear is None:
            yield from known.problems(record, context)
        elif not any(unclear.touches(path.split(".")) for path in known.reads):
            yield from (problem for problem in known.problems(record, context) if not unclear.blurs(problem))


def _existing(record_type: RecordType, record: Part, context: Context) -> Known | None:
    if any(getattr(record, field.name) is None for field in record_type.shape.key):
        return None
    return context.find(record_type.name, record_type.record_id_of(record))
