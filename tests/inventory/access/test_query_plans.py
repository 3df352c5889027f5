"""A page costs what it holds: whatever a list asks SQLite, no body is looked up but those that are shown."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from inventory.access.records import seen_page
from inventory.ledger.as_of import public_of_at, public_page_at
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import SERVICE

STATES = ("draft", "published", "retired")
SOME = ["dos-ca-passports", "usda-loans"]
OMB = Actor("Reviewer", Role.OMB_REVIEWER)
EDITOR = Actor("Editor", Role.EDITOR, "dos-ca")
LISTS: dict[str, Callable[[Store], Any]] = {
    "public": lambda store: store.public_page("service", STATES, "a", 100),
    "public, by id": lambda store: store.public_of("service", SOME),
    "public on a day": lambda store: public_page_at(store, "service", 10, "a", 100, STATES),
    "public on a day, by id": lambda store: public_of_at(store, "service", 10, SOME),
    "newest, by id": lambda store: store.documents("service", SOME),
    "seen by OMB": lambda store: seen_page(store, OMB, SERVICE, STATES, "a", 100),
    "seen by OMB, unpublished": lambda store: seen_page(store, OMB, SERVICE, STATES, "a", 100, is_public=False),
    "seen by an editor": lambda store: seen_page(store, EDITOR, SERVICE, STATES, "a", 100),
    "seen by an editor, of one owner": lambda store: seen_page(store, EDITOR, SERVICE, STATES, "a", 100, "usda"),
    "seen by an editor, by id": lambda store: seen_page(store, EDITOR, SERVICE, STATES, "a", 100, among=SOME),
}


@pytest.fixture
def asked(sqlite_store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Every query that SQLite is asked, with its values."""
    found: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            found.append((statement, values))

    event.listen(sqlite_store.engine, "before_cursor_execute", listen)
    yield found
    event.remove(sqlite_store.engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("name", LISTS)
def test_bodies_are_found_by_their_whole_key(sqlite_store: Store, asked: list[tuple[str, Any]], name: str) -> None:
    LISTS[name](sqlite_store)
    assert asked
    with sqlite_store.engine.connect() as connection:
        steps = [step for query, values in list(asked) for step in plan(connection, query, values)]
    of_bodies = [step for step in steps if re.search(r"\bbodies\b", step)]
    assert of_bodies and all("record_id=? AND version=?" in step for step in of_bodies), of_bodies


def plan(connection: Connection, query: str, values: Any) -> list[str]:
    return [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"), values)]
