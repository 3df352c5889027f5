"""A client of an inventory's API, patient with servers that fail now and then; for asyncio there is `AsyncInventory`.

    with connect("https://services.example.gov", key) as inventory:
        inventory.ask(put("services", "dos-ca-passports", document))

What can be asked is in `calls.py`. Whatever is asked may be asked again: reads change nothing, and the
server knows writes again by their idempotency keys.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from api.client.calls import Call, Changes, Page, Question, changes, lines, page
from api.client.retries import ATTEMPTS, NotServed, Outcome, Tell, broken_off, read_answer, refusal, steps
from api.contract.media_types import JSON

TIMEOUT = httpx.Timeout(60, connect=10)

T = TypeVar("T")


def headers(key: str | None) -> dict[str, str]:
    """What every request of the holder of a key bears."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def connect(address: str, key: str | None = None, tell: Tell = lambda why: None) -> "Inventory":
    """A client of the inventory at an address. Raises NotServed where it is none."""
    try:
        urlsplit(address)  # httpx takes half an address for the name of a host, and would ask for it again and again
        http = httpx.Client(base_url=address, headers=headers(key), timeout=TIMEOUT, follow_redirects=True)
    except (ValueError, httpx.InvalidURL) as fault:
        raise NotServed(f"{address} is no address: {fault}") from fault
    return Inventory(http, tell=tell)


class Inventory:
    """An inventory elsewhere. The HTTP client brings its address, its key and its limits of time.

    pause: waits for so many seconds. tell: is told why something is asked again.
    """

    def __init__(
        self,
        http: httpx.Client,
        pause: Callable[[float], None] = time.sleep,
        attempts: int = ATTEMPTS,
        tell: Tell = lambda why: None,
    ) -> None:
        self._http, self._pause, self._attempts, self._tell = http, pause, attempts, tell

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, question: Question[T]) -> T:
        """The answer to a question. Raises Refused, NotServed."""
        asking = steps(str(self._http.base_url), self._attempts, self._tell)
        try:
            wait = next(asking)
            while True:
                if wait is not None:
                    self._pause(wait)
                    wait = asking.send(None)
                    continue
                try:
                    outcome: Outcome = self._http.send(_request(self._http, question.call))
                except (httpx.HTTPError, httpx.InvalidURL) as fault:
                    outcome = fault
                wait = asking.send(outcome)
        except StopIteration as stop:
            return read_answer(question, stop.value)

    def pages(
        self, table: str, asked: Mapping[str, str], cursor: str | None = None, limit: int = 100
    ) -> Iterator[Page]:
        """Pages of a list, from a cursor on. Raises Refused, NotServed."""
        while True:
            found = self.ask(page(table, asked, cursor, limit))
            yield found
            if found.next is None:
                return
            cursor = _further(found.next, cursor)

    def changes(self, since: int = 0) -> Iterator[Changes]:
        """What changed since a number of the feed, page by page, as far as it goes now."""
        while (found := self.ask(changes(since))).next != since:
            yield found
            since = found.next

    def lines(self, table: str, asked: Mapping[str, str]) -> Iterator[bytes]:
        """A whole list, a record a line, as it comes. Raises Refused, NotServed, also in its middle."""
        try:
            with self._http.stream(**_streamed(lines(table, asked))) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise refusal(answer)
                for line in answer.iter_lines():
                    yield line.encode()
        except httpx.HTTPError as fault:
            raise broken_off(self._http, fault) from fault


class AsyncInventory:
    """An inventory elsewhere, for asyncio; see `Inventory`."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        attempts: int = ATTEMPTS,
        tell: Tell = lambda why: None,
    ) -> None:
        self._http, self._pause, self._attempts, self._tell = http, pause, attempts, tell

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def ask(self, question: Question[T]) -> T:
        """The answer to a question. Raises Refused, NotServed."""
        asking = steps(str(self._http.base_url), self._attempts, self._tell)
        try:
            wait = next(asking)
            while True:
                if wait is not None:
                    await self._pause(wait)
                    wait = asking.send(None)
                    continue
                try:
                    outcome: Outcome = await self._http.send(_request(self._http, question.call))
                except (httpx.HTTPError, httpx.InvalidURL) as fault:
                    outcome = fault
                wait = asking.send(outcome)
        except StopIteration as stop:
            return read_answer(question, stop.value)

    async def pages(
        self, table: str, asked: Mapping[str, str], cursor: str | None = None, limit: int = 100
    ) -> AsyncIterator[Page]:
        """Pages of a list, from a cursor on. Raises Refused, NotServed."""
        while True:
            found = await self.ask(page(table, asked, cursor, limit))
            yield found
            if found.next is None:
                return
            cursor = _further(found.next, cursor)

    async def changes(self, since: int = 0) -> AsyncIterator[Changes]:
        """What changed since a number of the feed, page by page, as far as it goes now."""
        while (found := await self.ask(changes(since))).next != since:
            yield found
            since = found.next

    async def lines(self, table: str, asked: Mapping[str, str]) -> AsyncIterator[bytes]:
        """A whole list, a record a line, as it comes. Raises Refused, NotServed, also in its middle."""
        try:
            async with self._http.stream(**_streamed(lines(table, asked))) as answer:
                if answer.status_code != httpx.codes.OK:
                    await answer.aread()
                    raise refusal(answer)
                async for line in answer.aiter_lines():
                    yield line.encode()
        except httpx.HTTPError as fault:
            raise broken_off(self._http, fault) from fault


def _request(http: httpx.Client | httpx.AsyncClient, call: Call) -> httpx.Request:
    return http.build_request(
        call.method, call.path, params=dict(call.params), headers={"Accept": JSON, **call.headers}, content=call.content
    )


def _streamed(call: Call) -> dict[str, Any]:
    return {"method": call.method, "url": call.path, "params": dict(call.params), "headers": dict(call.headers)}


def _further(cursor: str, before: str | None) -> str:
    if cursor == before:
        raise NotServed("The list does not come to an end: a page leads to itself")
    return cursor
