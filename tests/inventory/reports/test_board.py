"""Who owes what: by the ledger, on both engines, for operators and for everyone."""

import datetime
from typing import Any

import pytest

from inventory.codes import Obligation
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.reports.board import Owed, board, span
from inventory.writes.change import Attestation, Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR
from tests.support.builders import a_designation, a_due_date, a_feedback, a_provider, a_service, with_organizations

ID = "dos-ca/dos-ca-passports/2026-Q1"
REVIEWER = Actor("omb", Role.OMB_REVIEWER)
BEFORE = datetime.datetime(2025, 11, 3, 17, tzinfo=datetime.UTC)
TODAY = datetime.date(2026, 6, 1)


class Office:
    """A store, and a clock that is set before each act."""

    def __init__(self, store: Store) -> None:
        self.store, self.at = store, BEFORE

    def act(self, action: str, document: Any = None, record: str = f"feedback/{ID}", **more: Any) -> None:
        record_type, _, record_id = record.partition("/")
        change = Change(record_type=record_type, record_id=record_id, action=action, document=document, **more)
        append(self.store, REVIEWER if action in ("accept", "return") else OPERATOR, lambda: self.at, change)

    def on(self, day: str) -> "Office":
        self.at = datetime.datetime.fromisoformat(f"{day}T17:00:00+00:00")
        return self

    def save(self, **changes: Any) -> "Office":
        self.act("save", a_feedback(**changes))
        return self

    def submit(self) -> "Office":
        self.act("submit", attestation=Attestation("A synthetic name", "Director"))
        return self

    def publish(self) -> None:
        self.act("accept")
        self.act("publish")

    def tells(self, *, sees_all: bool = True, today: datetime.date = TODAY, **more: Any) -> Owed:
        asked = span("2026-Q1")
        assert asked is not None
        found = board(self.store, asked, today, sees_all=sees_all, **more)
        return next(owed for owed in found if owed.period == "2026-Q1")

    def both(self, **more: Any) -> tuple[str, str]:
        """The status as operators and as everyone reads it."""
        return self.tells(**more).status, self.tells(sees_all=False, **more).status


@pytest.fixture
def office(store: Store) -> Office:
    made = Office(store)
    with_organizations(store, at=lambda: BEFORE)
    made.act("save", a_service(), record="service/dos-ca-passports")
    made.act("publish", record="service/dos-ca-passports")
    made.act("save", a_provider(), record="provider/dos-ca")
    made.act("save", a_designation(), record="designation/dos-ca/dos-ca-passports/2026")
    return made


def test_what_was_submitted_is_internal_until_it_is_published(office: Office) -> None:
    assert office.both(today=datetime.date(2026, 1, 20)) == ("due in 10 days", "due in 10 days")
    assert office.both() == ("missing", "not published")
    office.on("2026-01-20").save().submit()
    assert office.both(today=datetime.date(2026, 1, 20)) == ("on time", "due in 10 days")
    assert office.both() == ("on time", "not published")
    hidden = office.tells(sees_all=False)
    assert (hidden.state, hidden.submitted_on) == (None, None)
    office.on("2026-03-01").publish()
    assert office.both() == ("on time", "on time")
    shown = office.tells(sees_all=False)
    assert (shown.state, shown.submitted_on) == ("published", datetime.date(2026, 1, 20))


def test_a_draft_is_nothing_yet(office: Office) -> None:
    office.on("2026-01-20").save()
    assert office.tells().status == "missing" and office.tells().state is None


def test_late_is_counted_in_washington_from_the_day_omb_set(office: Office) -> None:
    office.at = datetime.datetime(2026, 2, 14, 4, 59, tzinfo=datetime.UTC)  # still the 13th there
    office.save().submit()
    assert office.tells().status == "late by 14 days"
    office.act("save", a_due_date(), record="due_date/2026-Q1")
    owed = office.tells()
    assert (owed.status, owed.source, owed.due) == ("on time", "omb", datetime.date(2026, 2, 13))
    office.act("end", record="due_date/2026-Q1", note="The rule holds")
    assert office.tells().status == "late by 14 days"


def test_a_recalled_submission_came_to_nothing_until_it_comes_again(office: Office) -> None:
    office.on("2026-01-20").save().submit().act("recall")
    assert office.tells().status == "missing"
    office.on("2026-03-20").submit()
    assert office.tells().status == "on time"  # the first submission counts


def test_what_was_returned_stays_on_time_while_it_is_mended(office: Office) -> None:
    office.on("2026-01-20").save().submit()
    office.on("2026-02-20").act("return", note="The phone channel is missing")
    assert (office.tells().status, office.tells().state) == ("on time", "returned")
    office.save(customers=5001)
    assert (office.tells().status, office.tells().state) == ("on time", "draft")


