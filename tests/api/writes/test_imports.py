"""Many records over HTTP: as files of every form, atomic, by what the key may, with progress; and dry runs of one."""

import gzip
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from anyio.abc import TaskGroup
from sqlalchemy.exc import OperationalError

from api.contract.media_types import SUFFIXES
from api.http.senders import Sender
from api.server.concurrency import Turns
from api.writes import imports, run_import
from datapackage.exports.export import export
from inventory.errors import Stopped
from inventory.ledger.store import Store
from inventory.writes.idempotency import Answer
from inventory.writes.writer import transaction
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_designation, a_provider, a_service, an_organization
from tests.support.quarters import a_quarter, with_designations

LINES, JSON = "application/x-ndjson", "application/json"
GOOD = [a_service(service_id=f"dos-ca-{n}") for n in range(3)]


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path) as made:
        yield made


def lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def send(
    site: Site, content: bytes, media: str = LINES, holder: str | None = "editor", query: str = "", **more: str
) -> Any:
    return site.ask("POST", f"/imports{query}", holder, content=content, headers={"Content-Type": media, **more})


def test_lines_are_loaded_and_published_at_once(site: Site) -> None:
    answer = send(site, lines(*GOOD), query="?publish=true")
    told = answer.json()
    assert (answer.status_code, told["counts"]["added"], told["published"]) == (200, 3, 3)
    assert site.ask("GET", "/services/dos-ca-1").status_code == 200
    assert send(site, lines(*GOOD)).json()["counts"]["unchanged"] == 3


def test_a_dry_run_tells_the_same_and_keeps_nothing(site: Site) -> None:
    before = site.store.chain()
    told = send(site, lines(*GOOD, {"service_id": "x"}), query="?dry_run=true").json()
    assert (told["counts"]["added"], told["counts"]["rejected"]) == (3, 1)
    assert site.store.chain() == before


def test_what_cannot_be_kept_comes_back_with_every_problem(site: Site) -> None:
    bad = {"service_id": "dos-ca-bad", "organization_id": "dos-ca", "name": 7, "foo": 1}
    told = send(site, lines(GOOD[0], bad)).json()
    (rejected,) = told["rejected"]
    assert rejected["raw"] == bad and rejected["row"] == 2
    assert {problem["pointer"] for problem in rejected["problems"]} >= {"/name", "/foo"}
    assert told["counts"]["added"] == 1


@pytest.mark.parametrize("suffix", ["xlsx", "zip"])
def test_workbooks_and_packages_are_taken(site: Site, tmp_path: Path, suffix: str) -> None:
    send(site, lines(*GOOD))
    out = tmp_path / f"all.{suffix}"
    export(site.store, out, None, lambda what, count: None)
    media = next(media for media, known in SUFFIXES.items() if known == f".{suffix}")
    told = send(site, out.read_bytes(), media).json()
    assert told["counts"]["unchanged"] == 4, told  # with the bureau itself; the other organizations are beyond reach
    assert {rejected["record_type"] for rejected in told["rejected"]} == {"organization"}


def test_what_is_beyond_the_reach_of_the_key_is_rejected_and_nothing_told_of_it(site: Site) -> None:
    hidden = a_service(service_id="usda-hidden", organization_id="usda", name="Secret")
    site.ask("PUT", "/services/usda-hidden", "foreign editor", json=hidden)
    public = a_service(service_id="usda-public", organization_id="usda")
    site.ask("PUT", "/services/usda-public", "foreign editor", json=public)
    site.ask("POST", "/services/usda-public/publish", "foreign editor")
    absent = a_service(service_id="usda-absent", organization_id="usda")
    taken = a_service(service_id="usda-hidden")
    claims = an_organization(organization_id="usda", parent_id="dos-ca")
    given = [{**hidden, "name": "Mine"}, {**public, "name": "Mine"}, absent, taken, claims, GOOD[0]]
    for query in ("?dry_run=true", ""):
        told = send(site, lines(*given), query=query).json()
        assert told["counts"]["added"] == 1 and told["counts"]["rejected"] == 5
        codes = [[problem["code"] for problem in rejected["problems"]] for rejected in told["rejected"]]
        assert codes == [["beyond-reach"]] * 5
        assert "Secret" not in json.dumps(told) and not [c for c in told["changes"] if c["action"] == "absent"]


