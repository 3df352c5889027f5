"""Days in Washington, federal fiscal years and quarters, and their due dates (§280.14, .16)."""

import datetime
import re
from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from inventory.codes import DueSource, Obligation

WASHINGTON = ZoneInfo("America/New_York")


def washington_day(moment: datetime.datetime) -> datetime.date:
    """Return the day in Washington at that moment."""
    return moment.astimezone(WASHINGTON).date()


def end_of_day(day: datetime.date) -> datetime.datetime:
    """Return the first moment after that day in Washington, in UTC."""
    midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), WASHINGTON)
    return midnight.astimezone(datetime.UTC)


def written(moment: datetime.datetime) -> str:
    """Return a UTC moment in its stored form, which sorts as text."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_of(recorded_at: str) -> datetime.date:
    """Return the day in Washington of a ledger time."""
    return washington_day(datetime.datetime.fromisoformat(recorded_at))


def first_day(fiscal_year: int) -> datetime.date:
    """Return the first day of a fiscal year: October 1 of the calendar year before."""
    return datetime.date(fiscal_year - 1, 10, 1)


def year_before(day: datetime.date) -> datetime.date:
    """Return the same day of the year before; February 28 for February 29."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


QUARTERS = (Obligation.Q1, Obligation.Q2, Obligation.Q3, Obligation.Q4)


class Period(Struct, frozen=True, order=True):
    """A quarter of a fiscal year: quarter 1 of fiscal year N is October to December of N - 1."""

    fiscal_year: int
    quarter: int

    def __str__(self) -> str:
        return f"{self.fiscal_year}-Q{self.quarter}"

    @property
    def first_day(self) -> datetime.date:
        """Return its first day."""
        month = 3 * self.quarter + 7
        return datetime.date(self.fiscal_year - (month <= 12), month - 12 * (month > 12), 1)

    @property
    def last_day(self) -> datetime.date:
        """Return its last day."""
        return self.next.first_day - datetime.timedelta(days=1)

    @property
    def next(self) -> "Period":
        """Return the next quarter."""
        return Period(self.fiscal_year + self.quarter // 4, self.quarter % 4 + 1)

    @property
    def previous(self) -> "Period":
        """Return the previous quarter."""
        return Period(self.fiscal_year - (self.quarter == 1), (self.quarter + 2) % 4 + 1)

    @property
    def obligation(self) -> Obligation:
        """Return the obligation to report this quarter."""
        return QUARTERS[self.quarter - 1]


def period(text: str) -> Period | None:
    """Return the quarter that a text such as 2026-Q1 names; None if it names none."""
    found = re.fullmatch(r"(20[0-9]{2})-Q([1-4])", text)
    return Period(int(found[1]), int(found[2])) if found else None


def quarter_amiss(text: str) -> str | None:
    """Return the quarter's number if a text such as 2026-Q5 names a quarter that no year has."""
    found = re.fullmatch(r"20[0-9]{2}-Q([0-9]{1,3})", text)
    return found[1] if found and period(text) is None else None


def period_of(day: datetime.date) -> Period:
    """Return the quarter that contains a day."""
    months = (day.year - 1) * 12 + day.month - 1 + 3  # fiscal years begin three months before calendar years
    return Period(months // 12 + 1, months % 12 // 3 + 1)


class Due(Struct, frozen=True):
    """A due date: the last day that counts as on time, and its source."""

    on: datetime.date
    source: DueSource


Override = Callable[[str], datetime.date | None]
"""A lookup of the due date that OMB set, by id such as 2026-Q1; None if OMB set none."""

# The circular prints these. By its own rule, January's and October's would be the 31st.
PRINTED = {
    Period(2022, 1): datetime.date(2022, 1, 28),
    Period(2022, 2): datetime.date(2022, 4, 29),
    Period(2022, 3): datetime.date(2022, 7, 29),
    Period(2022, 4): datetime.date(2022, 10, 28),
}
# Days of the calendar year with the fiscal year's number. Designations come a year earlier (§280.14).
ANNUAL = {
    Obligation.DESIGNATIONS: (-1, 12, 31),
    Obligation.CAPACITY_ASSESSMENT: (0, 2, 24),
    Obligation.DEEP_DIVE: (0, 3, 31),
    Obligation.ACTION_PLAN: (0, 5, 31),
}


def due(fiscal_year: int, obligation: Obligation, override: Override = lambda named: None) -> Due:
    """Return a due date: the day OMB set, else the day the circular prints, else the day its rule gives."""
    own = override(f"{fiscal_year}-{obligation}")
    if own is not None:
        return Due(own, DueSource.OMB)
    if obligation in ANNUAL:
        years, month, day = ANNUAL[obligation]
        return Due(datetime.date(fiscal_year + years, month, day), DueSource.CIRCULAR)
    quarter = Period(fiscal_year, 1 + QUARTERS.index(obligation))
    if quarter in PRINTED:
        return Due(PRINTED[quarter], DueSource.CIRCULAR)
    return Due(last_business_day_after(quarter), DueSource.RULE)


@cache
def last_business_day_after(quarter: Period) -> datetime.date:
    """Return the last business day of the month after a quarter, by the federal holidays."""
    following = quarter.next.first_day
    day = following.replace(month=following.month + 1) - datetime.timedelta(days=1)
    while day.weekday() >= 5 or day in _federal_holidays(day.year):
        day -= datetime.timedelta(days=1)
    return day


@cache
def _federal_holidays(year: int) -> frozenset[datetime.date]:
    import holidays  # a library of many countries, which few commands need

    return frozenset(holidays.country_holidays("US", years=year, categories=("public",)))


Clock = Callable[[], datetime.datetime]
