"""Datasette under /data/: only there, only to be read, and quiet."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from litestar.testing import TestClient

from api.app import create_app
from api.server.settings import Settings
from inventory.ledger.store import Store
from tests.support.sites import Client, release_uncertified


@pytest.mark.parametrize("path", ["/data", "/data/", "/data/inventory", "/data/inventory/services?_search=passport"])
def test_datasette_answers_below_its_path(reader: Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 200 and "/data/data" not in answer.text


@pytest.mark.parametrize("path", ["/data/", "/data/inventory/services", "/data/none", "/data/inventory/none"])
def test_every_page_leads_back_to_the_site(reader: Client, path: str) -> None:
    assert '<a href="/">Public Services Inventory</a>' in reader.get(path).text


def test_the_page_of_what_is_not_there_says_so_once(reader: Client) -> None:
    told = reader.get("/nowhere", headers={"Accept": "text/html"}).text
    assert told.partition("<main")[2].count("Not found") == 1


@pytest.mark.parametrize("path", ["/databases", "/datab", "/datab/inventory"])
def test_it_does_not_take_what_only_begins_alike(reader: Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/data/none", "/data/a/b/c/d", "/data/inventory/none", "/data/inventory/services/x"])
def test_what_is_not_there_is_told_in_one_line(
    reader: Client, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, path: str
) -> None:
    assert reader.get(path).status_code == 404
    told = capfd.readouterr()
    assert "Traceback" not in told.out + told.err + caplog.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/data/", "/data/inventory/services", "/data/-/messages", "/data/-/permissions"])
def test_it_is_only_read(reader: Client, method: str, path: str) -> None:
    answer = reader.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"]


class _Dying(httpx.AsyncBaseTransport):
    """A process that sends headers and the beginning of a body, and dies as often as asked."""

    def __init__(self, deaths: int) -> None:
        self._deaths = deaths

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._deaths -= 1
        return httpx.Response(200, content=_body(dies=self._deaths >= 0))


async def _body(*, dies: bool) -> AsyncIterator[bytes]:
    yield b"wh"
    if dies:
        raise httpx.ReadError("the process died")
    yield b"ole"


@pytest.mark.parametrize(("deaths", "status"), [(0, 200), (1, 200), (2, 503)])
def test_death_within_a_short_answer_is_no_server_error(
    sample_store: Store, tmp_path: Path, deaths: int, status: int
) -> None:
    release_uncertified(sample_store, tmp_path)
    settings = Settings.from_environment({"PSI_HOME": str(tmp_path)})
    with TestClient(create_app(settings, sample_store, datasette=_Dying(deaths))) as client:
        answer = client.get("/data/inventory/services.json")
    assert answer.status_code == status
    assert (answer.text == "whole") == (status == 200)


ASKED = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/data/inventory.json",
    "raw_path": b"/data/inventory.json",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"testserver")],
    "client": ("127.0.0.1", 1),
    "server": ("testserver", 80),
}


class _Silent(httpx.AsyncBaseTransport):
    """A process that takes a request and never answers."""

    def __init__(self) -> None:
        self.asked, self.cancelled = anyio.Event(), False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.set()
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            self.cancelled = True
            raise
        raise AssertionError


def test_a_sender_who_leaves_frees_the_place(sample_store: Store, tmp_path: Path) -> None:
    release_uncertified(sample_store, tmp_path)
    silent = _Silent()
    app = create_app(Settings.from_environment({"PSI_HOME": str(tmp_path)}), sample_store, datasette=silent)
    sent: list[Any] = []

    async def ask_and_leave() -> None:
        incoming = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Any:
            if message := next(incoming, None):
                return message
            await silent.asked.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        async with app.lifespan():
            with anyio.fail_after(20):
                await app(ASKED, receive, send)  # type: ignore[arg-type]

    anyio.run(ask_and_leave)
    assert silent.cancelled and not sent
