"""HTTP under load: reads, a submission and the feed, against the same server sending static bytes; memory."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil

from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.publish import publish
from tests.bench.figures import Figure, Settings
from tests.bench.subjects.client import Timed, of_times, timed
from tests.bench.subjects.servers import serving
from tests.conftest import OPERATOR, now
from tests.support.api.writing import keys_of_holders
from tests.support.builders import with_organizations
from tests.support.generated import service_id, write_ndjson
from tests.support.loads import loaded
from tests.support.processes import UNLIMITED
from tests.support.quarters import a_quarter, with_designations

SERVICES, CONNECTIONS, ASKED = 1_000, 8, 500
STATIC = "static bytes"
PATHS = {
    STATIC: "/bench/static",
    "GET one service": f"/api/v1/services/{service_id(ASKED)}",
    "a list of 100": "/api/v1/services?limit=100",
    "the feed, 100 entries": "/api/v1/changes?since=100&limit=100",
}
ATTESTED = {"name": "A synthetic name", "title": "Director"}


def figures(settings: Settings) -> Iterator[Figure]:
    """Rates and the slowest answers of each path, in turns on one server; then what the server holds in memory."""
    submissions, requests = int(settings.choose(200, 20)), int(settings.choose(100_000, 30_000))
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        keys = _prepared(home, submissions)
        environment = {"PSI_HOME": str(home), "BENCH_STATIC": str(home / "one.json"), **UNLIMITED}
        port = stack.enter_context(serving("tests.bench.subjects.servers:same_application", environment, PATHS[STATIC]))
        told = _in_turns(port, settings)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            alone = _one_by_one(client, submissions)
            submitted = _submitted(client, keys, submissions)
        for name in [name for name in PATHS if name != STATIC]:
            yield _figure(f"{name}, {CONNECTIONS} connections", told[name], told[STATIC])
        yield _figure("submit a quarter (PUT and POST), one after another", submitted, alone)
        yield _memory(port, requests)


def _in_turns(port: int, settings: Settings) -> dict[str, Timed]:
    rounds: dict[str, list[Timed]] = {name: [] for name in PATHS}
    for _ in range(int(settings.choose(7, 3))):
        for name, path in PATHS.items():
            rounds[name].append(timed(port, path, CONNECTIONS, settings.choose(1.5, 0.4)))
    return {
        name: Timed(statistics.median(one.rate for one in each), statistics.median(one.p99 for one in each))
        for name, each in rounds.items()
    }


def _one_by_one(client: httpx.Client, count: int) -> Timed:
    times = [_took(lambda: client.get(PATHS[STATIC]).raise_for_status()) for _ in range(count)]
    return of_times(times, sum(times))


def _submitted(client: httpx.Client, keys: dict[str, str], count: int) -> Timed:
    """A quarter is put by an editor and submitted by a certifier, each over HTTP."""
    editor, certifier = ({"Authorization": f"Bearer {keys[name]}"} for name in ("editor", "certifier"))
    times = []
    for number in range(count):
        path, document = f"/api/v1/feedback/dos-ca/s{number}/2026-Q1", a_quarter("2026-Q1", service_id=f"s{number}")
        began = time.perf_counter()
        client.put(path, json=document, headers=editor).raise_for_status()
        client.post(f"{path}/submit", json=ATTESTED, headers=certifier).raise_for_status()
        times.append(time.perf_counter() - began)
    return of_times(times, sum(times))


def _memory(port: int, requests: int) -> Figure:
    """How much more the server holds after so many requests than after the first of each kind."""
    asked, held = 0.0, 0.0
    while asked < requests:
        for path in PATHS.values():
            asked += timed(port, path, CONNECTIONS, 0.5).rate * 0.5
        held = held or _resident(port)
    return Figure(
        what=f"memory of the server after {requests:,} requests, more than after the first seconds of them",
        measured=_resident(port) - held,
        unit="MB",
        reach=30,
        at_most=True,
        detail=f"{_resident(port):.0f} MB, of {held:.0f} MB in the first seconds",
    )


def _resident(port: int) -> float:
    """The memory of all processes of the server, in MB."""
    children = psutil.Process().children()
    [server] = [child for child in children if str(port) in child.cmdline()]
    return float(sum(one.memory_info().rss for one in (server, *server.children(recursive=True))) / 1e6)


def _figure(what: str, found: Timed, static: Timed) -> Figure:
    detail = f"{found.rate:,.0f}/s, p99 {found.p99:.1f} ms; static {static.rate:,.0f}/s, p99 {static.p99:.1f} ms"
    return Figure(
        what=f"{what}, against the same server sending static bytes", measured=found.rate / static.rate, detail=detail
    )


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _prepared(home: Path, submissions: int) -> dict[str, str]:
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    loaded(store, write_ndjson(home / "services.ndjson", SERVICES))
    publish(store, OPERATOR, now)
    with_designations(store, [("dos-ca", f"s{number}", 2026) for number in range(submissions)])
    keys = keys_of_holders(with_organizations(store, "usda"))
    (home / "one.json").write_bytes(store.public("service", service_id(ASKED)).body)
    engine.dispose()
    return keys
