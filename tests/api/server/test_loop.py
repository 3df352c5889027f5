"""No question holds up the others: what is slow to read is read in a thread."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar.concurrency import set_asyncio_executor
from sqlalchemy import event

from api.app import create_app
from api.http.lists import in_threads
from api.server.concurrency import Readers
from api.server.settings import Settings
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine, wal_is_safe
from tests.conftest import publish_sample

V1 = "/api/v1"
ONE = f"{V1}/services/dos-ca-passport-services"
SLOW = (
    "/",
    "/health",
    f"{V1}/organizations",
    f"{V1}/organizations?as_of=2026-11-23",
    f"{V1}/services",
    f"{V1}/services?q=passport",
    f"{V1}/services?q=passport&as_of=2026-11-23",
    f"{V1}/feedback?period=2026",
    f"{V1}/scores",
    f"{V1}/calendar/2026",
    f"{V1}/board?period=2026",
    f"{V1}/changes",
    f"{V1}/ledger/head",
    f"{ONE}?as_of=2026-11-23",
    f"{ONE}/versions",
    f"{ONE}/versions/1",
)

LONG = (
    f"{V1}/services?q=passport&as_of=2026-11-22",
    f"{V1}/feedback?period=2026&as_of=2026-11-22",
    f"{V1}/scores?by=provider",
    f"{V1}/scores?measure=trust",
)


class Held:
    """A store of which whoever takes a connection waits, while it is held, and tells in which thread."""

    def __init__(self, folder: Path) -> None:
        self.engine = open_engine(f"sqlite:///{folder}/ledger.db")
        create_tables(self.engine)
        self.store = Store(self.engine, INVENTORY)
        publish_sample(self.store)
        self.asked, self.free = threading.Event(), threading.Event()
        self.threads: set[threading.Thread] = set()
        self.app = create_app(Settings.from_environment({"PSI_HOME": str(folder)}), self.store)
        event.listen(self.engine, "checkout", self._wait)

    def _wait(self, *_: Any) -> None:
        self.threads.add(threading.current_thread())
        self.asked.set()
        if threading.current_thread() is not threading.main_thread():
            assert self.free.wait(10), "nobody else was answered"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    held = Held(tmp_path_factory.mktemp("held"))
    yield held
    held.free.set()
    held.engine.dispose()


@pytest.fixture
def held(shared: Held) -> Held:
    shared.asked.clear()
    shared.free.clear()
    shared.threads.clear()
    return shared


@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/x-ndjson"])
@pytest.mark.parametrize("path", SLOW)
def test_others_are_answered_while_it_is_read(held: Held, path: str, accept: str) -> None:
    async def ask() -> tuple[int, int]:
        transport = httpx.ASGITransport(app=cast("Any", held.app))
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            slow = asyncio.create_task(client.get(path, headers={"Accept": accept}))
            while not held.asked.is_set() and not slow.done():
                await asyncio.sleep(0.01)
            robots = await client.get("/robots.txt")
            assert not slow.done()
            held.free.set()
            return robots.status_code, (await slow).status_code

    assert asyncio.run(ask()) == (200, 200)
    assert threading.main_thread() not in held.threads


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "psi_00_0"}])
def test_others_are_answered_while_the_database_is_closed(held: Held, headers: dict[str, str]) -> None:
    """One record and the key of who asks are read on the spot; while somebody writes into the file a thread waits.

    In WAL mode readers wait for no writer: there they are answered meanwhile.
    """

    async def ask() -> tuple[int, int]:
        transport = httpx.ASGITransport(app=cast("Any", held.app))
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            one = asyncio.create_task(client.get(ONE, headers=headers))
            await asyncio.sleep(0.3)
            robots = await client.get("/robots.txt")
            assert one.done() is wal_is_safe(sqlite3.sqlite_version_info[:3])
            closed.execute("ROLLBACK")
            return robots.status_code, (await one).status_code

    held.free.set()
    closed = sqlite3.connect(str(held.engine.url.database), isolation_level=None)
    closed.execute("BEGIN EXCLUSIVE")
    with contextlib.closing(closed):
        assert asyncio.run(ask()) == (200, 401 if headers else 200)


@pytest.mark.parametrize("path", LONG)
def test_long_questions_do_not_hold_up_short_ones_however_many_ask(
    held: Held, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, free = threading.Event(), threading.Event()

    def endless(*_: Any) -> Any:
        begun.set()
        assert free.wait(10), "short questions waited for long ones"
        return []

    monkeypatch.setattr("api.resources.scores._scores", endless)
    monkeypatch.setattr("catalog.search.Search._find_at", endless)

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app=cast("Any", held.app))
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            long = [asyncio.create_task(client.get(path)) for _ in range(3)]
            while not begun.is_set():
                await asyncio.sleep(0.01)
            short = [await client.get(one) for one in (f"{V1}/organizations", f"{V1}/services?as_of=2026-11-23")]
            assert not any(task.done() for task in long)
            free.set()
            return [answer.status_code for answer in (*short, *await asyncio.gather(*long))]

    held.free.set()
    set_asyncio_executor(Readers(1, 30))
    try:
        assert asyncio.run(ask()) == [200] * 5
    finally:
        set_asyncio_executor(None)


def test_that_many_read_is_no_sickness(held: Held) -> None:
    async def ask() -> int:
        readers.submit(busy.wait, 10)
        transport = httpx.ASGITransport(app=cast("Any", held.app))
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            answer = await client.get("/health")
        busy.set()
        return answer.status_code

    held.free.set()
    busy, readers = threading.Event(), Readers(1, 30)
    set_asyncio_executor(readers)
    try:
        assert asyncio.run(ask()) == 200
    finally:
        set_asyncio_executor(None)


def test_a_stream_that_breaks_does_not_end_as_if_it_were_whole() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise ValueError("not JSON")

    async def all_of_it() -> list[bytes]:
        return [piece async for piece in in_threads(pieces())]

    with pytest.raises(ValueError, match="not JSON"):
        asyncio.run(all_of_it())
