"""The feed by sight: every entry in it once, in order, whoever writes meanwhile; versions and receipts likewise."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.changes import Change
from inventory.engines import create_tables, open_engine
from inventory.feed import seen_entries
from inventory.lifecycle import Actor, Role
from inventory.record_types import INVENTORY
from inventory.store import Store
from inventory.writing import append
from tests.api.writing import Site, writing_site
from tests.builders import a_provider, a_service
from tests.conftest import OPERATOR, now
from tests.inventory.test_store import save

SERVICE = "/services/dos-ca-passports"


def act(store: Store, action: str, record_id: str = "dos-ca-passports", **more: Any) -> str:
    change = Change(record_type="service", record_id=record_id, action=action, **more)
    return append(store, OPERATOR, now, change)[0].link


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(store, tmp_path) as made:
        save(store, "service", a_service())
        act(store, "publish")
        save(store, "service", a_service(name="Secretum"))
        save(store, "service", a_service(service_id="usda-secret", organization_id="usda"))
        yield made


def told(site: Site, holder: str | None, path: str = "/changes") -> list[tuple[str, str]]:
    items = site.ask("GET", path, holder).json()["items"]
    return [(item["record_id"], item["state"]) for item in items if item["record_type"] == "service"]


PUBLISHED, DRAFT = ("dos-ca-passports", "published"), ("dos-ca-passports", "draft")


@pytest.mark.parametrize(
    ("holder", "seen"),
    [
        (None, [PUBLISHED]),
        ("omb_admin", [PUBLISHED]),
        ("editor", [DRAFT, PUBLISHED, DRAFT]),
        ("editor above", [DRAFT, PUBLISHED, DRAFT]),
        ("foreign editor", [PUBLISHED, ("usda-secret", "draft")]),
    ],
)
def test_an_entry_is_judged_by_its_own_state(site: Site, holder: str | None, seen: list[tuple[str, str]]) -> None:
    assert told(site, holder) == told(site, holder, "/changes?record_type=service") == seen
    lines = site.ask("GET", "/changes?record_type=service", holder, headers={"Accept": "application/x-ndjson"})
    assert lines.text.count("\n") == len(seen)


def test_who_did_it_is_told_to_their_own_and_omb(site: Site) -> None:
    for holder, knows in ((None, False), ("foreign editor", False), ("editor", True), ("omb_reviewer", True)):
        items = site.ask("GET", "/changes?record_type=service", holder).json()["items"]
        item = next(item for item in items if item["state"] == "published")
        assert ("actor" in item) is knows


def test_versions_go_by_sight(site: Site) -> None:
    for holder, count, second in (
        (None, 1, 404),
        ("omb_admin", 1, 404),
        ("foreign editor", 1, 404),
        ("editor", 3, 200),
    ):
        assert len(site.ask("GET", f"{SERVICE}/versions", holder).json()["items"]) == count
        assert site.ask("GET", f"{SERVICE}/versions/2", holder).status_code == second
        assert site.ask("GET", f"{SERVICE}/versions/1", holder).status_code == 200
    assert site.ask("GET", f"{SERVICE}/versions/2", "editor").json()["name"] == "Secretum"
    assert site.ask("GET", "/services/usda-secret/versions", "editor").status_code == 404


def test_receipts_go_by_sight(site: Site) -> None:
    link = site.store.log("service", "dos-ca-passports")[-1].link
    for holder, status in ((None, 404), ("omb_admin", 404), ("foreign editor", 404), ("editor above", 200)):
        assert site.ask("GET", f"/receipts/{link}", holder).status_code == status


def test_what_moves_leaves_its_past_with_whom_it_was(site: Site) -> None:
    before = told(site, "editor")
    moved = a_service(name="Secretum", organization_id="usda")
    act(site.store, "transfer", document=moved)
    assert told(site, "editor") == before
    assert told(site, "foreign editor")[-1] == DRAFT and len(told(site, "foreign editor")) == 3


def test_a_provider_s_feedback_is_whose_the_provider_was(store: Store, tmp_path: Path) -> None:
    with writing_site(store, tmp_path) as site:
        save(store, "provider", a_provider())
        save(store, "service", a_service())
        proposal = {"provider_id": "dos-ca", "service_id": "dos-ca-passports", "fiscal_year": 2026}
        assert site.ask("PUT", "/designations/dos-ca/dos-ca-passports/2026", "editor", json=proposal).is_success
        path = "/changes?record_type=designation"
        assert len(site.ask("GET", path, "editor").json()["items"]) == 1
        save(store, "provider", a_provider(organization_id="usda"))
        assert len(site.ask("GET", path, "editor").json()["items"]) == 1
        assert site.ask("GET", path, "foreign editor").json()["items"] == []


ACTORS = (Actor("e", Role.EDITOR, "dos-ca"), Actor("f", Role.EDITOR, "usda"), Actor("o", Role.OMB_ADMIN))
STEPS = st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=12)


@settings(max_examples=12, deadline=None)
@given(rounds=st.lists(STEPS, min_size=1, max_size=4), limit=st.integers(1, 4))
def test_pages_neither_skip_nor_repeat_while_others_write(rounds: list[list[tuple[str, bool]]], limit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/ledger.db")
        create_tables(engine)
        store = Store(engine, INVENTORY)
        with writing_site(store, Path(folder)) as site:
            _walk(site, rounds, limit)
        engine.dispose()


def _walk(site: Site, rounds: list[list[tuple[str, bool]]], limit: int) -> None:
    """Turn pages of the feed and of lists while services are made, changed and published between them."""
    for name in "bd":
        save(site.store, "service", a_service(service_id=f"s-{name}"))
    at_first = {"s-b", "s-d"}
    feeds: dict[int, tuple[list[int], int]] = {place: ([], 0) for place in range(len(ACTORS))}
    listed, cursor, done = [], "", False
    for steps in [*rounds, *([[]] * sum(map(len, rounds)) * 2), *([[]] * 12)]:
        for place, actor in enumerate(ACTORS):
            seen, since = feeds[place]
            items, following = seen_entries(site.store, actor, since, limit)
            feeds[place] = ([*seen, *(item.entry.seq for item in items)], following)
        if not done:
            page = site.ask("GET", f"/services?state=draft&limit={limit}{cursor}", "editor").json()
            listed += [item["service_id"] for item in page["items"]]
            done, cursor = page["next"] is None, f"&cursor={page['next']}"
        for name, publishes in steps:
            save(site.store, "service", a_service(service_id=f"s-{name}"))
            if publishes and f"s-{name}" not in at_first:
                act(site.store, "publish", f"s-{name}")
    assert done and listed == sorted(set(listed)) and at_first <= set(listed)
    for place, actor in enumerate(ACTORS):
        whole, _ = seen_entries(site.store, actor, 0, 10_000)
        assert feeds[place][0] == [item.entry.seq for item in whole]
