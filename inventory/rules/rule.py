"""What a rule is, what it may know, and the register of all of them."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from inventory.fields import Field, Part, Shape, shape
from inventory.problems import Problem, Severity
from inventory.record_types import RecordType


class Known(Struct, frozen=True):
    """What a rule may know of another record."""

    state: str
    organization_id: str = ""
    parent_id: str | None = None


class Find(Protocol):
    """Looks a record up by type and id; None where there is none."""

    def __call__(self, record_type: str, record_id: str) -> Known | None: ...


class Context(Struct, frozen=True, kw_only=True):
    """All a rule may know besides the record: the day in Washington, other records, and what now bears its id."""

    today: datetime.date
    find: Find
    existing: Known | None = None


Predicate = Callable[[Any, Context], Iterator[Problem]]


class Rule(Struct, frozen=True, kw_only=True):
    """A cross-field rule of one type of record (Part: of all). `why` is its one published sentence."""

    id: str
    of: type[Part]
    severity: Severity
    clause: str | None
    why: str
    predicate: Predicate


RULES: dict[str, Rule] = {}


def rule(id: str, *, of: type[Part], severity: Severity, clause: str | None = None) -> Callable[[Predicate], Predicate]:
    """Register a pure function as a rule; its docstring is the published reason."""

    def register(predicate: Predicate) -> Predicate:
        why = " ".join((predicate.__doc__ or "").split())
        RULES[id] = Rule(id=id, of=of, severity=severity, clause=clause, why=why, predicate=predicate)
        return predicate

    return register


def broken(id: str, pointer: str = "", *, value: Any = None, message: str = "", expected: str | None = None) -> Problem:
    """A problem in the name of a rule: its severity, its clause and, unless a better is given, its message."""
    known = RULES[id]
    return Problem(
        code=id,
        severity=known.severity,
        message=message or known.why,
        pointer=pointer,
        value=value,
        expected=expected,
        clause=known.clause,
    )


def broken_rules(record_type: RecordType, record: Part, context: Context) -> Iterator[Problem]:
    """Every rule the record breaks, in the order of the rules."""
    record_id = record_type.record_id_of(record)
    context = msgspec.structs.replace(context, existing=context.find(record_type.name, record_id))
    for known in RULES.values():
        if isinstance(record, known.of):
            yield from known.predicate(record, context)


def values(record: Part, read: Shape | None = None, pointer: str = "") -> Iterator[tuple[str, Field, Any]]:
    """Every field of a record at any depth with its pointer and its value; list items one by one."""
    for field in (read or shape(type(record))).fields:
        value, place = getattr(record, field.name), f"{pointer}/{field.name}"
        if not field.many:
            yield from _with_inner(field, value, place)
            continue
        for index, item in enumerate(value):
            yield from _with_inner(field, item, f"{place}/{index}")


def _with_inner(field: Field, value: Any, pointer: str) -> Iterator[tuple[str, Field, Any]]:
    yield pointer, field, value
    if field.part is not None and value is not None:
        yield from values(value, field.part, pointer)
