"""The feed by sight: every entry in it once, in order, whoever writes meanwhile; versions and receipts likewise."""

import datetime
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.access.feed import seen_entries
from inventory.calendar.fiscal import washington_day
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import NOON, OPERATOR, now
from tests.inventory.ledger.test_store import save
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_provider, a_service
from tests.support.quarters import a_quarter, publish_quarter, with_designations

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


@pytest.mark.parametrize("accept", ["*/*", "application/x-ndjson", "text/csv"])
@pytest.mark.parametrize(("holder", "feed"), [(None, "the public feed"), ("editor", "the feed with a key")])
def test_who_goes_on_from_beyond_the_end_of_the_feed_is_told_where_it_ends(
    site: Site, holder: str | None, feed: str, accept: str
) -> None:
    chain, headers = site.store.chain(), {"Accept": accept}
    last = chain.seq if holder else chain.public_seq
    assert chain.seq > chain.public_seq
    at_end = site.ask("GET", f"/changes?since={last}", holder, headers=headers)
    assert at_end.status_code == 200 and (accept != "*/*" or at_end.json() == {"items": [], "next": last})
    beyond = site.ask("GET", f"/changes?since={last + 1}", holder, headers=headers)
    assert beyond.status_code == 400
    assert beyond.json()["detail"] == f"since must be at most {last}, where {feed} ends now"


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
    act(site.store, "transfer", owner="usda")
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
STEPS = st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=12)


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


class Turned:
    """A list, of which a page is turned now and then. stays: what it holds from first to last."""

    def __init__(self, holder: str | None, asked: str, *stays: str) -> None:
        self.listed: list[str] = []
        self._holder, self._asked, self._stays = holder, asked, stays
        self._next: str | None = ""

    def turn(self, site: Site, limit: int) -> None:
        if self._next is None:
            return
        cursor = f"&cursor={self._next}" if self._next else ""
        page = site.ask("GET", f"/services?{self._asked}&limit={limit}{cursor}", self._holder).json()
        self.listed += [item["service_id"] for item in page["items"]]
        self._next = page["next"]

    def neither_skips_nor_repeats(self) -> bool:
        return self._next is None and self.listed == sorted(set(self.listed)) and {*self._stays} <= {*self.listed}


def _walk(site: Site, rounds: list[list[tuple[str, bool]]], limit: int) -> None:
    """Turn pages of feeds and of lists while services are made, changed and published between them."""
    for name in "bdef":
        save(site.store, "service", a_service(service_id=f"s-{name}"))
    for name in "ef":
        act(site.store, "publish", f"s-{name}")
    feeds: dict[int, tuple[list[int], int]] = {place: ([], 0) for place in range(len(ACTORS))}
    public, since = list[int](), 0
    lists = (
        Turned("editor", "state=draft", "s-b", "s-d"),
        Turned(None, "state=published", "s-e", "s-f"),
        Turned(None, "q=passports", "s-e", "s-f"),
        Turned("omb_reviewer", "organization=dos-ca", "s-e", "s-f"),
    )
    for steps in [*rounds, *([[]] * sum(map(len, rounds)) * 2), *([[]] * 12)]:
        for place, actor in enumerate(ACTORS):
            seen, before = feeds[place]
            items, following = seen_entries(site.store, actor, before, limit)
            feeds[place] = ([*seen, *(item.entry.seq for item in items)], following)
        page = site.ask("GET", f"/changes?since={since}&limit={limit}").json()
        public, since = [*public, *(item["public_seq"] for item in page["items"])], page["next"]
        for one in lists:
            one.turn(site, limit)
        for name, publishes in steps:
            save(site.store, "service", a_service(service_id=f"s-{name}"))
            if publishes and name not in "bd":
                act(site.store, "publish", f"s-{name}")
    assert all(one.neither_skips_nor_repeats() for one in lists), [one.listed for one in lists]
    assert public == [item["public_seq"] for item in site.ask("GET", "/changes?limit=1000").json()["items"]]
    for place, actor in enumerate(ACTORS):
        whole, _ = seen_entries(site.store, actor, 0, 10_000)
        assert feeds[place][0] == [item.entry.seq for item in whole]


