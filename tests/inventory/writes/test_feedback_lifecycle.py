"""A quarter's way: attested, looked at by another, published, restated, withdrawn; each step by who may take it."""

import datetime
from typing import Any

import pytest

from inventory.errors import Invalid, NotAllowed, Withdrawn, WrongState
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import FEEDBACK
from inventory.validation.check import canonical
from inventory.writes.change import Attestation, Change, Receipt
from inventory.writes.writer import append
from tests.conftest import OPERATOR
from tests.support.builders import (
    a_collection,
    a_designation,
    a_feedback,
    a_measure,
    a_provider,
    a_service,
    with_organizations,
)

ID = "dos-ca/dos-ca-passports/2026-Q1"
ATTESTED = Attestation("A synthetic name", "Director")
EDITOR = Actor("ed", Role.EDITOR, "dos-ca")
CERTIFIER = Actor("cert", Role.CERTIFIER, "dos-ca")
REVIEWER = Actor("omb", Role.OMB_REVIEWER)
ADMIN = Actor("admin", Role.OMB_ADMIN)


def now() -> datetime.datetime:
    """After the quarter's end, before it is due."""
    return datetime.datetime(2026, 1, 20, 17, tzinfo=datetime.UTC)


@pytest.fixture
def ready(store: Store) -> Store:
    """A store that knows the provider, its published service and the designation."""
    with_organizations(store)
    act(store, OPERATOR, "save", a_service(), record="service/dos-ca-passports")
    act(store, OPERATOR, "publish", record="service/dos-ca-passports")
    act(store, OPERATOR, "save", a_provider(), record="provider/dos-ca")
    act(store, OPERATOR, "save", a_designation(), record="designation/dos-ca/dos-ca-passports/2026")
    return store


def act(store: Store, actor: Actor, action: str, document: Any = None, **more: Any) -> Receipt:
    record_type, _, record_id = more.pop("record", f"feedback/{ID}").partition("/")
    change = Change(record_type=record_type, record_id=record_id, action=action, document=document, **more)
    return append(store, actor, now, change)[0]


def published(store: Store) -> Store:
    act(store, EDITOR, "save", a_feedback())
    act(store, CERTIFIER, "submit", attestation=ATTESTED)
    act(store, REVIEWER, "accept")
    act(store, REVIEWER, "publish")
    return store


def test_a_quarter_becomes_public_step_by_step(ready: Store) -> None:
    published(ready)
    states = [entry.state for entry in ready.log("feedback", ID)]
    assert states == ["draft", "submitted", "accepted", "published"]
    submitted = ready.log("feedback", ID)[1]
    assert (submitted.actor, submitted.note) == ("cert", "attested by A synthetic name, Director")
    assert b"private@example.gov" not in ready.public("feedback", ID).body


def test_submitting_asks_for_who_stands_for_it_and_nothing_else_does(ready: Store) -> None:
    act(ready, EDITOR, "save", a_feedback())
    with pytest.raises(NotAllowed, match="submit asks for name and title"):
        act(ready, CERTIFIER, "submit")
    act(ready, CERTIFIER, "submit", attestation=ATTESTED)
    with pytest.raises(NotAllowed, match="recall takes no name and title"):
        act(ready, CERTIFIER, "recall", attestation=ATTESTED)


def test_whoever_submitted_does_not_accept(ready: Store) -> None:
    act(ready, EDITOR, "save", a_feedback())
    act(ready, OPERATOR, "submit", attestation=ATTESTED)
    with pytest.raises(NotAllowed, match="accept is for another holder than the one of submit"):
        act(ready, OPERATOR, "accept")
    with pytest.raises(NotAllowed, match="accept is for another holder"):
        act(ready, Actor(OPERATOR.holder.upper(), Role.OMB_REVIEWER), "accept")
    act(ready, REVIEWER, "accept")


def test_both_halves_in_one_transaction_are_still_two_holders_work(ready: Store) -> None:
    act(ready, EDITOR, "save", a_feedback())
    halves = [
        Change(record_type="feedback", record_id=ID, action="submit", attestation=ATTESTED),
        Change(record_type="feedback", record_id=ID, action="accept"),
    ]
    with pytest.raises(NotAllowed, match="another holder"):
        append(ready, OPERATOR, now, *halves)


