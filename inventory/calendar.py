"""Days in Washington and federal fiscal years (§280.16)."""

import datetime
from zoneinfo import ZoneInfo

WASHINGTON = ZoneInfo("America/New_York")


def washington_day(moment: datetime.datetime) -> datetime.date:
    """The day it is in Washington at that moment."""
    return moment.astimezone(WASHINGTON).date()


def end_of_day(day: datetime.date) -> datetime.datetime:
    """The first moment after that day in Washington, in UTC."""
    midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), WASHINGTON)
    return midnight.astimezone(datetime.UTC)


def first_day(fiscal_year: int) -> datetime.date:
    """Fiscal year N begins on October 1 of N - 1."""
    return datetime.date(fiscal_year - 1, 10, 1)


def year_before(day: datetime.date) -> datetime.date:
    """The same day of the year before; February 28 for February 29."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
