"""Quarters, due dates and days in Washington, held against the printed dates and a second way of counting."""

import calendar as months
import datetime
from typing import Any

import holidays
import pytest

from inventory.calendar.due_dates import calendar, due_for, set_by_omb
from inventory.calendar.fiscal import (
    Due,
    Period,
    day_of,
    due,
    end_of_day,
    first_day,
    period,
    period_of,
    quarter_amiss,
    washington_day,
    year_before,
)
from inventory.codes import DueSource, Obligation
from inventory.validation.rules import Known

YEARS = range(2017, 2041)
QUARTERS = [Period(year, quarter) for year in YEARS for quarter in (1, 2, 3, 4)]
PRINTED = {
    Obligation.Q1: (1, 28),
    Obligation.Q2: (4, 29),
    Obligation.Q3: (7, 29),
    Obligation.Q4: (10, 28),
}
DAY = datetime.timedelta(days=1)


def the_last_business_day(year: int, month: int) -> datetime.date:
    """Counted forward through the month, by the holidays of the federal government alone."""
    federal = holidays.country_holidays("US", years=year)
    weeks = months.Calendar().itermonthdates(year, month)
    open_days = [d for d in weeks if d.month == month and d.weekday() < 5 and d not in federal]
    return max(open_days)


@pytest.mark.parametrize("quarter", QUARTERS, ids=str)
def test_feedback_is_due_on_the_last_business_day_of_the_month_after(quarter: Period) -> None:
    found = due(quarter.fiscal_year, quarter.obligation)
    if quarter.fiscal_year == 2022:
        assert found.source is DueSource.CIRCULAR
        return
    month = {1: 1, 2: 4, 3: 7, 4: 10}[quarter.quarter]
    assert found == Due(the_last_business_day(quarter.fiscal_year, month), DueSource.RULE)
    assert found.on == _last_weekday(quarter.fiscal_year, month)  # no federal holiday ever lies there


def _last_weekday(year: int, month: int) -> datetime.date:
    weeks = months.monthcalendar(year, month)
    return datetime.date(year, month, max(week[day] for week in weeks for day in range(5)))


@pytest.mark.parametrize("obligation", PRINTED)
def test_what_the_circular_prints_wins_over_its_rule(obligation: Obligation) -> None:
    assert due(2022, obligation) == Due(datetime.date(2022, *PRINTED[obligation]), DueSource.CIRCULAR)


def test_in_two_quarters_of_2022_the_rule_would_say_otherwise() -> None:
    by_rule = {name: the_last_business_day(2022, month) for name, (month, _) in PRINTED.items()}
    assert [name for name in PRINTED if by_rule[name] != due(2022, name).on] == ["Q1", "Q4"]


@pytest.mark.parametrize("year", YEARS)
def test_annual_dates_are_those_of_the_circular(year: int) -> None:
    days = {entry.obligation: entry for entry in calendar(year, lambda named: None) if entry.period is None}
    assert {obligation: entry.due for obligation, entry in days.items()} == {
        Obligation.DESIGNATIONS: datetime.date(year - 1, 12, 31),
        Obligation.CAPACITY_ASSESSMENT: datetime.date(year, 2, 24),
        Obligation.DEEP_DIVE: datetime.date(year, 3, 31),
        Obligation.ACTION_PLAN: datetime.date(year, 5, 31),
    }
    assert {entry.source for entry in days.values()} == {DueSource.CIRCULAR}


def test_a_day_that_omb_set_wins_over_everything() -> None:
    set_days = {"2022-Q1": datetime.date(2022, 2, 4), "2026-action_plan": datetime.date(2026, 6, 15)}
    assert due(2022, Obligation.Q1, set_days.get) == Due(datetime.date(2022, 2, 4), DueSource.OMB)
    assert due(2026, Obligation.ACTION_PLAN, set_days.get) == Due(datetime.date(2026, 6, 15), DueSource.OMB)
    assert due(2026, Obligation.Q1, set_days.get).source is DueSource.RULE


