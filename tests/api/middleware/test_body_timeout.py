"""Bodies: not too large, not too slow, whole; and writes that wait for their turn."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from api.app import create_app
from api.contract.errors import Busy, Slow
from api.middleware.body_timeout import BYTES_A_SECOND, in_time
from api.server.concurrency import Readers, Turns
from api.server.settings import Settings
from inventory.access.denied_writes import refusals
from inventory.ledger.store import Store
from tests.conftest import OPERATOR
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_service

PATH = "/services/dos-ca-x"
SERVICE = a_service(service_id="dos-ca-x")


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path, PSI_MOST_BODY_BYTES="5000", PSI_BODY_SECONDS="1") as made:
        yield made


def in_parts(*parts: bytes) -> Callable[[], Awaitable[Any]]:
    """Sends these parts, and then nothing more, ever."""
    left = list(parts)

    async def receive() -> Any:
        if not left:
            await anyio.sleep_forever()
        return {"type": "http.request", "body": left.pop(0), "more_body": True}

    return receive


async def answered(app: Any, key: str, receive: Callable[[], Awaitable[Any]], *headers: tuple[bytes, bytes]) -> Any:
    """Status and body of the answer to a PUT whose body comes like that."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    given = [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json"), *headers]
    path = f"/api/v1{PATH}"
    scope = {"type": "http", "method": "PUT", "path": path, "raw_path": path.encode(), "query_string": b""}
    more = {"headers": given, "client": ("198.51.100.1", 1), "server": ("x", 80), "scheme": "http", "root_path": ""}
    await app({**scope, **more, "http_version": "1.1", "asgi": {"version": "3.0"}}, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(body)


@pytest.fixture
def ask(sqlite_store: Store, tmp_path: Path) -> Callable[..., Any]:
    environ = {"PSI_HOME": str(tmp_path), "PSI_MOST_BODY_BYTES": "5000", "PSI_BODY_SECONDS": "1"}
    with writing_site(sqlite_store, tmp_path) as site:
        key = site.keys["editor"]
    app = create_app(Settings.from_environment(environ), sqlite_store)
    return lambda receive, *headers: anyio.run(answered, app, key, receive, *headers)


def test_a_body_that_says_it_is_too_large_is_refused_unread(ask: Callable[..., Any]) -> None:
    async def unread() -> Any:
        raise AssertionError("it is read")

    status, told = ask(unread, (b"content-length", b"5001"))
    assert status == 413 and told["detail"] == "At most 5,000 bytes are taken here"


def test_a_body_that_does_not_say_is_read_as_far_as_it_is_taken(ask: Callable[..., Any]) -> None:
    status, told = ask(in_parts(b"{" + b" " * 3000, b" " * 3000))
    assert status == 413 and told["title"] == "Too large"


def test_a_body_that_stops_coming_is_given_up(ask: Callable[..., Any]) -> None:
    status, told = ask(in_parts(b'{"service_id":'))
    assert status == 408 and "did not arrive within 1 s" in told["detail"]


def test_a_body_that_breaks_off_is_no_fault_of_ours(ask: Callable[..., Any], sqlite_store: Store) -> None:
    async def gone() -> Any:
        return {"type": "http.disconnect"}

    status, told = ask(gone)
    assert status == 408 and "did not come to its end" in told["detail"]
    assert not sqlite_store.head("service", "dos-ca-x").version


def test_who_sends_steadily_is_given_time() -> None:
    moment = 0.0

    async def receive() -> Any:
        nonlocal moment
        moment += 0.9
        return {"type": "http.request", "body": b"x" * BYTES_A_SECOND, "more_body": True}

    async def run(steps: int, size: int) -> None:
        nonlocal moment
        moment = 0.0

        async def part() -> Any:
            await anyio.sleep(0)
            return {**(await receive()), "body": b"x" * size}

        given = in_time(part, 1, lambda: moment)
        for _ in range(steps):
            await given()

    anyio.run(run, 50, BYTES_A_SECOND)
    with pytest.raises(Slow):
        anyio.run(run, 50, BYTES_A_SECOND // 10)


def test_once_it_is_whole_a_body_is_waited_for_no_more() -> None:
    async def run() -> str:
        messages = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            return messages.pop(0)

        given = in_time(receive, 0.01)
        await given()
        await anyio.sleep(0.05)
        return (await given())["type"]

    assert anyio.run(run) == "http.disconnect"


def test_an_ordinary_body_is_taken(site: Site) -> None:
    assert site.ask("PUT", PATH, "editor", json=SERVICE).status_code == 201
    large = site.ask("PUT", PATH, "editor", json={**SERVICE, "description": "x" * 5000})
    assert large.status_code == 413


def test_imports_have_a_bound_of_their_own(sqlite_store: Store, tmp_path: Path) -> None:
    line = json.dumps({**SERVICE, "description": "x" * 6000}).encode()
    headers = {"Content-Type": "application/x-ndjson"}
    with writing_site(sqlite_store, tmp_path, PSI_MOST_BODY_BYTES="5000") as site:
        answer = site.ask("POST", "/imports", "editor", content=line, headers=headers)
    assert answer.status_code == 200


def test_a_write_that_waits_too_long_is_not_begun_and_one_that_has_begun_is_finished() -> None:
    free, done = threading.Event(), []

    def work(name: str) -> str:
        free.wait(10)
        done.append(name)
        return name

    async def run() -> None:
        turns, told = Turns(0.2, at_once=1), []

        async def first() -> None:
            told.append(await turns.take(work, "first"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(first)
            await anyio.sleep(0.05)
            with pytest.raises(Busy, match="not begun"):
                await turns.take(work, "second")
            free.set()
        assert told == done == ["first"]
        assert await turns.take(work, "third") == "third"

    anyio.run(run)


def test_who_was_not_let_in_is_told_when_to_come_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*given: Any) -> None:
        raise Busy("Others are writing")

    monkeypatch.setattr(Turns, "take", busy)
    answer = site.ask("PUT", PATH, "editor", json=SERVICE)
    assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
    assert not site.store.head("service", "dos-ca-x").version
    assert not refusals(site.store, OPERATOR, 1)


def test_a_read_that_waited_too_long_is_not_begun() -> None:
    """And who waits is told in time, though no thread becomes free."""
    free, begun = threading.Event(), threading.Event()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        first, second = loop.run_in_executor(readers, free.wait, 10), loop.run_in_executor(readers, begun.set)
        with pytest.raises(Busy, match="ask again"):
            await asyncio.wait_for(second, 5)
        assert not first.done()
        free.set()
        assert await first is True and not begun.is_set()
        assert await asyncio.wrap_future(readers.submit(max, 1, 2, key=abs)) == 2
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(readers, divmod, 1, 0)

    with Readers(1, seconds=0.05) as readers:
        asyncio.run(run())


def test_who_has_gone_is_read_nothing_for() -> None:
    free, begun = threading.Event(), threading.Event()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        first, second = loop.run_in_executor(readers, free.wait, 10), loop.run_in_executor(readers, begun.set)
        second.cancel()
        await asyncio.sleep(0)
        free.set()
        assert await first is True
        assert await loop.run_in_executor(readers, begun.is_set) is False

    with Readers(1, seconds=10) as readers:
        asyncio.run(run())


def test_no_more_than_so_many_reads_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.server.concurrency.MOST_WAITING", 2)
    free = threading.Event()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        waiting = [loop.run_in_executor(readers, free.wait, 10) for _ in range(3)]
        with pytest.raises(Busy, match="ask again"):
            await loop.run_in_executor(readers, free.is_set)
        free.set()
        assert await asyncio.gather(*waiting) == [True] * 3
        assert await loop.run_in_executor(readers, free.is_set)

    with Readers(1, seconds=10) as readers:
        asyncio.run(run())
