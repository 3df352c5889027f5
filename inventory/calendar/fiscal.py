"""Days in Washington, federal fiscal years and their quarters, and what falls due when (§280.14, .16)."""

import datetime
import re
from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from inventory.codes import DueSource, Obligation

WASHINGTON = ZoneInfo("America/New_York")


def washington_day(moment: datetime.datetime) -> datetime.date:
    """The day it is in Washington at that moment."""
    return moment.astimezone(WASHINGTON).date()


def end_of_day(day: datetime.date) -> datetime.datetime:
    """The first moment after that day in Washington, in UTC."""
    midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), WASHINGTON)
    return midnight.astimezone(datetime.UTC)


def written(moment: datetime.datetime) -> str:
    """A moment in UTC as it is kept: texts of this form are in the order of their moments."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_of(recorded_at: str) -> datetime.date:
    """The day it was in Washington at a time of the ledger."""
    return washington_day(datetime.datetime.fromisoformat(recorded_at))


def first_day(fiscal_year: int) -> datetime.date:
    """Fiscal year N begins on October 1 of N - 1."""
    return datetime.date(fiscal_year - 1, 10, 1)


def year_before(day: datetime.date) -> datetime.date:
    """The same day of the year before; February 28 for February 29."""
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
        """Its first day."""
        month = 3 * self.quarter + 7
        return datetime.date(self.fiscal_year - (month <= 12), month - 12 * (month > 12), 1)

    @property
    def last_day(self) -> datetime.date:
        """Its last day."""
        return self.next.first_day - datetime.timedelta(days=1)

    @property
    def next(self) -> "Period":
        """The quarter after it."""
        return Period(self.fiscal_year + self.quarter // 4, self.quarter % 4 + 1)

    @property
    def previous(self) -> "Period":
        """The quarter before it."""
        return Period(self.fiscal_year - (self.quarter == 1), (self.quarter + 2) % 4 + 1)

    @property
    def obligation(self) -> Obligation:
        """What falls due for it."""
        return QUARTERS[self.quarter - 1]


def period(text: str) -> Period | None:
    """The quarter that a text such as 2026-Q1 names; None where it names none."""
    found = re.fullmatch(r"(20[0-9]{2})-Q([1-4])", text)
    return Period(int(found[1]), int(found[2])) if found else None


def quarter_amiss(text: str) -> str | None:
    """The number of a quarter that no year has, where a text such as 2026-Q5 names one."""
    found = re.fullmatch(r"20[0-9]{2}-Q([0-9]{1,3})", text)
    return found[1] if found and period(text) is None else None


def period_of(day: datetime.date) -> Period:
    """The quarter in which a day lies."""
    months = (day.year - 1) * 12 + day.month - 1 + 3  # fiscal years begin three months early
    return Period(months // 12 + 1, months % 12 // 3 + 1)


class Due(Struct, frozen=True):
    """The last day that counts as on time, and where it comes from."""

    on: datetime.date
    source: DueSource


Override = Callable[[str], datetime.date | None]
"""The day that OMB set for something that falls due, by its id such as 2026-Q1; None where it set none."""

# The circular prints these; by its own rule those of January and October would be the 31st.
PRINTED = {
    Period(2022, 1): datetime.date(2022, 1, 28),
    Period(2022, 2): datetime.date(2022, 4, 29),
    Period(2022, 3): datetime.date(2022, 7, 29),
    Period(2022, 4): datetime.date(2022, 10, 28),
}
# Of the calendar year whose number is the fiscal year's, but designations: they come before it (§280.14).
ANNUAL = {
    Obligation.DESIGNATIONS: (-1, 12, 31),
    Obligation.CAPACITY_ASSESSMENT: (0, 2, 24),
    Obligation.DEEP_DIVE: (0, 3, 31),
    Obligation.ACTION_PLAN: (0, 5, 31),
}


def due(fiscal_year: int, obligation: Obligation, override: Override = lambda named: None) -> Due:
    """When something falls due: the day OMB set, else the day the circular prints, else what its rule gives."""
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
    """The last business day of the month that follows a quarter, by the federal holidays."""
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
