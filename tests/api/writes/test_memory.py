"""The memory of a server under the worst bodies that it takes, and how fast it answers others meanwhile."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from tests.inventory.ledger.test_store import save
from tests.support.api.hostile_imports import DOCUMENTS, IMPORTS
from tests.support.api.writing import keys_of_holders
from tests.support.builders import an_organization
from tests.support.processes import UNLIMITED, Server, running_server

pytestmark = pytest.mark.slow
MOST_GROWTH = 200_000_000
MOST_ANSWER = 5_200_000
"""The lists of an answer, and a little for its counts and words."""


class Watched:
    """A server: its memory, and how long /health takes."""

    def __init__(self, server: Server, key: str) -> None:
        self.server, self.headers = server, {"Authorization": f"Bearer {key}"}
        self._before = self.memory()

    def memory(self) -> int:
        workers = psutil.Process(self.server.pid).children(recursive=True)
        return max(int(worker.memory_info().rss) for worker in workers)

    def send(self, path: str, media: str, body: bytes) -> tuple[httpx.Response, int, float]:
        """The answer, by how much the memory then exceeds that at the start, and the longest wait for /health."""
        peak, longest, ended = 0, 0.0, threading.Event()

        def watch() -> None:
            nonlocal peak, longest
            with httpx.Client(base_url=self.server.address, timeout=60) as client:
                while not ended.wait(0.02):
                    began = time.monotonic()
                    assert client.get("/health").status_code == 200
                    longest = max(longest, time.monotonic() - began)
                    peak = max(peak, self.memory())

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            headers = {**self.headers, "Content-Type": media}
            answer = httpx.post(f"{self.server.address}/api/v1{path}", content=body, headers=headers, timeout=120)
        finally:
            ended.set()
            watching.join()
        return answer, max(peak, self.memory()) - self._before, longest


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    for name, parent in (("dos", None), ("dos-ca", "dos"), ("usda", None)):
        save(store, "organization", an_organization(organization_id=name, parent_id=parent))
    keys = keys_of_holders(store)
    with running_server(tmp_path, PSI_IMPORT_SECONDS="60", **UNLIMITED) as server:
        yield Watched(server, keys["editor"])


@pytest.mark.parametrize("name", IMPORTS)
def test_no_import_fills_the_memory(watched: Watched, tmp_path: Path, name: str) -> None:
    media, made = IMPORTS[name]
    body = made(tmp_path)
    for query in ("dry_run=true", "publish=true"):
        answer, growth, longest = watched.send(f"/imports?{query}", media, body)
        check_bounds(f"{name}, {query}", answer, growth, longest)
        assert answer.status_code in (200, 400, 413, 422), answer.text[:500]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_fills_the_memory(watched: Watched, name: str) -> None:
    answer, growth, longest = watched.send("/checks/service", "application/json", DOCUMENTS[name]())
    check_bounds(name, answer, growth, longest)
    assert answer.status_code == 200, answer.text[:500]


def check_bounds(name: str, answer: httpx.Response, growth: int, longest: float) -> None:
    """The figures are shown by `pytest -s`."""
    size, seconds = len(answer.content), answer.elapsed.total_seconds()
    figures = (
        f"{name}: {answer.status_code}, {growth / 1e6:.0f} MB, /health {longest:.2f} s, {seconds:.1f} s, {size:,} B"
    )
    sys.stdout.write(f"\n{figures}")
    assert growth < MOST_GROWTH and size < MOST_ANSWER, figures
