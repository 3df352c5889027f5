"""Every refused attempt at a write is on record, without secrets, and cannot be used to fill the disk."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from api.http.lists import cursor
from api.middleware.denied_writes import A_MINUTE, MOST_WAITING, Attempts
from api.middleware.request_context import Visit
from api.server.redaction import redacted
from inventory.access import denied_writes as kept
from inventory.access.api_keys import Wanted, issue
from inventory.access.denied_writes import Refusal, keep, refusals
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.storage import write_lock
from inventory.storage.engines import lock_file
from inventory.storage.tables import REFUSALS
from tests.conftest import OPERATOR, now
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_service

SERVICE = a_service(service_id="dos-ca-x")
PATH = "/services/dos-ca-x"


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path) as made:
        yield made


def on_record(site: Site, count: int, holder: str = "omb_admin") -> list[Any]:
    """What is on record, newest first, once there is as much as that."""
    end = time.monotonic() + 10
    while len(found := site.ask("GET", "/refusals", holder).json()["items"]) < count and time.monotonic() < end:
        time.sleep(0.05)
    return list(found)


def attempts(site: Site) -> list[int]:
    site.ask("PUT", PATH, "editor", json=SERVICE)
    asked = [
        site.ask("PUT", PATH, json=SERVICE),
        site.ask("PUT", PATH, "foreign editor", json=SERVICE),
        site.ask("POST", f"{PATH}/publish", "certifier"),
        site.ask("POST", f"{PATH}/retire", "editor"),
        site.ask("PUT", PATH, "editor", json=SERVICE, headers={"If-Match": '"e1"'}),
        site.ask("PUT", PATH, "editor", json={**SERVICE, "name": 3}),
        site.ask("PUT", PATH, "editor", json=SERVICE),
        site.ask("PUT", PATH, "editor", content=b"{", headers={"Content-Type": "application/json"}),
        site.ask("PUT", PATH, "editor", content=b"{}", headers={"Content-Type": "text/csv"}),
        site.ask("POST", "/nothing", "editor"),
    ]
    return [answer.status_code for answer in asked]


def test_every_refused_attempt_is_on_record_with_who_what_and_why(site: Site) -> None:
    statuses = attempts(site)
    assert statuses == [401, 403, 403, 409, 412, 422, 428, 400, 415, 404]
    found = on_record(site, len(statuses))
    assert [one["status"] for one in reversed(found)] == statuses
    last = found[-2]
    assert last["holder"] == "foreign editor" and last["key_id"] == site.keys["foreign editor"].split("_")[1]
    assert (last["method"], last["path"], last["address"]) == ("PUT", f"/api/v1{PATH}", "unknown")
    assert last["refused_at"].endswith("Z") and "dos-ca-x" in last["reason"]
    assert (found[-1]["holder"], found[-1]["key_id"]) == ("", None)


def test_what_succeeds_and_what_only_reads_is_not_on_record(site: Site) -> None:
    site.ask("PUT", "/services/dos-ca-y", "editor", json={**SERVICE, "service_id": "dos-ca-y"})
    site.ask("GET", "/services/none", "editor")
    site.client.post("/nowhere")
    attempts(site)
    assert len(on_record(site, 10)) == 10


def test_an_organization_sees_its_own_keys_and_those_below_it(site: Site) -> None:
    attempts(site)
    on_record(site, 10)
    own = on_record(site, 0, "organization_admin")
    assert {one["holder"] for one in own} == {"certifier", "editor"}
    foreign = Actor("x", Role.ORGANIZATION_ADMIN, "usda")
    assert {one.holder for one in refusals(site.store, foreign, 10)} == {"foreign editor"}
    above = Actor("x", Role.ORGANIZATION_ADMIN, "dos")
    assert {one.holder for one in refusals(site.store, above, 10)} == {"certifier", "editor"}


@pytest.mark.parametrize("holder", ["omb_admin", "organization_admin"])
def test_page_by_page_all_are_seen_once_newest_first_while_others_come(
    site: Site, holder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "PAGE", 3)
    own, foreign = (site.keys[name].split("_")[1] for name in ("editor", "foreign editor"))
    keep(site.store, [refusal(key_id=(own, foreign)[number % 2], reason=str(number)) for number in range(12)])
    expected = [str(number) for number in reversed(range(12)) if holder == "omb_admin" or number % 2 == 0]
    told, path = [], "/refusals?limit=2"
    while path:
        page = site.ask("GET", path, holder)
        told += [one["reason"] for one in page.json()["items"]]
        keep(site.store, [refusal(key_id=own, reason="later")])
        following = page.json()["next"]
        assert page.links.get("next", {}).get("url") == (following and f"/api/v1/refusals?cursor={following}&limit=2")
        path = following and f"/refusals?limit=2&cursor={following}"
    assert told == expected
    first = site.ask("GET", "/refusals?limit=1", holder).json()["next"]
    for form, rest in (("application/x-ndjson", 0), ("text/csv", 1)):
        whole = site.ask("GET", f"/refusals?limit=2&cursor={first}", holder, headers={"Accept": form}).text.splitlines()
        later = [line for line in whole if "later" in line]
        assert len(whole) == rest + len(later) + len(expected)


def test_a_cursor_of_ones_own_making_is_refused(site: Site) -> None:
    for text in (str(2**31), "x", "-1", "99999999999"):
        assert site.ask("GET", f"/refusals?cursor={cursor('refusals', text)}", "omb_admin").status_code == 400, text
    for form in ("application/x-ndjson", "text/csv", "application/json"):
        assert site.ask("GET", "/refusals", "editor", headers={"Accept": form}).status_code == 403, form


def test_nothing_that_was_sent_is_on_record(site: Site) -> None:
    key = site.keys["editor"]
    site.ask("PUT", f"/services/{key}", "foreign editor", json={"hidden": "in the body"})
    site.ask("POST", f"{PATH}/publish?token=hidden-value", "editor", json={"reason": "hidden reason"})
    (one, other) = on_record(site, 2)
    for text in (str(one), str(other)):
        assert key.split("_", 2)[2] not in text and "hidden" not in text
    assert other["path"] == "/api/v1/services/psi_[secret]"


def test_what_waited_is_kept_when_the_service_ends(sqlite_store: Store, tmp_path: Path) -> None:
    with writing_site(sqlite_store, tmp_path) as site:
        site.ask("PUT", PATH, json=SERVICE)
    assert [one.status for one in refusals(sqlite_store, OPERATOR, 10)] == [401]


def refusal(**facts: Any) -> Refusal:
    given = {"refused_at": "", "holder": "", "key_id": None, "address": "", "method": "PUT", "path": "", "status": 401}
    return Refusal(**{**given, "reason": "", **facts})


def test_only_the_newest_are_kept_and_who_has_no_key_pushes_nobody_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "KEPT", 3)
    keep(store, [refusal(key_id="a", holder="A"), refusal(key_id="a", holder="B")])
    for number in range(5):
        keep(store, [refusal(reason=str(number)), refusal(reason=f"{number} again")])
    found = refusals(store, OPERATOR, 100)
    assert [one.reason for one in found if one.key_id is None] == ["4 again", "4", "3 again"]
    assert [one.holder for one in found if one.key_id] == ["B", "A"]


def test_a_flood_of_one_asker_is_put_on_record_in_part(sqlite_store: Store) -> None:
    refused = Attempts(sqlite_store, now)
    for number in range(10 * A_MINUTE):
        refused.look(Visit(request_id="", address="198.51.100.1", status=401), "PUT", f"/api/v1/{number}", 0)
    for number in range(2 * MOST_WAITING):
        refused.look(Visit(request_id="", address=f"a{number}", status=401), "PUT", "/api/v1/x", 0)
    refused.record()
    with sqlite_store.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(REFUSALS)).scalar() == MOST_WAITING
    refused.look(
        Visit(request_id="", address="b", status=404, reason="x" * 10_000), "PUT", "/api/v1/" + "y" * 10_000, 0
    )
    refused.record()
    newest = refusals(sqlite_store, OPERATOR, 1)[0]
    assert len(newest.reason) == len(newest.path) == 300


def test_who_has_no_key_pushes_nobody_out_before_it_is_kept(sqlite_store: Store) -> None:
    refused = Attempts(sqlite_store, now)
    key = issue(sqlite_store, OPERATOR, now, Wanted(holder="A", role=Role.OMB_REVIEWER)).key
    refused.look(Visit(request_id="", address="a", status=403, key=key), "PUT", "/api/v1/x", 0)
    for number in range(2 * MOST_WAITING):
        refused.look(Visit(request_id="", address=f"a{number}", status=401), "PUT", "/api/v1/x", number)
    refused.record()
    assert [one.holder for one in refusals(sqlite_store, OPERATOR, 2 * MOST_WAITING)][-1] == "A"


def test_whoever_has_a_network_of_addresses_is_one_asker(sqlite_store: Store) -> None:
    refused = Attempts(sqlite_store, now)
    for number in range(10 * A_MINUTE):
        refused.look(Visit(request_id="", address=f"2001:db8::{number}", status=401), "PUT", "/api/v1/x", 0)
    refused.record()
    assert len(refusals(sqlite_store, OPERATOR, 10 * A_MINUTE)) == A_MINUTE


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Bearer psi_0a1b_b-c_d is it", "Bearer [secret] is it"),
        ("psi_0a1b_b-c_d!", "psi_[secret]!"),
        ("Authorization: Bearer anything-else", "Authorization: Bearer [secret]"),
        ("{'x-api-key': 'abc'}", "{'x-api-key': '[secret]'}"),
        ("postgresql://user:pass@host/name", "postgresql://user:[secret]@host/name"),
        ("psi load, psi_home", "psi load, psi_home"),
    ],
)
def test_secrets_are_taken_out(text: str, plain: str) -> None:
    assert redacted(text) == plain


@pytest.mark.parametrize(
    ("kind", "is_passing"), [(OperationalError, True), (DataError, False)], ids=["a while", "for good"]
)
def test_a_database_that_fails_stops_neither_answers_nor_what_comes_after(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, kind: type[DBAPIError], is_passing: bool
) -> None:
    """What it will take once it is well again is kept until then; what it never takes stands in nobody's way."""

    def fail(*given: Any) -> None:
        raise kind("insert", {}, Exception("no"))

    refused, visit = Attempts(sqlite_store, now), Visit(request_id="", address="b", status=404)
    with monkeypatch.context() as patched:
        patched.setattr("api.middleware.denied_writes.keep", fail)
        refused.look(visit, "PUT", "/api/v1/x", 0)
        assert refused.record() is not is_passing
    refused.look(visit, "PUT", "/api/v1/y", 0)
    assert refused.record()
    kept = [one.path for one in refusals(sqlite_store, OPERATOR, 9)]
    assert kept == ["/api/v1/y", *(["/api/v1/x"] if is_passing else [])]


