"""Rules of the days that OMB sets."""

import datetime
from collections.abc import Iterator

from inventory.calendar import QUARTERS, Period, due
from inventory.codes import Obligation
from inventory.problems import ERROR
from inventory.records import DueDate
from inventory.rules.rule import Breach, Context, rule

A_YEAR = datetime.timedelta(days=366)


@rule(
    "due-date-implausible", of=DueDate, severity=ERROR, clause="280.16", reads=("fiscal_year", "obligation", "due_on")
)
def due_date_implausible(due_date: DueDate, context: Context) -> Iterator[Breach]:
    """Feedback is due after its quarter, and nothing more than a year from the day the circular gives."""
    usual = due(due_date.fiscal_year, due_date.obligation).on
    first, last = _earliest(due_date.fiscal_year, due_date.obligation, usual), usual + A_YEAR
    if not first <= due_date.due_on <= last:
        yield Breach("/due_on", value=due_date.due_on.isoformat(), expected=f"a day from {first} to {last}")


def _earliest(fiscal_year: int, obligation: Obligation, usual: datetime.date) -> datetime.date:
    if obligation not in QUARTERS:
        return usual - A_YEAR
    return Period(fiscal_year, 1 + QUARTERS.index(obligation)).next.first_day
