"""Lists that are streamed: however long they are, the server holds no more of them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psutil
import pytest

from api.contract.media_types import CSV, NDJSON
from api.http.lists import cursor
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.publish import publish
from tests.conftest import OPERATOR, now
from tests.support.api.writing import keys_of_holders
from tests.support.builders import with_organizations
from tests.support.generated import write_ndjson
from tests.support.loads import loaded
from tests.support.processes import UNLIMITED, running_server

SERVICES, FEW, IDLE = 20_000, 100, 8
Site = tuple[httpx.Client, psutil.Process, dict[str, str], list[str]]
WAYS = {
    "lines": {"Accept": NDJSON, "Accept-Encoding": "identity"},
    "lines, compressed": {"Accept": NDJSON, "Accept-Encoding": "gzip"},
    "a table": {"Accept": CSV, "Accept-Encoding": "identity"},
    "a table, compressed": {"Accept": CSV, "Accept-Encoding": "gzip"},
}


def peak(client: httpx.Client, asked: str, headers: dict[str, str], server: psutil.Process) -> tuple[int, float]:
    """How many bytes came, and the most memory (MB) the server held meanwhile."""
    size, most = 0, 0.0
    with client.stream("GET", f"/api/v1/services?{asked}", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers.get("content-encoding", "identity") == headers["Accept-Encoding"]
        for piece in answer.iter_bytes():
            size += len(piece)
            most = max(most, held(server))
    return size, most


def held(server: psutil.Process) -> float:
    return float(sum(one.memory_info().rss for one in (server, *server.children(recursive=True))) / 1e6)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over thousands of services, its process, keys by holder, and the ids of what is public."""
    home = tmp_path_factory.mktemp("streams")
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    loaded(store, write_ndjson(home / "services.ndjson", SERVICES))
    publish(store, OPERATOR, now)
    keys = keys_of_holders(with_organizations(store, "usda"))
    ids = [head.record_id for head, _ in store.all_documents("service") if head.state == "published"]
    engine.dispose()
    with (
        running_server(home, **UNLIMITED) as server,
        httpx.Client(base_url=server.address, timeout=120) as client,
    ):
        yield client, psutil.Process(server.pid), keys, ids


@pytest.mark.slow
@pytest.mark.parametrize("holder", ["", "omb_reviewer"])
def test_thousands_of_records_take_no_more_memory_than_a_hundred(site: Site, holder: str) -> None:
    client, server, keys, ids = site
    client.get("/api/v1/services?q=grazing").raise_for_status()  # the index is in memory from now on
    bearing = {"Authorization": f"Bearer {keys[holder]}"} if holder else {}
    for name, way in WAYS.items():
        few, before = peak(client, f"cursor={cursor('services', ids[-FEW - 1])}", {**way, **bearing}, server)
        many, most = peak(client, "", {**way, **bearing}, server)
        assert many > 150 * few, name
        # Where it makes JSON lines, a page of 500 is in memory; all of it would be 56 MB.
        assert most < before + 25, name


@pytest.mark.slow
def test_readers_who_take_nothing_fill_no_memory(site: Site) -> None:
    client, server, _, _ = site
    client.get("/api/v1/services?q=grazing").raise_for_status()
    before = held(server)
    with ExitStack() as readers:
        for _ in range(IDLE):
            readers.enter_context(client.stream("GET", "/api/v1/services", headers=WAYS["lines"]))
        time.sleep(3)
        # All of it would be 56 MB for each.
        assert held(server) < before + IDLE * 12
        assert client.get("/api/v1/services?limit=1").status_code == 200
