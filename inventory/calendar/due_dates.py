"""The calendar of due dates of a fiscal year, with the days that OMB set (§280.14, .16).

A day that OMB set is a record like any other. Callers pass functions that find and read records, as rules have them.
"""

import datetime
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

from inventory.calendar.fiscal import QUARTERS, Due, Override, Period, due
from inventory.codes import DueDateState, DueSource, Obligation
from inventory.schema.fields import Part, about
from inventory.schema.scalars import FiscalYear, QuarterName


class Dated(Part, frozen=True, kw_only=True):
    """Something that falls due in a fiscal year, and by when."""

    fiscal_year: Annotated[FiscalYear, about("Fiscal year", "The fiscal year it belongs to.", key=True)]
    obligation: Annotated[Obligation, about("Obligation", "What falls due.", key=True, clause="280.14")]
    period: Annotated[
        QuarterName | None, about("Period", "The quarter that feedback is on; empty for what is due once a year.")
    ] = None
    first_day: Annotated[datetime.date | None, about("First day", "The first day of the quarter.")] = None
    last_day: Annotated[datetime.date | None, about("Last day", "The last day of the quarter.")] = None
    due: Annotated[datetime.date, about("Due", "The last day, in Washington, that counts as on time.", clause="280.16")]
    source: Annotated[DueSource, about("Source", "Where the day comes from.", clause="280.16")]


class Standing(Protocol):
    """A record of which at least the state is known."""

    @property
    def state(self) -> str:
        """The record's state."""


def set_by_omb(
    find: Callable[[str, str], Standing | None], read: Callable[[str, str], Mapping[str, Any] | None]
) -> Override:
    """Return the days that OMB set, from functions that find and read records. Ended records no longer count."""

    def day(named: str) -> datetime.date | None:
        known = find("due_date", named)
        stored = read("due_date", named) if known and known.state == DueDateState.CURRENT else None
        try:
            return datetime.date.fromisoformat(stored["due_on"]) if stored else None
        except (KeyError, TypeError, ValueError):
            return None  # an input that was not checked yet may hold no valid day

    return day


def due_for(
    fiscal_year: int,
    obligation: Obligation,
    find: Callable[[str, str], Standing | None],
    read: Callable[[str, str], Mapping[str, Any] | None],
) -> Due:
    """Return when an obligation is due, from functions that find and read records, as rules have them."""
    return due(fiscal_year, obligation, set_by_omb(find, read))


def calendar(fiscal_year: int, override: Override) -> list[Dated]:
    """Return all due dates of a fiscal year, quarters first."""
    return [_dated(fiscal_year, obligation, override) for obligation in Obligation]


def _dated(fiscal_year: int, obligation: Obligation, override: Override) -> Dated:
    found = due(fiscal_year, obligation, override)
    facts: dict[str, Any] = {}
    if obligation in QUARTERS:
        quarter = Period(fiscal_year, 1 + QUARTERS.index(obligation))
        facts = {"period": str(quarter), "first_day": quarter.first_day, "last_day": quarter.last_day}
    return Dated(fiscal_year=fiscal_year, obligation=obligation, due=found.on, source=found.source, **facts)