def test_what_was_withdrawn_is_still_read_by_its_own(store: Store, tmp_path: Path) -> None:
    """A restatement that was open when its quarter was withdrawn is not lost to who wrote it."""
    path = "/feedback/dos-ca/dos-ca-passports/2025-Q1"
    with writing_site(store, tmp_path) as site:
        with_designations(store, [("dos-ca", "dos-ca-passports", 2025)])
        publish_quarter(store, a_quarter("2025-Q1"))
        restated = {**a_quarter("2025-Q1"), "accomplishments": "Secretum"}
        sent = {"document": restated, "reason": "Late answers."}
        assert site.ask("POST", f"{path}/restate", "editor", json=sent).status_code == 200
        assert site.ask("POST", f"{path}/withdraw", "omb_admin", json={"reason": "Wrong."}).status_code == 200
        for holder, status, draft in (
            (None, 410, 404),
            ("foreign editor", 410, 404),
            ("omb_admin", 200, 404),
            ("editor", 200, 200),
        ):
            assert site.ask("GET", path, holder).status_code == 410
            versions = site.ask("GET", f"{path}/versions", holder)
            assert versions.status_code == status and "Secretum" not in versions.text
            assert site.ask("GET", f"{path}/versions/2", holder).status_code == draft
        assert site.ask("GET", f"{path}/versions/2", "editor").json()["accomplishments"] == "Secretum"


@pytest.fixture
def yesterday(site: Site) -> str:
    """The day before a second publication of the service, which the first was made on."""
    later = NOON + datetime.timedelta(days=2)
    save(site.store, "service", a_service(name="Later", not_digital=None))
    change = Change(record_type="service", record_id="dos-ca-passports", action="publish")
    append(site.store, OPERATOR, lambda: later, change)
    return str(washington_day(NOON))


@pytest.mark.parametrize("holder", [None, "editor", "omb_admin"])
def test_what_was_done_is_told_as_of_a_day_to_everyone_alike(site: Site, yesterday: str, holder: str | None) -> None:
    last = site.store.log("service", "dos-ca-passports")[-1]
    asked = f"as_of={yesterday}"
    assert told(site, holder, f"/changes?{asked}") == [PUBLISHED]
    lines = site.ask("GET", f"/changes?{asked}&record_type=service", holder, headers={"Accept": "text/csv"})
    assert lines.text.count("\n") == 2
    assert len(site.ask("GET", f"{SERVICE}/versions?{asked}", holder).json()["items"]) == 1
    assert site.ask("GET", f"{SERVICE}/versions/1?{asked}", holder).status_code == 200
    for number in (2, 3):
        assert site.ask("GET", f"{SERVICE}/versions/{number}?{asked}", holder).status_code == 404
    assert site.ask("GET", f"/receipts/{last.link}?{asked}", holder).status_code == 404
    assert site.ask("GET", f"/receipts/{last.link}", holder).status_code == 200
    standing = site.ask("GET", f"/ledger/head?{asked}", holder).json()
    assert (standing["seq"], standing["link"]) == (last.seq - 1, site.store.entries(last.seq - 2, 1)[0].link)
    assert site.ask("GET", "/ledger/head?as_of=2001-01-01", holder).json()["seq"] == 0
    beyond = site.ask("GET", f"/changes?{asked}&since={last.public_seq}", holder)
    assert beyond.status_code == 400 and "ended then" in beyond.text


def test_the_feed_leads_on_until_nothing_follows(site: Site) -> None:
    page, numbers = "/changes?record_type=service&limit=2", []
    for _ in range(20):
        answer = site.ask("GET", page, "editor")
        numbers += [item["seq"] for item in answer.json()["items"]]
        if "link" not in answer.headers:
            break
        page = answer.headers["link"].partition("<")[2].partition(">")[0].removeprefix("/api/v1")
    assert numbers == [entry.seq for entry in site.store.log("service", "dos-ca-passports")]
