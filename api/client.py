"""A client of an inventory's API, patient with servers that fail now and then; for asyncio there is `AsyncInventory`.

    with connect("https://services.example.gov", key) as inventory:
        inventory.ask(put("services", "dos-ca-passports", document))

What can be asked is in `questions.py`. Whatever is asked may be asked again: reads change nothing, and the
server knows writes again by their idempotency keys.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from api.media import JSON
from api.questions import Call, Changes, Page, Question, changes, lines, page
from inventory.errors import Unreadable
from inventory.problems import Problem

ATTEMPTS = 7
LONGEST = 30.0  # seconds between two attempts, unless the server asks for more
MOST_ASKED = 300.0  # seconds that a server may ask for
PASSING = frozenset({429, 500, 502, 503, 504})
"""Answers that may be others in a moment."""
TIMEOUT = httpx.Timeout(60, connect=10)

T = TypeVar("T")
Tell = Callable[[str], None]


class NotServed(Unreadable):
    """An inventory does not answer, or not with what was asked for. The message says which and why.

    passing: it may answer when it is asked again; otherwise the same question has the same end.
    """

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class Refused(NotServed):
    """An inventory refuses what was asked: with which status, in which words, for which problems."""

    def __init__(self, message: str, status: int, problems: list[Problem]) -> None:
        super().__init__(message)
        self.status, self.problems = status, problems


class Details(Struct, frozen=True):
    """What of an error's details is told on."""

    detail: str = ""
    problems: list[Problem] = []


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
        steps = _steps(str(self._http.base_url), self._attempts, self._tell)
        try:
            wait = next(steps)
            while True:
                if wait is not None:
                    self._pause(wait)
                    wait = steps.send(None)
                    continue
                try:
                    outcome: Outcome = self._http.send(_request(self._http, question.call))
                except (httpx.HTTPError, httpx.InvalidURL) as fault:
                    outcome = fault
                wait = steps.send(outcome)
        except StopIteration as stop:
            return _read(question, stop.value)

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
                    raise _refusal(answer)
                for line in answer.iter_lines():
                    yield line.encode()
        except httpx.HTTPError as fault:
            raise _broken_off(self._http, fault) from fault


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
        steps = _steps(str(self._http.base_url), self._attempts, self._tell)
        try:
            wait = next(steps)
            while True:
                if wait is not None:
                    await self._pause(wait)
                    wait = steps.send(None)
                    continue
                try:
                    outcome: Outcome = await self._http.send(_request(self._http, question.call))
                except (httpx.HTTPError, httpx.InvalidURL) as fault:
                    outcome = fault
                wait = steps.send(outcome)
        except StopIteration as stop:
            return _read(question, stop.value)

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
                    raise _refusal(answer)
                async for line in answer.aiter_lines():
                    yield line.encode()
        except httpx.HTTPError as fault:
            raise _broken_off(self._http, fault) from fault


Outcome = httpx.Response | httpx.HTTPError | httpx.InvalidURL
_FAILING = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)


def _steps(address: str, attempts: int, tell: Tell) -> Generator[float | None, Outcome | None, httpx.Response]:
    """How a question is asked, whoever carries it: None asks to send it, a number to wait for so many seconds.

    Is sent what came of it. Returns the answer; raises Refused, NotServed where it stays without one.
    """
    for attempt in range(1, attempts + 1):
        outcome = yield None
        if isinstance(outcome, httpx.Response):
            if outcome.is_success:
                return outcome
            refusal = _refusal(outcome)
            if outcome.status_code not in PASSING:
                raise refusal
            wait, why = _asked_for(outcome) or _backoff(attempt), _said(outcome)
        elif isinstance(outcome, _FAILING):
            wait, why = _backoff(attempt), str(outcome) or type(outcome).__name__
        else:
            raise NotServed(f"{address} cannot be asked: {outcome}")
        if attempt < attempts:
            tell(f"asking again in {wait:g} s: {why}")
            yield wait
    raise NotServed(f"{address} did not answer {attempts} times in a row, at last: {why}", passing=True)


def _broken_off(http: httpx.Client | httpx.AsyncClient, fault: httpx.HTTPError) -> NotServed:
    return NotServed(f"{http.base_url} broke off: {str(fault) or type(fault).__name__}", passing=True)


def _request(http: httpx.Client | httpx.AsyncClient, call: Call) -> httpx.Request:
    return http.build_request(
        call.method, call.path, params=dict(call.params), headers={"Accept": JSON, **call.headers}, content=call.content
    )


def _streamed(call: Call) -> dict[str, Any]:
    return {"method": call.method, "url": call.path, "params": dict(call.params), "headers": dict(call.headers)}


def _read(question: Question[T], answer: httpx.Response) -> T:
    try:
        return question.read(answer)
    except (msgspec.DecodeError, KeyError, ValueError) as fault:
        raise NotServed(f"{answer.url} answers with something else than was asked for: {fault}") from fault


def _further(cursor: str, before: str | None) -> str:
    if cursor == before:
        raise NotServed("The list does not come to an end: a page leads to itself")
    return cursor


def _refusal(answer: httpx.Response) -> Refused:
    return Refused(f"{answer.url} refuses: {_said(answer)}", answer.status_code, _details(answer).problems)


def _said(answer: httpx.Response) -> str:
    """The status, and in the words of the server why."""
    return f"{answer.status_code} {_details(answer).detail or answer.reason_phrase}"


def _details(answer: httpx.Response) -> Details:
    try:
        return msgspec.json.decode(answer.content, type=Details)
    except msgspec.DecodeError:
        return Details()


def _backoff(attempt: int) -> float:
    return float(min(LONGEST, 0.5 * 2 ** (attempt - 1)))


def _asked_for(answer: httpx.Response) -> float | None:
    """The seconds that a server wants to be left alone, where it says so as a number."""
    asked = answer.headers.get("retry-after", "")
    return min(MOST_ASKED, float(asked)) if asked.isascii() and asked.isdigit() else None
