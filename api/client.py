"""A client of an inventory's API: pages of lists as they come, with patience for servers that fail now and then."""

import time
from collections.abc import Callable, Iterator, Mapping

import httpx
import msgspec
from msgspec import Struct

from inventory.errors import Unreadable

ATTEMPTS = 7
LONGEST = 30.0  # seconds between two attempts, unless the server asks for more
MOST_ASKED = 300.0  # seconds that a server may ask for
PASSING = frozenset({429, 500, 502, 503, 504})
"""Answers that may be others in a moment."""

Pause = Callable[[float], None]
Tell = Callable[[str], None]


class NotServed(Unreadable):
    """An inventory does not answer, or not with what was asked for. The message says which and why.

    passing: it may answer when it is asked again; otherwise the same question has the same end.
    """

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class Page(Struct, frozen=True):
    """A page of a list: each item as its bytes, and the cursor of what follows; None where nothing does."""

    items: list[msgspec.Raw]
    next: str | None


class Refusal(Struct, frozen=True):
    """What of an error's details is told on."""

    detail: str = ""


class Inventory:
    """An inventory elsewhere. The HTTP client brings its address and its limits of time.

    pause: waits for so many seconds. tell: is told why something is asked again.
    """

    def __init__(
        self,
        http: httpx.Client,
        pause: Pause = time.sleep,
        attempts: int = ATTEMPTS,
        tell: Tell = lambda why: None,
    ) -> None:
        self._http, self._pause, self._attempts, self._tell = http, pause, attempts, tell

    def feedback(self, asked: Mapping[str, str], cursor: str | None = None, limit: int = 100) -> Iterator[Page]:
        """Pages of the feedback that fits, from a cursor on. Raises NotServed."""
        while True:
            at = {} if cursor is None else {"cursor": cursor}
            page = self._page("api/v1/feedback", {**asked, **at, "limit": str(limit)})
            yield page
            if page.next is None:
                return
            if page.next == cursor:
                raise NotServed(f"{self._http.base_url} does not come to an end: a page leads to itself")
            cursor = page.next

    def _page(self, path: str, params: Mapping[str, str]) -> Page:
        answer = self._answer(path, params)
        try:
            return msgspec.json.decode(answer.content, type=Page)
        except msgspec.DecodeError as fault:
            raise NotServed(f"{answer.url} answers with something else than a page of a list: {fault}") from fault

    def _answer(self, path: str, params: Mapping[str, str]) -> httpx.Response:
        """The answer to a question that may be asked again. Raises NotServed where it stays without one."""
        for attempt in range(1, self._attempts + 1):
            try:
                answer = self._http.get(path, params=params, headers={"Accept": "application/json"})
            except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError) as fault:
                wait, why = _backoff(attempt), str(fault) or type(fault).__name__
            except (httpx.HTTPError, httpx.InvalidURL) as fault:
                raise NotServed(f"{self._http.base_url} cannot be asked: {fault}") from fault
            else:
                if answer.status_code == httpx.codes.OK:
                    return answer
                why = _refused(answer)
                if answer.status_code not in PASSING:
                    raise NotServed(f"{answer.url} refuses: {why}")
                wait = _asked_for(answer) or _backoff(attempt)
            if attempt < self._attempts:
                self._tell(f"asking again in {wait:g} s: {why}")
                self._pause(wait)
        message = f"{self._http.base_url} did not answer {self._attempts} times in a row, at last: {why}"
        raise NotServed(message, passing=True)


def _backoff(attempt: int) -> float:
    return float(min(LONGEST, 0.5 * 2 ** (attempt - 1)))


def _asked_for(answer: httpx.Response) -> float | None:
    """The seconds that a server wants to be left alone, where it says so as a number."""
    asked = answer.headers.get("retry-after", "")
    return min(MOST_ASKED, float(asked)) if asked.isascii() and asked.isdigit() else None


def _refused(answer: httpx.Response) -> str:
    """The status, and in the words of the server why."""
    try:
        detail = msgspec.json.decode(answer.content, type=Refusal).detail
    except msgspec.DecodeError:
        detail = ""
    return f"{answer.status_code} {detail or answer.reason_phrase}"
