"""Deadline statuses of quarters and yearly obligations on a day, as pure functions of calendar and ledger.

The first submission counts, so a restatement is never late. For figures from earlier publications the first
submission is unknown.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from inventory.calendar.fiscal import Period
from inventory.codes import FeedbackState, Origin, Status

FEWEST_DESIGNATIONS = 2
"""The minimum number of services that a provider designates for a fiscal year (§280.14)."""


class Stands(Struct, frozen=True):
    """A deadline status. days: the days left, or the days it was late."""

    code: Status
    days: int | None = None

    def __str__(self) -> str:
        """Return the status in words."""
        if self.days is None:
            return self.code.label
        if self.code is Status.DUE:
            return f"due in {_days(self.days)}" if self.days else "due today"
        return f"{self.code.label} by {_days(self.days)}"


class Report(Struct, frozen=True):
    """The visible facts of a reported quarter. submitted_on: the first submission, in Washington.

    document: None if it is no longer readable.
    """

    state: str
    submitted_on: datetime.date | None = None
    document: Mapping[str, Any] | None = None

    @property
    def submission(self) -> datetime.date | None:
        """Return the day of the first submission; None if the figures are older than their record here."""
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
    """Return the status of a service's feedback for a quarter.

    starts: the quarter in which reporting starts. sees_all: whether the caller sees records that are not public.
    Other callers cannot distinguish missing from unpublished feedback.
    """
    if report is not None:
        return _came(report, due)
    if starts is not None and quarter < starts:
        return Stands(Status.NOT_YET_REPORTING)
    return _awaited(quarter.next.first_day, due, today) or Stands(Status.MISSING if sees_all else Status.NOT_PUBLISHED)


def of_designations(
    opens: datetime.date, due: datetime.date, today: datetime.date, made: Sequence[datetime.date], since: datetime.date
) -> Stands:
    """Return the status of a provider's designations for a fiscal year, from the days on which those in force were
    made.

    opens: the day from which they are expected. since: the first day of the ledger. Designations due before that day
    may have been made before they were recorded.
    """
    if len(made) >= FEWEST_DESIGNATIONS:
        enough = sorted(made)[FEWEST_DESIGNATIONS - 1]
        return Stands(Status.DONE) if enough > due and since > due else _by(enough, due)
    return _awaited(opens, due, today) or Stands(Status.PARTIAL if made else Status.MISSING)


def of_untracked(opens: datetime.date, due: datetime.date, today: datetime.date) -> Stands:
    """Return the status of an obligation without records here: only its due date is known."""
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
    """Return the status while nothing is late. It is not due before it opens, whatever its due date."""
    if today < opens:
        return Stands(Status.NOT_DUE)
    return Stands(Status.DUE, (due - today).days) if today <= due else None


def _days(count: int) -> str:
    return f"{count:,} day" + ("s" if count != 1 else "")
