"""The rule and its context, and the register of all rules."""

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
    """The facts that a rule may read of another record."""

    state: str
    organization_id: str = ""
    parent_id: str | None = None
    public_state: str | None = None


class Find(Protocol):
    """A lookup of a record by type and id; None if it does not exist."""

    def __call__(self, record_type: str, record_id: str) -> Known | None: ...


class Read(Protocol):
    """A reader of a record's newest document by type and id; None if it does not exist."""

    def __call__(self, record_type: str, record_id: str) -> Document | None: ...


class FirstAct(Protocol):
    """A lookup of the day in Washington on which an action was first done to a record; None if never."""

    def __call__(self, record_type: str, record_id: str, action: str) -> datetime.date | None: ...


class AnyBelow(Protocol):
    """A check whether any record of a type has an id that starts with `above`; None if unknown."""

    def __call__(self, record_type: str, above: str) -> bool | None: ...


class Context(Struct, frozen=True, kw_only=True):
    """The facts a rule may use besides the record: the day in Washington, other records, and acts on this one.

    action: the action that the record is checked for, such as publish; empty for a check alone. `kind` and
    `existing`, the record's type and the stored record with its id, are filled in before the rules run.
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
    """A place where a record breaks a rule. Omitted fields take the rule's own message, clause and severity.

    beside: the list whose other items it was compared with. If one of them is left out, the breach is uncertain.
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
    """A cross-field rule of one or more record types (Part: of all). `why` is its one published sentence.

    reads: the fields it reads, as dotted paths; none if it judges each field by itself. each: the lists of which it
    judges each item by itself, or so that its problems for some items hold for any others. historical: its severity
    for figures taken over from earlier publications. since: the fiscal year from which it applies; None: always.
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
        """Return the record types the rule applies to."""
        return self.of if isinstance(self.of, tuple) else (self.of,)

    @property
    def applies_to(self) -> str:
        """Return the names of its record types, or "every record"."""
        kinds = (kind.name for struct in self.types for kind in INVENTORY.values() if kind.struct is struct)
        return EVERY_RECORD if self.of is Part else ", ".join(kinds)

    @property
    def first_quarter(self) -> Period | None:
        """Return the first quarter the rule applies to; None if it applies to all."""
        return None if self.since is None else Period(self.since, 1)

    @property
    def of_history(self) -> Severity | None:
        """Return its severity for historical records; None if its records are never historical."""
        knows = any(struct is Part or "origin" in struct.__struct_fields__ for struct in self.types)
        return self.historical if knows else None

    def problems(self, record: Part, context: Context, rest: Rest | None = None) -> Iterable[Problem]:
        """Return every breach of the rule as a problem. rest: the record without its faulty items, if any are
        faulty.
        """
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
    """Register a pure function as a rule. Its docstring is the published reason.

    keeps: it stays an error for historical figures, because records would be inconsistent without it.
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
    """Return the rules of a record type."""
    return tuple(known for known in RULES.values() if issubclass(struct, known.of))


def broken_rules(
    record_type: RecordType, record: Part, context: Context, unclear: Unclear | None = None
) -> Iterator[Problem]:
    """Yield every problem of the record, in the order of the rules, except those that faults leave undecided."""
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