@pytest.mark.parametrize(
    ("state", "document", "source"),
    [
        ("current", {"due_on": "2026-02-13"}, DueSource.OMB),
        ("ended", {"due_on": "2026-02-13"}, DueSource.RULE),
        ("current", None, DueSource.RULE),  # a check without a store assumes that records are there, and reads none
        ("current", {"due_on": "soon"}, DueSource.RULE),
        ("current", {}, DueSource.RULE),
        (None, None, DueSource.RULE),
    ],
)
def test_a_set_day_is_a_record_that_holds_until_it_is_ended(state: Any, document: Any, source: DueSource) -> None:
    def find(record_type: str, record_id: str) -> Known | None:
        assert (record_type, record_id) == ("due_date", "2026-Q1")
        return Known(state) if state else None

    def read(record_type: str, record_id: str) -> Any:
        return document

    assert due_for(2026, Obligation.Q1, find, read).source is source
    assert (set_by_omb(find, read)("2026-Q1") is not None) == (source is DueSource.OMB)


def test_quarters_follow_each_other_without_gap_or_overlap() -> None:
    for quarter in QUARTERS:
        assert quarter.next.first_day == quarter.last_day + DAY
        assert quarter.next.previous == quarter.previous.next == quarter
        assert quarter < quarter.next
        assert period(str(quarter)) == quarter
    assert [str(q.obligation) for q in QUARTERS[:4]] == ["Q1", "Q2", "Q3", "Q4"]


def test_every_day_lies_in_the_quarter_that_begins_before_and_ends_after_it() -> None:
    day = first_day(2019)
    while day < first_day(2029):
        quarter = period_of(day)
        assert quarter.first_day <= day <= quarter.last_day
        day += DAY


def test_a_fiscal_year_runs_from_october_to_september() -> None:
    assert (Period(2026, 1).first_day, Period(2026, 4).last_day) == (first_day(2026), first_day(2027) - DAY)
    assert first_day(2026) == datetime.date(2025, 10, 1)
    assert str(period_of(datetime.date(2025, 9, 30))) == "2025-Q4"
    assert str(period_of(datetime.date(2025, 10, 1))) == "2026-Q1"


def test_a_quarter_that_no_year_has_is_known_by_its_number() -> None:
    asked = ("2026-Q5", "2026-Q0", "2026-Q12", "2026-Q1", "2026-Q", "2026", "1999-Q5", "2026-q5", "")
    assert [quarter_amiss(text) for text in asked] == ["5", "0", "12", *[None] * 6]


@pytest.mark.parametrize("text", ["2026-Q5", "2026-Q0", "2026Q1", "2026-q1", "1999-Q1", "2026-Q1 ", "٢٠٢٦-Q1", ""])
def test_what_names_no_quarter_is_none(text: str) -> None:
    assert period(text) is None


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-31T04:59:59.999999Z", "2026-01-30"),  # eastern standard time: five hours behind
        ("2026-01-31T05:00:00.000000Z", "2026-01-31"),
        ("2026-07-31T03:59:59.999999Z", "2026-07-30"),  # daylight saving time: four
        ("2026-07-31T04:00:00.000000Z", "2026-07-31"),
        ("2026-03-08T04:59:59.999999Z", "2026-03-07"),  # the day on which clocks go forward
        ("2026-03-09T03:59:59.999999Z", "2026-03-08"),
        ("2026-03-09T04:00:00.000000Z", "2026-03-09"),
        ("2026-11-01T03:59:59.999999Z", "2026-10-31"),  # the day on which they go back
        ("2026-11-02T04:59:59.999999Z", "2026-11-01"),
        ("2026-11-02T05:00:00.000000Z", "2026-11-02"),
    ],
)
def test_the_day_is_that_of_washington(moment: str, day: str) -> None:
    assert day_of(moment).isoformat() == day


def test_a_day_ends_where_the_next_begins_whatever_the_clocks_do() -> None:
    day = datetime.date(2026, 1, 1)
    hours = set()
    while day < datetime.date(2027, 1, 1):
        end = end_of_day(day)
        assert washington_day(end - datetime.timedelta(microseconds=1)) == day
        assert washington_day(end) == day + DAY
        hours.add((end - end_of_day(day - DAY)).total_seconds() / 3600)
        day += DAY
    assert hours == {23, 24, 25}


def test_the_year_before_a_leap_day_has_none() -> None:
    assert year_before(datetime.date(2028, 2, 29)) == datetime.date(2027, 2, 28)
    assert year_before(datetime.date(2029, 2, 28)) == datetime.date(2028, 2, 28)
