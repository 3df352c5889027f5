"""How a quarter's feedback, or what is due once a year, stands on a day: pure, from calendar and ledger.

The first submission is what counts, so that a restatement is never late. Of figures taken over from earlier
publications nobody knows here when they first came.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from inventory.calendar.fiscal import Period
from inventory.codes import FeedbackState, Origin, Status

FEWEST_DESIGNATIONS = 2
"""How many services a provider designates at least for a fiscal year (§280.14)."""


class Stands(Struct, frozen=True):
    """A status. days: how many are left, or how many too late it came."""

    code: Status
    days: int | None = None

    def __str__(self) -> str:
        """The status in words."""
        if self.days is None:
            return self.code.label
        if self.code is Status.DUE:
            return f"due in {_days(self.days)}" if self.days else "due today"
        return f"{self.code.label} by {_days(self.days)}"


class Report(Struct, frozen=True):
    """What the asker may know of a quarter that came. submitted_on: when it first did, in Washington.

    document: None where it cannot be read any more.
    """

    state: str
    submitted_on: datetime.date | None = None
    document: Mapping[str, Any] | None = None

    @property
    def submission(self) -> datetime.date | None:
        """The day of the first submission; None where the figures are older than their record here."""
        historical = self.document is not None and self.document.get("origin") == Origin.HISTORICAL
        return None if historical or self.state == FeedbackState.WITHDRAWN else self.submitted_on


def of_quarter(
    quarter: Period,
    due: datetime.date,
    today: datetime.date,
    report: Report | None = None,
    starts: Period | None = None,
    *,
    sees_all: bool = True,
) -> Stands:
    """How a service's feedback of a quarter stands.

    starts: the quarter in which reporting starts. sees_all: whether the asker sees what is not public; who does not
    cannot tell what is missing from what is not published.
    """
    if report is not None:
        return _came(report, due)
    if starts is not None and quarter < starts:
        return Stands(Status.NOT_YET_REPORTING)
    return _awaited(quarter.next.first_day, due, today) or Stands(Status.MISSING if sees_all else Status.NOT_PUBLISHED)


def of_designations(
    opens: datetime.date, due: datetime.date, today: datetime.date, made: Sequence[datetime.date], since: datetime.date
) -> Stands:
    """How a provider's designations for a fiscal year stand, by the days on which those in force were made.

    opens: from when they are awaited. since: the day on which the ledger begins; what was due before that may have been
    made before it was recorded.
    """
    if len(made) >= FEWEST_DESIGNATIONS:
        enough = sorted(made)[FEWEST_DESIGNATIONS - 1]
        return Stands(Status.DONE) if enough > due and since > due else _by(enough, due)
    return _awaited(opens, due, today) or Stands(Status.PARTIAL if made else Status.MISSING)


def of_untracked(opens: datetime.date, due: datetime.date, today: datetime.date) -> Stands:
    """How something stands of which there are no records yet: only its day is known."""
    return _awaited(opens, due, today) or Stands(Status.NOT_TRACKED)


def _came(report: Report, due: datetime.date) -> Stands:
    document = report.document or {}
    if report.state == FeedbackState.WITHDRAWN:
        return Stands(Status.WITHDRAWN)
    if document.get("not_reported"):
        return Stands(Status.NOT_REPORTED)
    if document.get("gaps"):
        return Stands(Status.PARTIAL)
    return Stands(Status.DONE) if report.submission is None else _by(report.submission, due)


def _by(day: datetime.date, due: datetime.date) -> Stands:
    return Stands(Status.ON_TIME) if day <= due else Stands(Status.LATE, (day - due).days)


def _awaited(opens: datetime.date, due: datetime.date, today: datetime.date) -> Stands | None:
    """How it stands while nothing is late: it cannot be done before it opens, whatever day is set for it."""
    if today < opens:
        return Stands(Status.NOT_DUE)
    return Stands(Status.DUE, (due - today).days) if today <= due else None


def _days(count: int) -> str:
    return f"{count:,} day" + ("s" if count != 1 else "")
