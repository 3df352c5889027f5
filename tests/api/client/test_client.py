"""The client: patient with servers that fail, sure that nothing is done twice, alike with and without asyncio."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.client.calls import Question, act, changes, check, load, put, receipt, record
from api.client.inventory import AsyncInventory, Inventory
from api.client.retries import NotServed, Refused
from inventory.ledger.store import Store
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_service

Answers = Callable[[httpx.Request], httpx.Response]
WRITTEN = {"record": "x/y", "version": 1, "state": "draft", "seq": 1, "link": "00", "recorded_at": ""}
ADDRESS = "http://inventory.example"


def by_turns(question: Question[Any], answers: Answers, waited: list[float]) -> Any:
    http = httpx.Client(base_url=ADDRESS, transport=httpx.MockTransport(answers))
    with Inventory(http, pause=waited.append, attempts=4) as inventory:
        return inventory.ask(question)


def by_asyncio(question: Question[Any], answers: Answers, waited: list[float]) -> Any:
    async def pause(seconds: float) -> None:
        waited.append(seconds)

    async def asked() -> Any:
        http = httpx.AsyncClient(base_url=ADDRESS, transport=httpx.MockTransport(answers))
        async with AsyncInventory(http, pause=pause, attempts=4) as inventory:
            return await inventory.ask(question)

    return asyncio.run(asked())


ASKING = pytest.mark.parametrize("ask", [by_turns, by_asyncio])
Ask = Callable[[Question[Any], Answers, list[float]], Any]


@ASKING
def test_a_write_is_tried_again_under_the_same_key(ask: Ask) -> None:
    keys: list[str] = []
    faults = iter([httpx.ReadTimeout("slow"), None])

    def answering(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if fault := next(faults, None):
            raise fault
        return httpx.Response(503 if len(keys) < 3 else 200, json=WRITTEN, headers={"Retry-After": "3"})

    waited: list[float] = []
    written = ask(act("services", "x", "publish"), answering, waited)
    assert written.link == "00" and len(keys) == 3 and len(set(keys)) == 1
    assert waited == [0.5, 3]
    assert act("services", "x", "publish").call.headers["Idempotency-Key"] not in keys


@ASKING
def test_a_refusal_is_told_with_its_problems_and_not_tried_again(ask: Ask) -> None:
    problem = {"code": "missing", "severity": "error", "message": "?", "pointer": "/name"}
    details = {"status": 422, "title": "Invalid", "detail": "No.", "problems": [problem]}
    waited: list[float] = []
    with pytest.raises(Refused, match="422 No") as refusal:
        ask(put("services", "x", {}), lambda request: httpx.Response(422, json=details), waited)
    assert (refusal.value.status, refusal.value.problems[0].pointer, waited) == (422, "/name", [])


@ASKING
def test_a_server_that_never_answers_is_given_up(ask: Ask) -> None:
    waited: list[float] = []
    with pytest.raises(NotServed, match="4 times in a row, at last: 502") as fault:
        ask(receipt("00"), lambda request: httpx.Response(502), waited)
    assert waited == [0.5, 1, 2] and fault.value.passing


@ASKING
@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"document": 1}'])
def test_what_is_no_answer_is_told(ask: Ask, answer: bytes) -> None:
    with pytest.raises(NotServed, match="something else"):
        ask(record("services", "x"), lambda request: httpx.Response(200, content=answer), [])


def test_what_a_put_is_made_from() -> None:
    assert put("services", "x", {}).call.headers["If-None-Match"] == "*"
    assert put("services", "x", {}, '"e1"').call.headers["If-Match"] == '"e1"'


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path) as made:
        yield made


def test_a_service_goes_its_way_by_the_client(site: Site) -> None:
    editor = inventory(site, "editor")
    document = a_service()
    assert editor.ask(check("service", document, "publish")).errors == 0
    new = editor.ask(put("services", "dos-ca-passports", document))
    kept = editor.ask(record("services", "dos-ca-passports"))
    assert (new.version, kept.version, kept.state, kept.document["name"]) == (1, 1, "draft", document["name"])
    with pytest.raises(Refused, match="412"):
        editor.ask(put("services", "dos-ca-passports", document))
    changed = editor.ask(put("services", "dos-ca-passports", {**document, "name": "New"}, kept.etag))
    published = editor.ask(act("services", "dos-ca-passports", "publish"))
    assert (changed.version, published.state) == (2, "published")
    assert inventory(site, None).ask(receipt(published.link)).action == "publish"
    told = editor.ask(load(json.dumps(a_service(service_id="dos-ca-visas")).encode(), "application/json", publish=True))
    assert told.counts["added"] == 1 and told.published == 1
    pages = list(editor.pages("services", {}, limit=1))
    assert [len(page.items) for page in pages] == [1, 1] and pages[-1].next is None
    assert len(list(editor.lines("services", {}))) == 2
    entries = [json.loads(bytes(item)) for page in editor.changes() for item in page.items]
    assert entries[-1]["record_id"] == "dos-ca-visas"
    assert editor.ask(changes(entries[-1]["seq"])).items == []
    with pytest.raises(Refused, match="where the feed with a key ends now"):
        editor.ask(changes(10_000))


def inventory(site: Site, holder: str | None) -> Inventory:
    """The client over the site, without a network."""

    def passed_on(request: httpx.Request) -> httpx.Response:
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        path = str(request.url).removeprefix(f"{ADDRESS}/api/v1")
        return site.ask(request.method, path, holder, headers=headers, content=request.content)

    return Inventory(httpx.Client(base_url=ADDRESS, transport=httpx.MockTransport(passed_on)))
