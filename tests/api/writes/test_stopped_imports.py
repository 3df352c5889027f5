"""Imports that stop before their end: their sender has gone, their problems pass the bound, or their time is up."""

import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.contract.answer_bounds import MOST_BYTES, Room
from api.contract.errors import Busy
from api.contract.media_types import JSON, NDJSON
from api.contract.messages import Imported
from api.http.senders import Sender
from datapackage.formats.bounds import Bounds
from datapackage.loading.load import write
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from inventory.errors import Stopped, TooMuch
from inventory.ledger.store import Store
from inventory.problems import MOST_PROBLEMS, WARNING, Problem
from inventory.records.registry import INVENTORY
from inventory.writes.idempotency import Answer
from tests.api.writes.test_imports import GOOD, lines, send
from tests.conftest import TODAY
from tests.inventory.ledger.test_store import save
from tests.support.api.psi import Psi
from tests.support.api.writing import Site, keys_of_holders, writing_site
from tests.support.builders import a_service, an_organization
from tests.support.sites import listening


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path) as made:
        yield made


@pytest.mark.parametrize("query", ["?dry_run=true", "?publish=true"])
def test_reading_stops_when_the_problems_pass_the_bound(site: Site, query: str) -> None:
    before = site.store.chain()
    answer = send(site, lines(*GOOD) + b"{}\n" * 50_000, query=query)
    told = answer.json()
    assert answer.status_code == 422 and len(answer.content) < 1_000_000
    assert told["detail"].startswith("Reading stopped at record 1,00")
    assert told["detail"].endswith(
        "the records that cannot be kept have more than 1,000 problems. Nothing was written. Correct them and send all "
        "again; `psi check --json` lists every problem of a file, of one record up to 1,000 "
        "(of 1,001 problems the first 1,000 are listed)"
    )
    assert len(told["problems"]) == MOST_PROBLEMS and told["left_out"] == {"problems": 1}
    assert site.store.chain() == before


@pytest.mark.parametrize(("body", "media"), [(b"[" + b"{}," * 900_000 + b"{}]", JSON), (b"1\n" * 200_000, NDJSON)])
def test_more_records_than_one_import_may_hold_are_refused(site: Site, body: bytes, media: str) -> None:
    answer = send(site, body, media)
    assert answer.status_code == 413
    assert answer.json()["detail"] == (
        "The input holds more than 100,000 records. Nothing was written. Send it in parts, or load it with `psi load`, "
        "which has no such limit."
    )


def test_one_document_of_many_faults_has_a_short_answer(site: Site) -> None:
    document = a_service(service_id="dos-ca-1", channels=[{}] * 100_000)
    answers = [
        site.ask("POST", "/checks/service", "editor", json=document),
        site.ask("PUT", "/services/dos-ca-1", "editor", json=document),
        send(site, lines(document)),
    ]
    for answer in answers:
        assert len(answer.content) < 1_000_000
        told = answer.json()
        assert len(told["problems"]) == MOST_PROBLEMS and told["left_out"] == {"problems": 1}
        assert told["problems"][0]["code"] == "more-problems"


def test_what_is_kept_may_have_any_number_of_problems(site: Site) -> None:
    drafts = [a_service(service_id=f"dos-ca-{n}", description=None, channels=[]) for n in range(700)]
    told = send(site, lines(*drafts), query="?publish=true").json()
    assert (told["counts"]["added"], told["published"]) == (700, 0)
    assert len(told["problems"]) == len(told["kept_back"]) == MOST_PROBLEMS
    total = sum(told["problem_counts"].values())
    assert total > MOST_PROBLEMS and told["left_out"]["problems"] == total - MOST_PROBLEMS
    assert told["left_out"]["kept_back"] > 0
    assert {problem["severity"] for problem in told["problems"]} == {"error"}


def test_lists_of_an_answer_fit_into_five_million_bytes() -> None:
    room = Room()
    problems = [Problem(code="a", severity=WARNING, message="x" * 20_000)] * 900
    first, second = room.take_problems("problems", problems), room.take("rejected", problems, total=5_000)
    size = len(msgspec.json.encode([first, second]))
    assert MOST_BYTES - 50_000 < size < MOST_BYTES
    assert room.left_out == {"problems": 900 - len(first), "rejected": 5_000 - len(second)}


def test_long_rejected_documents_are_left_out_of_the_answer(site: Site) -> None:
    bad = [{"service_id": f"dos-ca-{n}", "note": "x" * 900_000} for n in range(9)]
    answer = send(site, lines(*bad))
    told = answer.json()
    assert len(answer.content) < MOST_BYTES + 10_000
    assert told["counts"]["rejected"] == 9 and told["left_out"] == {"rejected": 9 - len(told["rejected"])}