@pytest.mark.parametrize("owner", [{}, {"organization_id": None}, {"organization_id": 7}])
def test_what_names_no_owner_is_told_all_that_is_wrong_with_it(site: Site, owner: dict[str, Any]) -> None:
    (rejected,) = send(site, lines({"service_id": "dos-ca-x", "foo": 1, **owner})).json()["rejected"]
    assert {problem["pointer"] for problem in rejected["problems"]} >= {"/organization_id", "/name", "/foo"}


def test_a_designation_of_nobody_is_not_kept(site: Site) -> None:
    for document in (a_designation(provider_id="none"), {"service_id": "dos-ca-1", "fiscal_year": 2026}):
        assert send(site, lines(document)).json()["counts"]["rejected"] == 1


def test_a_role_that_saves_nothing_imports_nothing(site: Site) -> None:
    refused = send(site, lines(*GOOD), holder="certifier")
    assert (refused.status_code, refused.json()["detail"]) == (
        403, "certifier may not save any record; editor or omb_admin may"
    )  # fmt: skip
    assert send(site, lines(*GOOD), holder=None).status_code == 401
    told = send(site, lines(*GOOD), holder="omb_admin").json()
    assert {problem["code"] for rejected in told["rejected"] for problem in rejected["problems"]} == {"not-permitted"}


def test_an_editor_proposes_organizations_in_bulk_and_what_belongs_to_them(site: Site) -> None:
    office = an_organization(organization_id="dos-ca-office", parent_id="dos-ca")
    service = a_service(service_id="dos-ca-office-x", organization_id="dos-ca-office")
    told = send(site, lines(office, service)).json()
    assert told["counts"]["rejected"] == 0, told["rejected"]
    assert site.store.head("organization", "dos-ca-office").state == "proposed"
    assert site.store.head("service", "dos-ca-office-x").state == "draft"


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("datapackage.json", b" " * 200_000_000)
    return file.getvalue()


def zipped(**files: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, text in files.items():
            packed.writestr(name.replace("__", "/").replace("_DOT_", "."), text)
    return file.getvalue()


REMOTE = '{"resources": [{"name": "services", "path": "http://127.0.0.1:1/services.csv"}]}'
OUTSIDE = '{"resources": [{"name": "services", "path": "../services.csv"}]}'


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"PK", "application/zip", 400),
        (b"not a workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 400),
        (bomb(), "application/zip", 400),
        (zipped(datapackage_DOT_json=REMOTE), "application/zip", 400),
        (zipped(datapackage_DOT_json=OUTSIDE), "application/zip", 400),
        (b"a,b", "text/csv", 415),
        (b"", "", 415),
    ],
)
def test_hostile_files_are_refused(site: Site, content: bytes, media: str, status: int) -> None:
    before = site.store.chain()
    answer = send(site, content, media)
    assert answer.status_code == status and answer.json()["detail"], answer.text
    assert site.store.chain() == before


@pytest.mark.parametrize("path", ["/imports", "/checks/service"])
def test_what_is_sent_compressed_is_refused_and_told_why(site: Site, path: str) -> None:
    headers = {"Content-Type": JSON, "Content-Encoding": "gzip"}
    answer = site.ask("POST", path, "editor", content=gzip.compress(lines(GOOD[0])), headers=headers)
    assert answer.status_code == 415
    assert answer.json()["detail"] == "Send the body as it is, without the Content-Encoding gzip"
    headers["Content-Encoding"] = "identity"
    assert site.ask("POST", path, "editor", json=GOOD[0], headers=headers).status_code == 200


def test_more_than_is_taken_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    with writing_site(sqlite_store, tmp_path, PSI_MOST_IMPORT_BYTES="1000") as site:
        answer = send(site, lines(*GOOD))
        assert answer.status_code == 413 and "1,000 bytes" in answer.json()["detail"]


