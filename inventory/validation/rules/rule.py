"""What a rule is, what it may know, and the register of all of them."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from inventory.calendar.fiscal import Period
from inventory.codes import Origin
from inventory.problems import WARNING, Problem, Severity
from inventory.records.registry import INVENTORY, Document, RecordType
from inventory.schema.fields import Part
from inventory.validation.partial import Rest, Unclear
from inventory.validation.shape_problems import cut

EVERY_RECORD = "every record"


class Known(Struct, frozen=True):
    """What a rule may know of another record."""

    state: str
    organization_id: str = ""
    parent_id: str | None = None
    public_state: str | None = None


class Find(Protocol):
    """Looks a record up by type and id; None where there is none."""

    def __call__(self, record_type: str, record_id: str) -> Known | None: ...


class Read(Protocol):
    """Reads the newest document of a record by type and id; None where there is none."""

    def __call__(self, record_type: str, record_id: str) -> Document | None: ...


class FirstAct(Protocol):
    """The day in Washington on which an action was first done to a record; None where it never was."""

    def __call__(self, record_type: str, record_id: str, action: str) -> datetime.date | None: ...


class AnyBelow(Protocol):
    """Whether any record of a type belongs to one whose id begins its own; None where that is not known."""

    def __call__(self, record_type: str, above: str) -> bool | None: ...


class Context(Struct, frozen=True, kw_only=True):
    """All a rule may know besides the record: the day in Washington, other records, and what was done to this one.

    action: what the record is checked for, such as publish; empty where it is only checked. `kind` and `existing`, the
    record's type and what now bears its id, are filled in where the rules are asked.
    """

    today: datetime.date
    find: Find
    read: Read = lambda record_type, record_id: None
    first_act: FirstAct = lambda record_type, record_id, action: None
    any_below: AnyBelow = lambda record_type, above: None
    action: str = ""
    kind: RecordType | None = None
    existing: Known | None = None


class Breach(Struct, frozen=True):
    """Where a record breaks a rule. Of what is left out, the rule's own holds: its sentence, clause and severity.

    beside: the list against whose other items it was held; with one of them left out, nothing is sure.
    """

    pointer: str
    value: Any = None
    message: str = ""
    expected: str | None = None
    clause: str | None = None
    severity: Severity | None = None
    beside: str | None = None


Predicate = Callable[[Any, Context], Iterator[Breach]]


class Rule(Struct, frozen=True, kw_only=True):
    """A cross-field rule of a type of record, or of several (Part: of all). `why` is its one published sentence.

    reads: the fields it looks at, as dotted paths; none where it judges each field by itself. each: the lists of which
    it judges each item by itself, or so that what it tells of some items holds whatever the others are. historical: how
    severe it is for figures taken over from earlier publications. since: the fiscal year from which it applies; None:
    always.
    """

    id: str
    of: type[Part] | tuple[type[Part], ...]
    reads: tuple[str, ...]
    severity: Severity
    clause: str | None
    why: str
    predicate: Predicate
    each: tuple[str, ...] = ()
    historical: Severity = WARNING
    since: int | None = None

    @property
    def types(self) -> tuple[type[Part], ...]:
        """The types of record it is of."""
        return self.of if isinstance(self.of, tuple) else (self.of,)

    @property
    def applies_to(self) -> str:
        """What it is for, in words: types of record or every one."""
        kinds = (kind.name for struct in self.types for kind in INVENTORY.values() if kind.struct is struct)
        return EVERY_RECORD if self.of is Part else ", ".join(kinds)

    @property
    def first_quarter(self) -> Period | None:
        """The first quarter of which it is told; None where it is told of all."""
        return None if self.since is None else Period(self.since, 1)

    @property
    def of_history(self) -> Severity | None:
        """Its severity for historical records; None where none of its records may be historical."""
        knows = any(struct is Part or "origin" in struct.__struct_fields__ for struct in self.types)
        return self.historical if knows else None

    def problems(self, record: Part, context: Context, rest: Rest | None = None) -> Iterable[Problem]:
        """Every breach of the rule, in its name. rest: what the record is left of, where items are at fault."""
        year = getattr(record, "fiscal_year", None) if self.since is not None else None
        if self.since is not None and isinstance(year, int) and year < self.since:
            return ()
        found = self.predicate(record, context)
        if rest is not None:
            found = (breach for breach in found if breach.beside is None or not rest.lacks_of(breach.beside))
        return (self._problem(breach, record) for breach in found)

    def _problem(self, breach: Breach, record: Part) -> Problem:
        severest = self.historical if getattr(record, "origin", None) == Origin.HISTORICAL else self.severity
        return Problem(
            code=self.id,
            severity=_milder(severest, breach.severity or severest),
            message=breach.message or self.why,
            pointer=breach.pointer,
            value=cut(breach.value) if isinstance(breach.value, str) else breach.value,
            expected=breach.expected,
            clause=breach.clause or self.clause,
        )


def _milder(one: Severity, other: Severity) -> Severity:
    return WARNING if WARNING in (one, other) else one


RULES: dict[str, Rule] = {}


def rule(
    id: str,
    *,
    of: type[Part] | tuple[type[Part], ...],
    severity: Severity,
    clause: str | None = None,
    reads: tuple[str, ...] = (),
    each: tuple[str, ...] = (),
    since: int | None = None,
    keeps: bool = False,
) -> Callable[[Predicate], Predicate]:
    """Register a pure function as a rule; its docstring is the published reason.

    keeps: it stays an error for historical figures, because records would not hold together without it.
    """

    def register(predicate: Predicate) -> Predicate:
        RULES[id] = Rule(
            id=id,
            of=of,
            reads=reads,
            each=each,
            severity=severity,
            clause=clause,
            why=" ".join((predicate.__doc__ or "").split()),
            predicate=predicate,
            historical=severity if keeps else WARNING,
            since=since,
        )
        return predicate

    return register


@cache
def _rules_of(struct: type[Part]) -> tuple[Rule, ...]:
    """The rules of a type of record."""
    return tuple(known for known in RULES.values() if issubclass(struct, known.of))


def broken_rules(
    record_type: RecordType, record: Part, context: Context, unclear: Unclear | None = None
) -> Iterator[Problem]:
    """Every rule the record breaks, in the order of the rules; none that what is unclear leaves undecided."""
    existing = _existing(record_type, record, context)
    context = msgspec.structs.replace(context, kind=record_type, existing=existing)
    for known in _rules_of(type(record)):
        if unclear is None:
            yield from known.problems(record, context)
        else:
            yield from _still_broken(known, record, context, unclear)


def _still_broken(known: Rule, record: Part, context: Context, unclear: Unclear) -> Iterator[Problem]:
    rest = unclear.rest(record, known.reads, known.each)
    if rest is None:
        return
    for problem in known.problems(rest.record, context, rest):
        pointer = rest.as_given(problem.pointer)
        if not unclear.blurs(pointer):
            yield msgspec.structs.replace(problem, pointer=pointer)


def _existing(record_type: RecordType, record: Part, context: Context) -> Known | None:
    if any(getattr(record, field.name) is None for field in record_type.shape.key):
        return None
    return context.find(record_type.name, record_type.record_id_of(record))
