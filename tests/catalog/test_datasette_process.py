"""Datasette's process may die of what it is sent; it is replaced, and the processes that started it go on."""

import os
import signal
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from api.server.datasette_supervisor import running_datasette
from api.server.settings import Settings
from catalog.datasette_process import ADDRESS_SPACE, LONGEST_QUERY, NICENESS
from datapackage.releases.make import Release
from tests.support.processes import datasette_processes

STUCK = "SELECT trim(printf('%.*c', 999000, 'x'), printf('%.*c', 60000, 'y') || 'x')"
HUNGRY = (
    "WITH RECURSIVE c(x) AS (SELECT printf('%.*c', 900000, 'x') UNION ALL SELECT x || '' FROM c LIMIT 2000) "
    "SELECT DISTINCT x || random() FROM c ORDER BY 1"
)


class Running:
    """Datasette in its process, and the ways to ask and to kill it."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def ask(self, sql: str = "SELECT 1") -> httpx.Response:
        """Ask in SQL."""
        return self.client.get("/data/inventory.json", params={"sql": sql})

    @property
    def processes(self) -> list[psutil.Process]:
        """The process that was started first, and the one that serves."""
        return datasette_processes(os.getpid())

    @property
    def serving(self) -> psutil.Process:
        """The process that runs SQL."""
        return self.processes[-1]


@pytest.fixture(scope="module")
def running(sample_release: Release) -> Iterator[Running]:
    settings = Settings.from_environment(
        {"PSI_HOME": str(sample_release.path.parents[1]), "PSI_PUBLIC_URL": "https://services.example.gov"}
    )
    os.environ["PSI_SECRET_OF_A_TEST"] = "secret"
    with running_datasette(settings) as path:
        transport = httpx.HTTPTransport(uds=path)
        with httpx.Client(transport=transport, base_url="http://datasette", timeout=60) as client:
            assert Running(client).ask().status_code == 200
            yield Running(client)
    del os.environ["PSI_SECRET_OF_A_TEST"]
    assert datasette_processes(os.getpid()) == []


def test_it_runs_apart_limited_and_without_secrets(running: Running) -> None:
    process = running.serving
    assert process.pid != os.getpid() and len(running.processes) == 2
    assert process.rlimit(psutil.RLIMIT_AS) == (ADDRESS_SPACE, ADDRESS_SPACE)
    assert process.nice() - psutil.Process().nice() >= min(NICENESS, 19 - psutil.Process().nice())
    assert not [name for name in process.environ() if name.startswith("PSI_")]


def test_links_name_the_public_address(running: Running) -> None:
    answer = running.client.get("/data/inventory/services.json?_size=1", headers={"Host": "evil.example"})
    assert answer.headers["link"].startswith("<https://services.example.gov/data/inventory/services.json?")


def test_a_hungry_query_fails_within_bounds(running: Running) -> None:
    before = running.serving.pid
    assert running.ask(HUNGRY).status_code == 400
    assert running.ask().status_code == 200
    assert running.serving.pid == before
    assert running.serving.memory_info().rss < ADDRESS_SPACE


@pytest.mark.parametrize("which", [-1, 0])
def test_answers_resume_within_seconds_of_a_kill(running: Running, which: int) -> None:
    before = [process.pid for process in running.processes]
    os.kill(before[which], signal.SIGKILL)
    began = time.monotonic()
    while len({process.pid for process in running.processes} - {before[which]}) < 2 or not _answers(running):
        assert time.monotonic() - began < 60


def _answers(running: Running) -> bool:
    try:
        return running.ask().status_code == 200
    except httpx.TransportError:
        time.sleep(0.05)
        return False


@pytest.mark.slow
def test_a_query_that_does_not_end_ends_its_process(running: Running) -> None:
    before, began = running.serving.pid, time.monotonic()
    with pytest.raises(httpx.TransportError):
        running.ask(STUCK)
    assert LONGEST_QUERY <= time.monotonic() - began < LONGEST_QUERY + 20
    assert _answers(running) and running.serving.pid != before