def test_progress_is_told_line_by_line_and_the_last_line_is_the_answer(site: Site) -> None:
    answer = send(site, lines(*GOOD), Accept=LINES)
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"].startswith(LINES)
    assert {"doing", "done"} == set(told[0]) and told[-1]["counts"]["added"] == 3
    failed = send(site, b"PK", "application/zip", Accept=LINES)
    assert json.loads(failed.text.splitlines()[-1])["status"] == 400


def test_an_import_stops_when_nobody_listens_to_its_progress() -> None:
    gone, stopped = threading.Event(), []
    sender = Sender(10)

    def work(tell: Any) -> Answer:
        tell("checking", 1)
        assert gone.wait(10)
        for _ in range(1_000):
            time.sleep(0.01)
            try:
                sender.check()
            except Stopped as fault:
                stopped.append(str(fault))
                raise
        raise AssertionError("it went on")

    async def listen(tasks: TaskGroup) -> None:
        state, url = SimpleNamespace(imports=Turns(10)), SimpleNamespace(path="/api/v1/imports")
        request: Any = SimpleNamespace(app=SimpleNamespace(state=state), scope={"state": {}}, headers={}, url=url)
        async for line in imports._telling(request, sender, work):
            assert json.loads(line) == {"doing": "checking", "done": 1}
            gone.set()
            tasks.cancel_scope.cancel()

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen, tasks)

    anyio.run(run)
    assert stopped == ["The sender has gone. Nothing was written."]


def test_an_import_asked_again_gives_the_same_answer(site: Site) -> None:
    key = {"Idempotency-Key": "one"}
    first, again = send(site, lines(*GOOD), **key), send(site, lines(*GOOD), **key)
    assert first.content == again.content and first.json()["counts"]["added"] == 3
    assert send(site, lines(*GOOD[:1]), **key).status_code == 422


def test_who_sends_the_same_meanwhile_gets_the_same_answer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key, first = {"Idempotency-Key": "one"}, []

    def after_another(*given: Any) -> Any:
        monkeypatch.undo()
        first.append(send(site, lines(*GOOD), query="?publish=true", **key))
        return transaction(*given)

    monkeypatch.setattr("api.writes.run_import.transaction", after_another)
    second = send(site, lines(*GOOD), query="?publish=true", **key)
    assert second.status_code == 200 and second.content == first[0].content
    assert (second.json()["counts"]["added"], second.json()["published"]) == (3, 3)