def test_an_import_stops_when_its_time_is_up() -> None:
    now = [0.0]
    sender = Sender(60, lambda: now[0])
    sender.check()
    now[0] = 60.0
    sender.check()
    now[0] = 60.1
    with pytest.raises(TooMuch, match=r"took more than 60 seconds and was stopped\. Nothing was written\. Send it in"):
        sender.check()


def test_an_import_whose_time_is_up_writes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before, written, now = site.store.chain(), write, [0.0]

    def late(writer: Any, plan: Plan, changes: Any) -> None:
        written(writer, plan, changes)
        now[0] = 301.0

    monkeypatch.setattr("api.writes.run_import.write", late)
    monkeypatch.setattr("api.writes.imports.Sender", lambda seconds: Sender(seconds, lambda: now[0]))
    answer = send(site, lines(*GOOD))
    assert answer.status_code == 413 and "took more than 300 seconds" in answer.json()["detail"]
    assert site.store.chain() == before


@pytest.mark.parametrize("accept", [JSON, NDJSON])
def test_an_import_without_a_turn_leaves_no_file(site: Site, monkeypatch: pytest.MonkeyPatch, accept: str) -> None:
    folders: list[Path] = []
    made = tempfile.TemporaryDirectory
    kept = []  # else they may be deleted as garbage

    def make(**given: Any) -> Any:
        kept.append(made(**given))
        folders.append(Path(kept[-1].name))
        return kept[-1]

    async def busy(*given: object) -> Answer:
        raise Busy("Others are writing")

    monkeypatch.setattr("api.writes.imports.tempfile.TemporaryDirectory", make)
    monkeypatch.setattr("api.writes.imports.import_in_turn", busy)
    answer = send(site, lines(*GOOD), Accept=accept)
    assert "Others are writing" in answer.text and not any(folder.exists() for folder in folders) and folders


@pytest.mark.parametrize("accept", [JSON, NDJSON])
def test_an_import_stops_when_its_sender_has_gone(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    for name, parent in (("dos", None), ("dos-ca", "dos"), ("usda", None)):
        save(sqlite_store, "organization", an_organization(organization_id=name, parent_id=parent))
    key, before, written = keys_of_holders(sqlite_store)["editor"], sqlite_store.chain(), write
    began, stopped = threading.Event(), threading.Event()

    def slowly(writer: Any, plan: Plan, changes: Any) -> None:
        written(writer, plan, changes)
        began.set()
        for _ in range(1_000):
            time.sleep(0.01)
            try:
                plan.go_on()
            except Stopped:
                stopped.set()
                raise

    monkeypatch.setattr("api.writes.run_import.write", slowly)
    body = lines(*GOOD)
    head = (
        "POST /api/v1/imports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        f"Authorization: Bearer {key}\r\nAccept: {accept}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with listening(sqlite_store, tmp_path) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode() + body)
            assert began.wait(20)
        assert stopped.wait(10)
    assert sqlite_store.chain() == before


def test_every_rejected_row_is_in_the_rejects_file(psi: Psi, tmp_path: Path) -> None:
    bad = [{"service_id": f"s-{n}", "organization_id": "dos", "name": n, "channels": [{}]} for n in range(10_000)]
    (tmp_path / "bad.ndjson").write_bytes(lines(*bad))
    psi("load", str(tmp_path / "bad.ndjson"), "--rejects", str(tmp_path / "rejects.ndjson"), "--json", code=1)
    told = json.loads(psi.told)
    assert told["counts"]["rejected"] == 10_000 and len(told["problems"]) == sum(told["problem_counts"].values())
    with (tmp_path / "rejects.ndjson").open("rb") as rejects:
        found = [msgspec.json.decode(line) for line in rejects]
    assert [one["raw"] for one in found] == bad and all(one["problems"] for one in found)


def test_an_answer_of_a_large_import_is_read_by_the_client() -> None:
    told = Imported(
        counts={}, untold=[], changes=[], problem_counts={}, problems=[], rejected=[], left_out={"changes": 3}
    )
    assert msgspec.json.decode(msgspec.json.encode(told), type=Imported).left_out == {"changes": 3}


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_too_many_organizations_to_put_in_order_are_refused(tmp_path: Path, form: str) -> None:
    offices = [an_organization(organization_id=f"a-{n}", aliases=["x" * 100] * 100) for n in range(300)]
    path = tmp_path / f"o.{form}"
    path.write_bytes(lines(*offices) if form == "ndjson" else json.dumps(offices).encode())
    inputs, _ = opened([path], INVENTORY, None, None, None)
    plan = Plan(INVENTORY, None, TODAY, bounds=Bounds(held_bytes=1_000_000))
    with pytest.raises(TooMuch, match=r"records of type organization take more than 1,000,000 bytes"):
        list(plan.changes(inputs))