def test_what_is_returned_is_saved_and_submitted_again(ready: Store) -> None:
    act(ready, EDITOR, "save", a_feedback())
    act(ready, CERTIFIER, "submit", attestation=ATTESTED)
    act(ready, REVIEWER, "return", note="The phone channel is missing")
    with pytest.raises(WrongState, match="is returned; submit starts from draft: save first"):
        act(ready, CERTIFIER, "submit", attestation=ATTESTED)
    act(ready, EDITOR, "save", a_feedback(customers=5001))
    act(ready, CERTIFIER, "submit", attestation=ATTESTED)
    act(ready, CERTIFIER, "recall")
    assert ready.head("feedback", ID).state == "draft"


def test_a_restatement_leaves_the_old_figure_public_and_findable(ready: Store) -> None:
    published(ready)
    old = ready.public("feedback", ID)
    receipt = act(ready, EDITOR, "restate", note="Answers on paper came late")
    assert (receipt.version, receipt.state) == (2, "draft")
    assert ready.newest("feedback", ID) == ready.documents("feedback", [ID])[ID]  # it goes on from what it was
    act(ready, EDITOR, "save", a_feedback(customers=6000))
    assert ready.public("feedback", ID).body == old.body
    act(ready, CERTIFIER, "submit", attestation=ATTESTED)
    act(ready, REVIEWER, "accept")
    act(ready, REVIEWER, "publish")
    assert b'"customers":6000' in ready.public("feedback", ID).body
    assert ready.public("feedback", ID, old.public_seq).body == old.body


def test_restating_goes_on_from_what_was_published(ready: Store) -> None:
    published(ready)
    act(ready, EDITOR, "restate", note="Answers on paper came late")
    assert ready.newest("feedback", ID) == canonical(FEEDBACK, a_feedback(), ID)


def test_what_is_withdrawn_is_gone_on_every_day(ready: Store) -> None:
    published(ready)
    position = ready.chain().public_seq
    act(ready, ADMIN, "withdraw", note="The survey was flawed")
    for upto in (None, position):
        with pytest.raises(Withdrawn):
            ready.public("feedback", ID, upto)


def test_few_answers_stay_private_and_come_back_whole_to_their_owner(ready: Store) -> None:
    few = a_collection(collection_id="phone", channel="phone", respondents=4, measures=[few_trust()])
    document = a_feedback(collections=[a_collection(), few])
    act(ready, EDITOR, "save", document)
    act(ready, CERTIFIER, "submit", attestation=ATTESTED)
    act(ready, REVIEWER, "accept")
    act(ready, REVIEWER, "publish")
    assert ready.newest("feedback", ID) == canonical(FEEDBACK, document, ID)
    assert b"[0,0,1,1,2]" not in ready.public("feedback", ID).body
    assert b'"respondents":4' not in ready.public("feedback", ID).body
    assert b'"withheld":true' in ready.public("feedback", ID).body


def test_a_restatement_gives_away_nothing_few_by_what_was_public_before(ready: Store) -> None:
    def with_ease(name: str, counts: list[int]) -> Any:
        others = [measure for measure in a_collection()["measures"] if measure["measure"] != "ease"]
        unit = None if name == "all" else name
        return a_collection(collection_id=name, unit=unit, measures=[*others, a_measure("ease", counts)])

    act(ready, EDITOR, "save", a_feedback(collections=[with_ease("all", [0, 0, 5, 10, 10])]))
    act(ready, CERTIFIER, "submit", attestation=ATTESTED)
    act(ready, REVIEWER, "accept")
    act(ready, REVIEWER, "publish")
    act(ready, EDITOR, "restate", note="By channel")
    phone = with_ease("phone", [0, 0, 3, 1, 1])
    act(ready, EDITOR, "save", a_feedback(collections=[with_ease("online", [0, 0, 2, 9, 9]), phone]))
    act(ready, CERTIFIER, "submit", attestation=ATTESTED)
    act(ready, REVIEWER, "accept")
    act(ready, REVIEWER, "publish")
    body = ready.public("feedback", ID).body
    assert b"[0,0,2,9,9]" not in body and b"[0,0,3,1,1]" not in body


def few_trust() -> dict[str, Any]:
    statement = "This interaction increased my trust in Consular Affairs."
    return {"measure": "trust", "scale": "likert_5", "question": 1, "statement": statement, "counts": [0, 0, 1, 1, 2]}


def test_errors_keep_it_from_being_submitted(ready: Store) -> None:
    collection = a_collection(collected_from=None)
    act(ready, EDITOR, "save", a_feedback(collections=[collection]))
    with pytest.raises(Invalid) as refused:
        act(ready, CERTIFIER, "submit", attestation=ATTESTED)
    told = {(problem.code, problem.pointer) for problem in refused.value.problems if problem.severity == "error"}
    assert told == {("needed-to-publish", "/collections/0/collected_from")}
    assert ready.head("feedback", ID).state == "draft"