def test_a_writer_who_takes_long_ends_nothing(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait for the same turn as every writer, and are tried again where it does not come."""
    monkeypatch.setattr(write_lock, "LOCK_TIMEOUT", 0.1)
    monkeypatch.setattr("api.middleware.denied_writes.PAUSE", 0)
    monkeypatch.setattr("api.middleware.denied_writes.AGAIN", 0)
    refused, visit = Attempts(sqlite_store, now), Visit(request_id="", address="b", status=404)

    async def run() -> None:
        async with refused.recording(Litestar()):
            with write_lock.turn(lock_file(sqlite_store.engine)):
                refused.look(visit, "PUT", "/api/v1/x", 0)
                await asyncio.sleep(0.5)
            with anyio.fail_after(10):
                while not refusals(sqlite_store, OPERATOR, 9):
                    await asyncio.sleep(0.05)

    anyio.run(run)


def test_who_asks_too_often_is_on_record_by_name(sqlite_store: Store, tmp_path: Path) -> None:
    with writing_site(sqlite_store, tmp_path, PSI_REQUESTS_PER_KEY="2") as site:
        statuses = [site.ask("POST", f"{PATH}/publish", "editor").status_code for _ in range(3)]
    found = refusals(sqlite_store, OPERATOR, 9)
    assert statuses[2] == 429 and [one.status for one in reversed(found)] == statuses
    assert {one.holder for one in found} == {"editor"}
