"""The application under /data/: Datasette over the current release, switched without a restart."""

import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio

from catalog.datasette import BASE, datasette_app
from catalog.datasette_cells import DAMAGED, report_damage
from catalog.sql_limits import DamagedRelease
from datapackage.releases.directory import current_release, directory
from datapackage.releases.write_tables import DATABASE
from inventory.records.registry import Model

MOST_QUERY = 8_000
"""Bytes of the query of an address. Datasette looks through SQL with patterns whose time grows with its square."""
MOST_PARAMETERS = 50
"""Parameters of one address: each facet and each condition costs a query or a part of one."""
LONGEST_ANSWER = 300
"""Seconds that an answer may take in all: a reader that stops taking a stream makes room for others."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class DatasetteSite:
    """An ASGI application that serves each request from one release, the one that is current when it arrives.

    switched: whether it has opened a second release. Datasette does not free the threads and files of the first, so
    the process should end soon.
    public_url: the address of the inventory as its readers know it, from which absolute links are made. What a request
    says in Host is not used.
    """

    def __init__(self, releases: Path, model: Model, site: Path, public_url: str) -> None:
        self._releases, self._model, self._site = releases, model, site
        address = urlsplit(public_url)
        self._scheme, self._host = address.scheme, address.netloc.encode()
        self._serving: tuple[str, Any] = ("", None)
        self.switched = False
        self._switching = anyio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or stop when its sender leaves."""
        if len(scope["query_string"]) > MOST_QUERY:
            await _answer(send, 414, f"The query of an address may have at most {MOST_QUERY:,} bytes. Shorten it.")
            return
        if scope["query_string"].count(b"&") >= MOST_PARAMETERS:
            await _answer(send, 400, f"An address may have at most {MOST_PARAMETERS} parameters.")
            return
        release_id = current_release(self._releases)
        if release_id is None:
            await _answer(send, 503, "There is no release yet. Make one with psi release.")
            return
        try:
            app = await self._app(release_id)
            await until_sender_leaves(partial(app, self._inner(scope), _no_body), receive, send)
        except (
            DamagedRelease,
            sqlite3.Error,
        ) as error:  # before Datasette handles a request; its own errors it answers
            report_damage(error)
            await _answer(send, 500, DAMAGED)

    async def _app(self, release_id: str) -> Any:
        async with self._switching:
            if self._serving[0] != release_id:
                database = directory(self._releases, release_id) / DATABASE
                datasette = datasette_app(database, self._model, self._site)
                await datasette.invoke_startup()
                self.switched = self._serving[1] is not None
                self._serving = (release_id, datasette.app())
            return self._serving[1]

    def _inner(self, scope: Scope) -> Scope:
        """The request as Datasette expects it: below its own path, at the public address, without credentials."""
        raw = (scope.get("raw_path") or scope["path"].encode()).split(b"?")[0]
        headers = [(name, value) for name, value in scope["headers"] if name in (b"accept", b"user-agent")]
        return {
            **scope,
            "path": scope["path"].removeprefix(BASE.rstrip("/")) or "/",
            "raw_path": raw.removeprefix(BASE.rstrip("/").encode()) or b"/",
            "scheme": self._scheme,
            "headers": [*headers, (b"host", self._host)],
        }


async def until_sender_leaves(
    answer: Callable[[Send], Awaitable[None]], receive: Callable[[], Awaitable[Any]], send: Any
) -> None:
    """Answer, and stop when the sender disconnects before the answer is whole: its remaining queries are not run."""
    failure: Exception | None = None
    whole = False

    async def send_on(message: Message) -> None:
        nonlocal whole
        whole = message["type"] == "http.response.body" and not message.get("more_body")
        await send(message)

    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            if not whole:
                tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        try:
            await answer(send_on)
        except Exception as error:  # noqa: BLE001 - raised below, for here the group would wrap it
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})
