"""Schemas evolve: what was stored under an earlier version is read under today's, and its bytes stay as they are."""

import json
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, Document, model
from inventory.schema.fields import Part, about
from inventory.schema.scalars import Line, Slug
from inventory.validation.check import check
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.random_types import a_type

BODIES = Path(__file__).parent / "bodies"


class Before(Part, frozen=True, kw_only=True):
    """A type as it was."""

    thing_id: Annotated[Slug, about("Id", "Of the thing.", key=True)]
    title: Annotated[Line, about("Title", "Of the thing.")]


class After(Part, frozen=True, kw_only=True):
    """The type as it is: the title is called name, and there is a kind."""

    thing_id: Annotated[Slug, about("Id", "Of the thing.", key=True)]
    name: Annotated[Line, about("Name", "Of the thing.")]
    kind: Annotated[Line, about("Kind", "Of the thing.")]


def renamed(old: Document) -> Document:
    return {("name" if key == "title" else key): value for key, value in old.items()}


def with_kind(old: Document) -> Document:
    return {**old, "kind": "unknown"}


ACTIONS = INVENTORY["provider"].actions
BEFORE = msgspec.structs.replace(a_type(Before, "thing", "things"), actions=ACTIONS)
AFTER = msgspec.structs.replace(a_type(After, "thing", "things"), actions=ACTIONS, upcasters=(renamed, with_kind))


def test_what_was_stored_before_is_read_as_today(store: Store) -> None:
    old, new = Store(store.engine, model(BEFORE)), Store(store.engine, model(AFTER))
    first = Change(record_type="thing", record_id="a", action="save", document={"thing_id": "a", "title": "T"})
    append(old, OPERATOR, now, first)
    assert (BEFORE.schema_version, AFTER.schema_version) == (1, 3)
    assert new.documents("thing", ["a"]) == {"a": {"thing_id": "a", "name": "T", "kind": "unknown"}}
    body = new.bodies([("thing", "a", 1)])["thing", "a", 1]
    assert (body["public_body"], body["schema_version"]) == (b'{"thing_id":"a","title":"T"}', 1)
    today = {"thing_id": "a", "name": "T", "kind": "good"}
    second = Change(record_type="thing", record_id="a", action="save", document=today, base_version=1)
    append(new, OPERATOR, now, second)
    assert [entry.schema_version for entry in new.log("thing", "a")] == [1, 3]
    assert new.documents("thing", ["a"]) == {"a": today}


VERSIONS = [(kind.name, version) for kind in INVENTORY.values() for version in range(1, kind.schema_version + 1)]


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_a_body_of_every_version_is_kept_and_read(name: str, version: int) -> None:
    kind = INVENTORY[name]
    stored: Any = json.loads((BODIES / f"{name}-v{version}.json").read_text("utf-8"))
    checked = check(kind, kind.upcast(stored, version))
    assert checked.problems == ()
    assert set(stored) == {field.name for field in kind.shape.fields} or version < kind.schema_version
