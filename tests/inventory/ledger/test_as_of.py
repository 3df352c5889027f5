"""Counts and pages of what is or was public, on both engines."""

import datetime

import pytest
from sqlalchemy import Engine, event

from inventory.ledger.as_of import position_on, public_counts, public_page_at
from inventory.ledger.store import Published, Store
from inventory.records.registry import INVENTORY
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import NOON, OPERATOR, now
from tests.support.builders import a_service, an_organization

IDS = [f"dos-ca-{letter}" for letter in "abcde"]


def act(store: Store, action: str, record_id: str) -> None:
    append(store, OPERATOR, now, Change(record_type="service", record_id=record_id, action=action, note="why"))


@pytest.fixture
def ready(store: Store) -> Store:
    documents = [("organization", "dos-ca", an_organization(parent_id=None))]
    documents += [("service", record_id, a_service(service_id=record_id)) for record_id in IDS]
    for record_type, record_id, document in documents:
        change = Change(record_type=record_type, record_id=record_id, action="save", document=document)
        append(store, OPERATOR, now, change)
    for record_id in IDS[:4]:
        act(store, "publish", record_id)
    return store


def told(found: list[Published]) -> list[tuple[str, str]]:
    return [(item.record_id[-1], item.state) for item in found]


def test_what_is_public_is_counted(ready: Store) -> None:
    assert public_counts(ready) == dict.fromkeys(INVENTORY, 0) | {"organization": 1, "service": 4}
    act(ready, "withdraw", IDS[0])
    assert public_counts(ready)["service"] == 3


def test_a_position_shows_what_was_public_then(ready: Store) -> None:
    before = ready.chain().public_seq
    act(ready, "retire", IDS[1])
    act(ready, "withdraw", IDS[2])
    act(ready, "publish", IDS[4])
    published = [(letter, "published") for letter in "abd"]
    assert told(public_page_at(ready, "service", before)) == published
    after = ready.chain().public_seq
    now_public = [("a", "published"), ("b", "retired"), ("d", "published"), ("e", "published")]
    assert told(public_page_at(ready, "service", after)) == now_public
    assert told(public_page_at(ready, "service", after, states=["retired"])) == [("b", "retired")]
    assert told(public_page_at(ready, "service", 3)) == [("a", "published"), ("b", "published")]


def test_pages_are_full_and_neither_skip_nor_repeat(ready: Store) -> None:
    act(ready, "withdraw", IDS[1])
    upto, seen, after = ready.chain().public_seq, [], ""
    while items := public_page_at(ready, "service", upto, after, 2):
        seen.append([item.record_id[-1] for item in items])
        after = items[-1].record_id
    assert seen == [["a", "c"], ["d"]]


def test_a_page_is_cut_in_the_database(ready: Store, engine: Engine) -> None:
    fetched: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: fetched.append(given[2]))
    public_page_at(ready, "service", 5, "", 1)
    [query] = [sql for sql in fetched if "bodies" in sql]
    assert "LIMIT" in query and "GROUP BY" not in query


@pytest.mark.parametrize("day", [datetime.date.min, datetime.date(2020, 1, 1), NOON.date(), datetime.date.max])
def test_any_day_has_a_position(ready: Store, day: datetime.date) -> None:
    assert position_on(ready, day) == (ready.chain().public_seq if day >= NOON.date() else 0)
