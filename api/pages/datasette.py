"""Datasette under /data/, passed on from its own process."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from string import punctuation
from typing import Any, Self
from urllib.parse import quote

import httpx
import structlog
from anyio import fail_after
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from api.contract.errors import BrowsingFails, NotReleased
from api.contract.paths import API
from catalog.datasette import BASE
from catalog.datasette_site import LONGEST_ANSWER, until_sender_leaves
from datapackage.releases.directory import current_release

BROWSING = BASE.rstrip("/")
MOST_AT_A_TIME = 32
"""Requests of one worker that Datasette answers at a time. Others wait for `PATIENCE`, then get 503."""
PATIENCE = httpx.Timeout(30, connect=5, pool=10)  # seconds
HELD_BACK = 65_536
"""Bytes of an answer that are waited for before it is sent on."""
SOON = 5.0
"""Seconds after which a request is not repeated when Datasette's process dies."""
LONGEST_PAUSE = 20.0
"""Seconds for which a reader may take nothing of an answer."""
PASSED_ON = {b"content-type", b"content-length", b"content-disposition", b"location", b"link", b"cache-control"}
NOTHING_YET = (
    "There is no release yet, and here a release is browsed. What is public already is at "
    f"{API}/services; who runs this service makes a release with psi release."
)
FAILED = "Datasette failed to answer this. Try again in a while; the operator finds the cause in the log."

log = structlog.get_logger()


class Browsing:
    """The way to Datasette. transport: how its process is reached; None where nothing started one."""

    def __init__(self, releases: Path, transport: httpx.AsyncBaseTransport | None) -> None:
        self._releases, self._transport = releases, transport
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def connected(self, _app: Litestar) -> AsyncIterator[None]:
        """Hold connections to Datasette while the application runs."""
        if self._transport is None:
            yield
            return
        async with httpx.AsyncClient(
            transport=self._transport, timeout=PATIENCE, base_url="http://datasette"
        ) as client:
            self._client = client
            yield

    def route(self) -> HTTPRouteHandler:
        """The route of everything under /data/."""

        # Not a mount: Litestar's takes every path that begins with these letters, /databases and /data.json too.
        @get([BROWSING, f"{BROWSING}/{{rest:path}}"], operation_id="browse", include_in_schema=False)
        async def browse() -> ASGIApp:
            if current_release(self._releases) is None:
                raise NotReleased(NOTHING_YET)
            if self._client is None:
                raise BrowsingFails("Datasette does not run here. psi serve starts it.")
            return self._pass_on

        return browse

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask Datasette, and send its answer on as it arrives. Raises BrowsingFails before anything is sent."""
        assert self._client is not None
        raw = (scope.get("raw_path") or scope["path"].encode()).split(b"?")[0]
        asked = raw + b"?" + scope["query_string"] if scope["query_string"] else raw
        request = self._client.build_request("GET", quote(asked, safe=punctuation))

        async def answer(send: Any) -> None:
            async with aclosing(await self._answered(request)) as begun:
                if begun.response.is_server_error:
                    raise BrowsingFails(FAILED)
                await _send_on(begun, send)

        await until_sender_leaves(answer, receive, send)

    async def _answered(self, request: httpx.Request) -> "_Answer":
        """Ask, and once more where the process died soon: another begins within a fraction of a second.

        A process that died later may have died of this very query.
        """
        assert self._client is not None
        asked = time.monotonic()
        try:
            try:
                return await _Answer.begun(await self._client.send(request, stream=True))
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                if time.monotonic() - asked > SOON:
                    raise
                return await _Answer.begun(await self._client.send(request, stream=True))
        except httpx.PoolTimeout as fault:
            raise BrowsingFails("Datasette is answering as many requests as it can. Try again in a while.") from fault
        except httpx.TransportError as fault:
            log.warning("datasette", error=type(fault).__name__)
            raise BrowsingFails("Datasette did not answer this. Ask for less, or try again in a while.") from fault


class _Answer:
    """An answer, whole or in its first `HELD_BACK` bytes: where the process died before, there is room for a 503."""

    def __init__(self, response: httpx.Response, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self.response, self._first, self._rest = response, first, rest

    @classmethod
    async def begun(cls, response: httpx.Response) -> Self:
        """Wait for the whole body, or its first bytes. Raises httpx.TransportError."""
        rest, first = response.aiter_raw(), bytearray()
        try:
            async for piece in rest:
                first += piece
                if len(first) >= HELD_BACK:
                    break
            return cls(response, bytes(first), rest)
        except BaseException:
            await response.aclose()
            raise

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives. Raises httpx.TransportError."""
        yield self._first
        async for piece in self._rest:
            yield piece

    async def aclose(self) -> None:
        """Give the connection back."""
        await self.response.aclose()


def _below(location: bytes) -> bytes:
    """Return where a redirect leads; Datasette forgets its own path where it drops a trailing slash."""
    inside = location.startswith(b"/") and not location.startswith(BASE.encode())
    return BROWSING.encode() + location if inside else location


def datasette_transport(path: str) -> httpx.AsyncBaseTransport | None:
    """Return the way to Datasette's process through its Unix socket; None without one."""
    limits = httpx.Limits(max_connections=MOST_AT_A_TIME, max_keepalive_connections=MOST_AT_A_TIME)
    return httpx.AsyncHTTPTransport(uds=path, limits=limits) if path else None


async def _send_on(answer: _Answer, send: Any) -> None:
    response = answer.response
    headers = [
        (name.lower(), _below(value) if name.lower() == b"location" else value)
        for name, value in response.headers.raw
        if name.lower() in PASSED_ON
    ]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    with fail_after(LONGEST_ANSWER):
        async for piece in answer.pieces():
            with fail_after(LONGEST_PAUSE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
