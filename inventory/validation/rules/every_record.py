"""Rules for every record, derived from the facts of its fields."""

import datetime
from collections.abc import Iterator

from inventory.calendar.fiscal import first_day
from inventory.codes import Code
from inventory.problems import ERROR
from inventory.records import Organization
from inventory.schema.fields import Field, Part
from inventory.schema.hints import explained
from inventory.schema.values import values
from inventory.validation.rules.rule import Breach, Context, rule


@rule("needed-to-publish", of=Part, severity=ERROR, clause="280.5")
def needed_to_publish(record: Part, context: Context) -> Iterator[Breach]:
    """Every field that the circular asks for is filled in before a record is published."""
    for pointer, field, value in values(record, _is_needed):
        if value is None or value == ():
            message = f"{field.title} is needed to publish"
            yield Breach(pointer, message=message, expected=explained(field), clause=field.clause)


@rule("reference-unknown", of=Part, severity=ERROR, keeps=True)
def reference_unknown(record: Part, context: Context) -> Iterator[Breach]:
    """An id refers to a confirmed record of the inventory."""
    for pointer, field, value in values(record, _refers):
        if field.references is None or not isinstance(value, str):
            continue
        known = context.find(field.references, value)
        if known is None:
            message = f"There is no {field.references} with the id {value}"
        elif known.state == "proposed":
            message = f"The {field.references} {value} is proposed but not yet confirmed"
        else:
            continue
        expected = f"the id of a confirmed {field.references}"
        yield Breach(pointer, value=value, message=message, expected=expected)


@rule("reference-cycle", of=Organization, severity=ERROR, reads=("organization_id", "parent_id"))
def reference_cycle(organization: Organization, context: Context) -> Iterator[Breach]:
    """An organization does not stand above itself, directly or through others."""
    seen: set[str] = set()
    above = organization.parent_id
    while above is not None and above not in seen:
        if above == organization.organization_id:
            yield Breach(
                "/parent_id", value=organization.parent_id, expected="an organization that is not below this one"
            )
            return
        seen.add(above)
        known = context.find("organization", above)
        above = known.parent_id if known else None


@rule("id-taken", of=Part, severity=ERROR, keeps=True)
def id_taken(record: Part, context: Context) -> Iterator[Breach]:
    """An id is never used again: not by another owner, and not after its record was retired or withdrawn."""
    kind, known = context.kind, context.existing
    owner = _owner(record, context)
    if kind is None or known is None or owner is None:
        return
    if known.state in kind.settled_states:
        reason = f"is {known.state}" + (" for good" if known.state in kind.withdrawn_states else "")
    elif known.organization_id not in ("", owner) and not kind.moves:
        reason = f"belongs to {known.organization_id}"
    else:
        return
    record_id = kind.record_id_of(record)
    message = f"The id {record_id} {reason}"
    expected = "an id that is not in use" if len(kind.shape.key) == 1 else f"a {kind.name} that is not {known.state}"
    yield Breach(f"/{kind.shape.key[0].name}", value=record_id, message=message, expected=expected)


@rule("code-not-valid-then", of=Part, severity=ERROR)
def code_not_valid_then(record: Part, context: Context) -> Iterator[Breach]:
    """A code is used only for dates on which it is valid."""
    day = _period(record, context)
    for pointer, _, value in values(record, _ends):
        if isinstance(value, Code) and not value.valid_on(day):
            expected = f"a code valid on {day}"
            yield Breach(pointer, value=str(value), expected=expected)


def _is_needed(field: Field) -> bool:
    return field.needed_to_publish


def _refers(field: Field) -> bool:
    return field.references is not None


def _ends(field: Field) -> bool:
    return field.codes is not None and any(code.valid_from or code.valid_to for code in field.codes)


def _owner(record: Part, context: Context) -> str | None:
    """Return the organization that a record names as its owner, directly or through another record; None if none."""
    kind = context.kind
    named = getattr(record, kind.owner[0]) if kind is not None and kind.owner else None
    if kind is None or kind.owned_through is None or named is None:
        return named
    above = context.find(kind.owned_through, named)
    return above.organization_id if above is not None else None


def _period(record: Part, context: Context) -> datetime.date:
    year = getattr(record, "fiscal_year", None)
    return first_day(year) if isinstance(year, int) else context.today
