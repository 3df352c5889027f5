"""Processes of a server die under load: of Datasette's no reader of the API notices, of a worker's no write is lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

import httpx
import psutil
import pytest
from sqlalchemy import Engine

from api.commands.operate import SETTLED
from inventory.ledger.store import Store
from tests.stress.scenarios.processes import url_of
from tests.stress.scenarios.served import served
from tests.stress.scenarios.submissions import services, submit_disturbed
from tests.support.processes import UNLIMITED, Server, answers, datasette_processes, running_server
from tests.support.sites import release_uncertified

CLIENTS = 3


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_deaths_of_datasette_harm_no_reader(sample_store: Store, tmp_path: Path, kills: int) -> None:
    release_uncertified(sample_store, tmp_path)
    over = Event()

    def read(address: str, path: str) -> list[int]:
        statuses = []
        with httpx.Client(base_url=address, timeout=30) as client:
            while not over.is_set():
                statuses.append(client.get(path).status_code)
                time.sleep(0.01)
        return statuses

    with (
        running_server(tmp_path, PSI_DATABASE_URL=url_of(sample_store), **UNLIMITED) as server,
        ThreadPoolExecutor(2 * CLIENTS) as pool,
    ):
        apis = [pool.submit(read, server.address, "/api/v1/services?limit=5") for _ in range(CLIENTS)]
        pages = [pool.submit(read, server.address, "/data/inventory/services.json?_size=5") for _ in range(CLIENTS)]
        try:
            longest = max(_kill_and_wait(server) for _ in range(kills))
        finally:
            over.set()
        read_statuses = {status for api in apis for status in api.result()}
        page_statuses = {status for page in pages for status in page.result()}
    assert read_statuses == {200}
    assert page_statuses <= {200, 503} and longest < 10


def _kill_and_wait(server: Server) -> float:
    """Kill the process that serves. Returns the seconds until another answers."""
    serving = datasette_processes(server.pid)[-1]
    serving.kill()
    began = time.monotonic()
    psutil.wait_procs([serving], timeout=10)
    while httpx.get(f"{server.address}/data/inventory/services.json?_size=1", timeout=30).status_code != 200:
        assert time.monotonic() - began < 30
    return time.monotonic() - began


def kill_one(starter: int) -> bool:
    """Kill a worker. Returns whether there was one."""
    own = psutil.Process(starter).children()
    workers = [process for process in own if process not in datasette_processes(starter)]
    with suppress(psutil.Error):
        for process in reversed(workers):
            if process.status() != psutil.STATUS_ZOMBIE:
                process.kill()
                return True
    return False


@pytest.mark.slow
def test_deaths_of_workers_lose_nothing_acknowledged(store: Store, engine: Engine, tmp_path: Path) -> None:
    with served(store, tmp_path, services(60)) as inventory:
        store.engine.dispose()
        time.sleep(SETTLED)

        def kill_worker() -> float:
            began = time.monotonic()
            while not kill_one(inventory.server.pid):
                time.sleep(0.05)
            while not answers(inventory.server.address):
                assert time.monotonic() - began < 60
            return time.monotonic() - began

        toll = submit_disturbed(inventory, 60, kill_worker, times=20, settle=store.engine.dispose)
    assert toll.faults == []
    assert (toll.acknowledged, toll.disturbed) == (60, 20)
