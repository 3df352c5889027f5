"""The rules of feedback at the gate: what the ledger itself tells of designations, days and what was public."""

import datetime

import pytest

from inventory.calendar.fiscal import day_of
from inventory.errors import Invalid
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor
from inventory.records.registry import Document
from inventory.validation.rules import Context, Find
from inventory.writes.change import Change
from inventory.writes.known import known_by
from inventory.writes.writer import append
from tests.conftest import OPERATOR
from tests.inventory.writes.test_feedback_lifecycle import ATTESTED, CERTIFIER, EDITOR, ID, REVIEWER
from tests.support.builders import (
    a_collection,
    a_designation,
    a_due_date,
    a_feedback,
    a_measure,
    a_provider,
    a_service,
    an_organization,
    codes,
)

ON_TIME = datetime.datetime(2026, 1, 20, 17, tzinfo=datetime.UTC)
TOO_LATE = datetime.datetime(2026, 2, 20, 17, tzinfo=datetime.UTC)
EARLIER = "feedback/dos-ca/dos-ca-passports/2025-Q4"


def known_in(store: Store) -> Find:
    """Return the lookup that rules use, over a store."""
    return lambda record_type, record_id: known_by(store.head(record_type, record_id))


class Desk:
    """Acts on a store at a time of its own."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, ON_TIME

    def act(self, actor: Actor, action: str, document: Document | None = None, record: str = f"feedback/{ID}") -> None:
        record_type, _, record_id = record.partition("/")
        attested = ATTESTED if action == "submit" else None
        reasoned = "Answers on paper came late" if action in ("restate", "end") else ""
        change = Change(
            record_type=record_type,
            record_id=record_id,
            action=action,
            document=document,
            attestation=attested,
            note=reasoned,
        )
        append(self.store, actor, lambda: self.now, change)

    def publish(self, document: Document) -> None:
        self.act(EDITOR, "save", document)
        self.act(CERTIFIER, "submit")
        self.act(REVIEWER, "accept")
        self.act(REVIEWER, "publish")

    def told(self, document: Document) -> set[str]:
        """The codes of what is told of a document today."""
        store, today = self.store, self.now.date()
        context = Context(today=today, find=known_in(store), read=store.newest, first_act=self.first_act)
        return codes("feedback", document, context)

    def first_act(self, record_type: str, record_id: str, action: str) -> datetime.date | None:
        entry = self.store.first_act(record_type, record_id, action)
        return day_of(entry.recorded_at) if entry else None


@pytest.fixture
def desk(store: Store) -> Desk:
    """A store that knows the provider, its designation and a service that nobody published yet."""
    desk = Desk(store)
    desk.act(OPERATOR, "save", an_organization(organization_id="dos", parent_id=None), "organization/dos")
    desk.act(OPERATOR, "save", an_organization(), "organization/dos-ca")
    desk.act(OPERATOR, "save", a_service(), "service/dos-ca-passports")
    desk.act(OPERATOR, "save", a_provider(), "provider/dos-ca")
    desk.act(OPERATOR, "save", a_designation(), "designation/dos-ca/dos-ca-passports/2026")
    return desk


def refused(desk: Desk, actor: Actor, action: str) -> set[str]:
    with pytest.raises(Invalid) as caught:
        desk.act(actor, action)
    return {problem.code for problem in caught.value.problems if problem.severity == "error"}


def test_feedback_on_a_service_that_nobody_can_see_is_accepted_but_not_published(desk: Desk) -> None:
    desk.act(EDITOR, "save", a_feedback())
    desk.act(CERTIFIER, "submit")
    desk.act(REVIEWER, "accept")
    assert refused(desk, REVIEWER, "publish") == {"service-not-public"}
    desk.act(OPERATOR, "publish", record="service/dos-ca-passports")
    desk.act(REVIEWER, "publish")
    assert desk.store.head("feedback", ID).public_state == "published"


def test_a_quarter_is_not_submitted_without_designation_nor_before_its_end(desk: Desk) -> None:
    desk.act(EDITOR, "save", a_feedback())
    desk.act(OPERATOR, "end", record="designation/dos-ca/dos-ca-passports/2026")
    desk.act(EDITOR, "save", a_feedback(fiscal_year=2027), "feedback/dos-ca/dos-ca-passports/2027-Q1")
    assert refused(desk, CERTIFIER, "submit") == {"not-designated"}
    with pytest.raises(Invalid) as caught:
        desk.act(CERTIFIER, "submit", record="feedback/dos-ca/dos-ca-passports/2027-Q1")
    told = {problem.code for problem in caught.value.problems if problem.severity == "error"}
    assert told == {"quarter-open", "outside-quarter", "not-designated"}


def test_a_designation_that_ended_still_covers_the_quarters_it_names(desk: Desk) -> None:
    named = "designation/dos-ca/dos-ca-passports/2026"
    desk.act(OPERATOR, "save", a_designation(ended_after=1), named)
    desk.act(OPERATOR, "end", record=named)
    desk.act(EDITOR, "save", a_feedback())
    desk.act(CERTIFIER, "submit")
    assert desk.store.head("feedback", ID).state == "submitted"


def test_only_a_first_submission_is_late(desk: Desk) -> None:
    desk.act(OPERATOR, "publish", record="service/dos-ca-passports")
    desk.act(EDITOR, "save", a_feedback())
    assert desk.told(a_feedback()) == set()
    desk.now = TOO_LATE
    assert desk.told(a_feedback()) == {"late"}
    desk.act(CERTIFIER, "submit")
    assert desk.told(a_feedback()) == {"late"}
    desk.act(REVIEWER, "accept")
    desk.act(REVIEWER, "publish")
    desk.act(EDITOR, "restate")
    assert desk.told(a_feedback()) == set()


def test_what_was_submitted_in_time_and_returned_is_not_late(desk: Desk) -> None:
    desk.act(OPERATOR, "publish", record="service/dos-ca-passports")
    desk.act(EDITOR, "save", a_feedback())
    desk.act(CERTIFIER, "submit")
    desk.act(CERTIFIER, "recall")
    desk.now = TOO_LATE
    assert desk.told(a_feedback()) == set()


def test_a_due_date_that_omb_set_holds_until_it_ends(desk: Desk) -> None:
    desk.act(OPERATOR, "publish", record="service/dos-ca-passports")
    desk.act(OPERATOR, "save", a_due_date(due_on="2026-01-19"), "due_date/2026-Q1")
    assert desk.told(a_feedback()) == {"late"}
    desk.act(OPERATOR, "end", record="due_date/2026-Q1")
    assert desk.told(a_feedback()) == set()


def test_a_shift_is_seen_against_the_newest_of_the_quarter_before(desk: Desk) -> None:
    desk.act(OPERATOR, "publish", record="service/dos-ca-passports")
    days = {"collected_from": "2025-07-01", "collected_to": "2025-09-30"}
    low = a_collection(measures=[a_measure("ease", [80, 40, 10, 0, 0])], **days)
    desk.act(EDITOR, "save", a_feedback(fiscal_year=2025, quarter=4, collections=[low]), EARLIER)
    assert desk.told(a_feedback()) == {"shifted"}


def test_a_store_knows_whether_a_provider_has_any_feedback(desk: Desk) -> None:
    assert not desk.store.any_below("feedback", "dos-ca")
    desk.act(EDITOR, "save", a_feedback())
    assert desk.store.any_below("feedback", "dos-ca")
    assert not desk.store.any_below("feedback", "dos")
    assert not desk.store.any_below("feedback", "dos-c")


def test_a_provider_is_asked_when_it_starts_until_there_is_feedback(desk: Desk) -> None:
    store, provider = desk.store, a_provider(reporting_starts=None)

    def told() -> set[str]:
        context = Context(
            today=ON_TIME.date(),
            find=known_in(store),
            read=store.newest,
            any_below=store.any_below,
        )
        return codes("provider", provider, context)

    assert told() == {"target-date-missing"}
    desk.act(EDITOR, "save", a_feedback())
    assert told() == set()