@pytest.mark.parametrize("step", ["write", "publish_within", "keep_answer"])
def test_an_import_its_publishing_and_its_answer_are_kept_together_or_not_at_all(
    site: Site, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    done, before = getattr(run_import, step), site.store.chain()

    def broken_off(*given: Any) -> None:
        done(*given)
        raise OperationalError("", {}, Exception("the database went away"))

    monkeypatch.setattr(run_import, step, broken_off)
    key = {"Idempotency-Key": "one"}
    assert send(site, lines(*GOOD), query="?publish=true", **key).status_code == 503
    assert site.store.chain() == before
    monkeypatch.undo()
    told = send(site, lines(*GOOD), query="?publish=true", **key).json()
    assert (told["counts"]["added"], told["published"]) == (3, 3)


def test_what_waits_for_omb_to_publish_it_stays_and_the_rest_is_published(sqlite_store: Store, tmp_path: Path) -> None:
    with_designations(sqlite_store, [("dos-ca", "dos-ca-passports", 2026)])
    with writing_site(sqlite_store, tmp_path) as site:
        quarter, path = a_quarter("2026-Q1"), "/feedback/dos-ca/dos-ca-passports/2026-Q1"
        site.ask("PUT", path, "editor", json=quarter)
        site.ask("POST", f"{path}/submit", "certifier", json={"name": "A synthetic name", "title": "CX lead"})
        assert site.ask("POST", f"{path}/accept", "omb_reviewer").status_code == 200
        told = send(site, lines(GOOD[0], quarter), query="?publish=true").json()
        assert (told["counts"]["added"], told["counts"]["unchanged"], told["published"]) == (1, 1, 1)
        assert site.ask("GET", path, "editor").headers["psi-state"] == "accepted"


def test_a_dry_run_asked_again_is_tried_again(site: Site) -> None:
    key = {"Idempotency-Key": "one"}
    assert send(site, lines(*GOOD), query="?dry_run=true", **key).json()["counts"]["added"] == 3
    send(site, lines(*GOOD))
    assert send(site, lines(*GOOD), query="?dry_run=true", **key).json()["counts"]["unchanged"] == 3


def test_a_document_is_tried_out_and_nothing_kept(site: Site) -> None:
    before = site.store.chain()
    bad = {**GOOD[0], "name": 7, "foo": 1}
    told = site.ask("POST", "/checks/service", "editor", json=bad).json()
    assert {problem["pointer"] for problem in told["problems"]} >= {"/name", "/foo"} and told["errors"] == 2
    fine = site.ask("POST", "/checks/service?action=publish", "editor", json=GOOD[0])
    assert fine.status_code == 200 and fine.json()["errors"] == 0
    assert site.store.chain() == before
    assert site.ask("POST", "/checks/service", json=bad).status_code == 401
    assert site.ask("POST", "/checks/nothing", "editor", json=bad).status_code == 404
    assert site.ask("POST", "/checks/service?action=fly", "editor", json=bad).status_code == 400


def test_a_dry_run_does_not_tell_of_others_drafts(site: Site) -> None:
    site.ask("PUT", "/services/usda-x", "foreign editor", json=a_service(service_id="usda-x", organization_id="usda"))
    told = []
    for name in ("usda-x", "usda-none"):
        told.append(site.ask("POST", "/checks/designation", "editor", json=a_designation(service_id=name)).text)
    assert "reference-unknown" in told[0] and told[0].replace("usda-x", "usda-none") == told[1]


def test_a_draft_that_omb_does_not_see_is_neither_compared_nor_told_of_as_absent(site: Site) -> None:
    published, draft, untold = (a_service(service_id=f"usda-{name}", organization_id="usda") for name in "abc")
    for document in (published, draft, untold):
        site.ask("PUT", f"/services/{document['service_id']}", "foreign editor", json=document)
    site.ask("POST", "/services/usda-a/publish", "foreign editor")
    edited = {**published, "name": "Not yet public"}
    site.ask("PUT", "/services/usda-a", "foreign editor", json=edited, headers={"If-Match": "*"})
    for query in ("?dry_run=true", ""):
        told = send(site, lines(edited, draft), holder="omb_admin", query=query).json()
        assert (told["counts"]["unchanged"], told["counts"]["absent"], told["changes"]) == (0, 0, [])
        assert [[problem["code"] for problem in item["problems"]] for item in told["rejected"]] == [
            ["not-permitted"]
        ] * 2
    # What OMB sees of it has not changed, whether a draft is open or not.
    assert send(site, lines(published), holder="omb_admin").json()["counts"]["unchanged"] == 1


@pytest.mark.parametrize("path", ["/checks/feedback", "/imports?dry_run=true"])
def test_a_rule_knows_of_another_organizations_service_what_is_public(site: Site, path: str) -> None:
    service = a_service(service_id="usda-a", organization_id="usda", moments=[{"moment_id": "known", "name": "Known"}])
    site.ask("PUT", "/services/usda-a", "foreign editor", json=service)
    site.ask("POST", "/services/usda-a/publish", "foreign editor")
    planned = {**service, "moments": [*service["moments"], {"moment_id": "planned", "name": "Planned"}]}
    site.ask("PUT", "/services/usda-a", "foreign editor", json=planned, headers={"If-Match": "*"})
    site.ask("PUT", "/providers/dos-ca", "omb_admin", json=a_provider())
    quarter = a_quarter("2026-Q1", service_id="usda-a")
    quarter["collections"][0] |= {"moment_id": "planned"}
    told = site.ask("POST", path, "editor", json=quarter).json()
    (problem,) = [problem for problem in told["problems"] if problem["code"] == "moment-unknown"]
    assert problem["expected"] == "one of known"
