"""Datasette's process may die of what it is sent; it is replaced, and the processes that started it go on."""

import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest
from litestar.testing import TestClient

from api.app import create_app
from api.pages.datasette import datasette_transport
from api.server.datasette_supervisor import running_datasette
from api.server.settings import Settings
from catalog.datasette_process import ADDRESS_SPACE, LONGEST_QUERY, NICENESS
from datapackage.releases.directory import set_current
from datapackage.releases.make import Release
from datapackage.releases.write_tables import DATABASE
from inventory.ledger.store import Store
from tests.support.processes import datasette_processes

STUCK = "SELECT trim(printf('%.*c', 999000, 'x'), printf('%.*c', 60000, 'y') || 'x')"
HUNGRY = (
    "WITH RECURSIVE c(x) AS (SELECT printf('%.*c', 900000, 'x') UNION ALL SELECT x || '' FROM c LIMIT 2000) "
    "SELECT DISTINCT x || random() FROM c ORDER BY 1"
)
LONG = "WITH RECURSIVE c(x) AS (SELECT printf('%.*c', 900000, 'x') UNION ALL SELECT x FROM c LIMIT 15) SELECT x FROM c"


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
    if sys.platform == "linux":
        assert process.rlimit(psutil.RLIMIT_AS) == (ADDRESS_SPACE, ADDRESS_SPACE)
    assert process.nice() - psutil.Process().nice() >= min(NICENESS, 19 - psutil.Process().nice())
    assert not [name for name in process.environ() if name.startswith("PSI_")]


def test_its_niceness_counts_against_the_api(running: Running) -> None:
    # Linux weighs sessions alike, whatever the niceness in them. Of a terminal, Ctrl-C reaches one process group.
    for process in running.processes:
        assert os.getsid(process.pid) == os.getsid(0)
        assert os.getpgid(process.pid) != os.getpgid(0)


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


def test_a_slow_reader_delays_no_restart(running: Running) -> None:
    starter = running.processes[0]
    with running.client.stream("GET", "/data/inventory.csv", params={"sql": LONG}) as answer:
        pieces = answer.iter_bytes()
        next(pieces)
        starter.kill()
        began = time.monotonic()
        while starter in running.processes or len(running.processes) < 2 or not _answers(running):
            assert time.monotonic() - began < 60


@pytest.mark.slow
def test_a_query_that_does_not_end_ends_its_process(running: Running) -> None:
    before, began = running.serving.pid, time.monotonic()
    with pytest.raises(httpx.TransportError):
        running.ask(STUCK)
    assert LONGEST_QUERY <= time.monotonic() - began < LONGEST_QUERY + 20
    assert _answers(running) and running.serving.pid != before


def release_numbered(number: int, like: Path, releases: Path) -> None:
    """Make a copy of a release the current one. Its number can be asked in SQL."""
    made = releases / f"2026-11-30.{number}"
    made.mkdir(parents=True)
    shutil.copyfile(like / DATABASE, made / DATABASE)
    with closing(sqlite3.connect(made / DATABASE)) as connection, connection:
        connection.execute(f"CREATE TABLE numbered AS SELECT {number} AS number")
    set_current(releases, made.name)


def threads_and_files(process: psutil.Process) -> tuple[int, int]:
    """Return how many threads and open files a process has."""
    return process.num_threads(), process.num_fds()


def test_switches_of_releases_leave_nothing_behind(
    sample_release: Release, published_sample: Store, tmp_path: Path
) -> None:
    release_numbered(1, sample_release.path, tmp_path / "releases")
    settings = Settings.from_environment({"PSI_HOME": str(tmp_path), "PSI_REQUESTS_PER_ADDRESS": "0"})
    taken: list[tuple[int, int]] = []
    with running_datasette(settings) as path:
        app = create_app(settings, published_sample, datasette=datasette_transport(path))
        with TestClient(app) as client:
            for number in range(1, 5):
                if number > 1:
                    release_numbered(number, sample_release.path, tmp_path / "releases")
                began, before = time.monotonic(), datasette_processes(os.getpid())
                while time.monotonic() - began < 1 or (number > 1 and datasette_processes(os.getpid()) == before):
                    assert time.monotonic() - began < 60
                    answer = client.get("/data/inventory.json?sql=SELECT number FROM numbered&_shape=arrayfirst")
                    assert (answer.status_code, answer.json()) == (200, [number])
                taken.append(threads_and_files(datasette_processes(os.getpid())[-1]))
    assert max(threads for threads, _ in taken) <= taken[0][0] + 2
    assert max(files for _, files in taken) <= taken[0][1] + 8


def test_a_stream_outlives_a_switch_of_releases(sample_release: Release, tmp_path: Path) -> None:
    release_numbered(1, sample_release.path, tmp_path / "releases")
    settings = Settings.from_environment({"PSI_HOME": str(tmp_path)})
    with running_datasette(settings) as path:
        transport = httpx.HTTPTransport(uds=path)
        with httpx.Client(transport=transport, base_url="http://datasette", timeout=60) as client:
            with client.stream("GET", "/data/inventory.csv", params={"sql": LONG}) as answer:
                pieces = answer.iter_bytes()
                size, before = len(next(pieces)), datasette_processes(os.getpid())[-1]
                release_numbered(2, sample_release.path, tmp_path / "releases")
                while datasette_processes(os.getpid())[-1] == before:
                    assert _answers(Running(client))
                size += sum(map(len, pieces))
            assert size > 15 * 900_000
            before.wait(timeout=30)
