"""Statuses of a day: every one, and what turns one into another."""

import datetime
from typing import Any

import pytest

from inventory.calendar.fiscal import Period, due
from inventory.calendar.statuses import Report, Stands, of_designations, of_quarter, of_untracked
from inventory.codes import Status

QUARTER = Period(2026, 1)
DUE = due(2026, QUARTER.obligation).on  # 2026-01-30
DAY = datetime.timedelta(days=1)
LONG_AFTER = datetime.date(2026, 6, 1)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def came(on: str, **document: Any) -> Report:
    return Report("submitted", day(on), document)


@pytest.mark.parametrize(
    ("today", "words"),
    [
        ("2025-10-01", "not due"),
        ("2025-12-31", "not due"),
        ("2026-01-01", "due in 29 days"),
        ("2026-01-29", "due in 1 day"),
        ("2026-01-30", "due today"),
        ("2026-01-31", "missing"),
        ("2030-01-01", "missing"),
    ],
)
def test_a_quarter_that_did_not_come(today: str, words: str) -> None:
    assert str(of_quarter(QUARTER, DUE, day(today))) == words


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (came("2026-01-30"), "on time"),
        (came("2026-01-02"), "on time"),
        (came("2026-01-31"), "late by 1 day"),
        (came("2027-01-30"), "late by 365 days"),
        (came("2026-01-02", gaps=[{"reason": "The phone channel"}]), "partial"),
        (came("2026-03-02", gaps=[{"reason": "The phone channel"}]), "partial"),
        (came("2026-01-02", not_reported={"reason": "The survey begins in April"}), "not reported"),
        (came("2026-05-02", origin="historical"), "done"),
        (came("2026-05-02", origin="historical", gaps=[{"reason": "No phone"}]), "partial"),
        (Report("published"), "done"),
        (Report("accepted", day("2026-01-02"), None), "on time"),  # its body was erased
        (Report("withdrawn", day("2026-01-02"), {}), "withdrawn"),
    ],
)
@pytest.mark.parametrize("sees_all", [True, False])
def test_a_quarter_that_came(report: Report, words: str, sees_all: bool) -> None:
    assert str(of_quarter(QUARTER, DUE, LONG_AFTER, report, sees_all=sees_all)) == words


@pytest.mark.parametrize(("starts", "words"), [("2", "not yet reporting"), ("1", "missing"), (None, "missing")])
def test_who_starts_later_misses_nothing(starts: str | None, words: str) -> None:
    first = Period(2026, int(starts)) if starts else None
    assert str(of_quarter(QUARTER, DUE, LONG_AFTER, None, first)) == words


def test_who_starts_later_may_come_early() -> None:
    assert of_quarter(QUARTER, DUE, LONG_AFTER, came("2026-01-02"), Period(2027, 1)).code is Status.ON_TIME


def test_who_sees_published_quarters_alone_cannot_tell_missing_from_unpublished() -> None:
    told = [of_quarter(QUARTER, DUE, DUE + days * DAY, sees_all=False).code for days in (-60, -1, 0, 1)]
    assert told == [Status.NOT_DUE, Status.DUE, Status.DUE, Status.NOT_PUBLISHED]


def test_a_day_set_before_the_quarter_ends_asks_nobody_to_hurry() -> None:
    early = QUARTER.last_day - 10 * DAY
    assert of_quarter(QUARTER, early, QUARTER.last_day).code is Status.NOT_DUE
    assert of_quarter(QUARTER, early, QUARTER.last_day + DAY).code is Status.MISSING


OPENS, BY = datetime.date(2025, 10, 1), datetime.date(2025, 12, 31)


@pytest.mark.parametrize(
    ("made", "today", "words"),
    [
        ((), "2025-09-30", "not due"),
        ((), "2025-10-01", "due in 91 days"),
        (("2025-10-01",), "2025-12-31", "due today"),
        ((), "2026-01-01", "missing"),
        (("2025-11-01",), "2026-01-01", "partial"),
        (("2025-11-01", "2025-12-31"), "2026-01-01", "on time"),
        (("2026-01-15", "2025-11-01"), "2026-02-01", "late by 15 days"),
        (("2026-01-15", "2025-11-01", "2025-12-01"), "2026-02-01", "on time"),
        (("2025-11-01", "2025-12-31"), "2025-09-30", "on time"),
    ],
)
def test_designations_are_judged_by_when_the_second_was_made(made: tuple[str, ...], today: str, words: str) -> None:
    assert str(of_designations(OPENS, BY, day(today), [day(on) for on in made], day("2025-01-01"))) == words


def test_a_ledger_that_begins_after_the_day_does_not_know_when_designations_were_made() -> None:
    made = [day("2026-11-23"), day("2026-11-23")]
    assert str(of_designations(OPENS, BY, LONG_AFTER, made, day("2026-11-23"))) == "done"
    assert str(of_designations(OPENS, BY, LONG_AFTER, made[:1], day("2026-11-23"))) == "partial"


def test_what_has_no_records_yet_is_not_said_to_be_missing() -> None:
    told = [str(of_untracked(OPENS, BY, day(on))) for on in ("2025-09-30", "2025-12-01", "2026-01-01")]
    assert told == ["not due", "due in 30 days", "past due, not tracked here"]


def test_thousands_are_told_apart() -> None:
    assert str(Stands(Status.LATE, 1234)) == "late by 1,234 days"