def test_a_restatement_is_never_late_and_never_missing(office: Office) -> None:
    office.on("2026-01-20").save().submit().publish()
    office.on("2026-05-20").act("restate", note="Answers on paper came late")
    assert office.both() == ("on time", "on time")
    assert office.tells(sees_all=False).state == "published"
    office.submit()
    office.act("recall")
    assert office.both() == ("on time", "on time")


def test_a_restatement_is_judged_by_what_it_says(office: Office) -> None:
    office.on("2026-01-20").save(gaps=[{"reason": "The phone channel"}]).submit().publish()
    assert office.both() == ("partial", "partial")
    office.on("2026-05-20").act("restate", a_feedback(), note="The phone channel came")
    assert office.both() == ("partial", "partial")
    office.submit()
    assert office.both() == ("on time", "partial")


def test_what_was_withdrawn_is_so_on_every_day(office: Office) -> None:
    office.on("2026-01-20").save().submit().publish()
    position = office.store.chain().public_seq
    office.on("2026-05-20").act("withdraw", note="The survey was flawed")
    assert office.both() == ("withdrawn", "withdrawn")
    assert office.tells(sees_all=False, upto=position).status == "withdrawn"


def test_the_public_reads_it_as_on_a_day(office: Office) -> None:
    before = office.store.chain().public_seq
    office.on("2026-01-20").save().submit().publish()
    assert office.tells(sees_all=False, upto=before).status == "not published"
    assert office.tells(sees_all=False).status == "on time"


def test_reporting_starts_where_provider_and_designation_say(office: Office) -> None:
    office.act("save", a_provider(reporting_starts="2026-Q2"), record="provider/dos-ca")
    assert office.both() == ("not yet reporting", "not yet reporting")
    office.act("save", a_provider(), record="provider/dos-ca")
    office.act("save", a_designation(first_quarter=2), record="designation/dos-ca/dos-ca-passports/2026")
    assert office.both() == ("not yet reporting", "not yet reporting")


@pytest.mark.parametrize(("last", "quarters"), [(1, ["2026-Q1"]), (3, ["2026-Q1", "2026-Q2", "2026-Q3"]), (None, [])])
def test_an_ended_designation_owes_nothing_after_its_last_quarter(
    office: Office, last: int | None, quarters: list[str]
) -> None:
    record = "designation/dos-ca/dos-ca-passports/2026"
    office.act("save", a_designation(ended_after=last, ended_reason="Merged" if last else None), record=record)
    office.act("end", record=record, note="Merged")
    assert [owed.period for owed in everything(office) if owed.period] == quarters


def everything(office: Office, **more: Any) -> list[Owed]:
    asked = span("2026")
    assert asked is not None
    return board(office.store, asked, TODAY, sees_all=True, **more)


def test_a_fiscal_year_is_its_quarters_and_what_is_due_once(office: Office) -> None:
    told = {str(owed.obligation): owed.status for owed in everything(office)}
    assert told == {
        "Q1": "missing",
        "Q2": "missing",
        "Q3": "not due",
        "Q4": "not due",
        "designations": "partial",
        "capacity_assessment": "past due, not tracked here",
        "deep_dive": "past due, not tracked here",
        "action_plan": "past due, not tracked here",
    }
    assert everything(office, provider_id="nobody") == []


def test_fewer_than_two_designations_is_told_of_the_provider(office: Office) -> None:
    def designations() -> Owed:
        return next(owed for owed in everything(office) if owed.obligation is Obligation.DESIGNATIONS)

    assert (designations().status, designations().note) == ("partial", "1 of at least 2 designated")
    office.on("2026-01-10")
    office.act("save", a_service(service_id="dos-ca-visas"), record="service/dos-ca-visas")
    office.act("publish", record="service/dos-ca-visas")
    second = a_designation(service_id="dos-ca-visas")
    office.act("propose", second, record="designation/dos-ca/dos-ca-visas/2026")
    assert designations().status == "partial"
    office.act("confirm", record="designation/dos-ca/dos-ca-visas/2026")
    assert (designations().status, designations().note) == ("late by 10 days", None)
    office.act("save", a_provider(active=False), record="provider/dos-ca")
    assert [owed for owed in everything(office) if owed.period is None] == []


def test_a_provider_of_a_later_year_is_not_yet_reporting(office: Office) -> None:
    office.act("save", a_provider(first_designated_fy=2027), record="provider/dos-ca")
    assert {owed.status for owed in everything(office) if owed.period is None} == {"not yet reporting"}


@pytest.mark.parametrize("text", ["", "2026-Q5", "26", "1999", "2026-Q1-Q1", "2026-"])
def test_what_names_no_span_is_none(text: str) -> None:
    assert span(text) is None


def test_a_quarter_goes_with_the_designations_of_its_year() -> None:
    asked = span("2026-Q3")
    assert asked is not None and [str(q) for q in asked.quarters] == ["2026-Q3"]
    assert asked.annual == (Obligation.DESIGNATIONS,)
