"""What is asked over HTTP is asked again where that may help; what comes of it, and what a refusal says."""

from collections.abc import Callable, Generator
from typing import TypeVar

import httpx
import msgspec
from msgspec import Struct

from api.client.calls import Question
from inventory.errors import Unreadable
from inventory.problems import Problem

ATTEMPTS = 7
LONGEST = 30.0  # seconds between two attempts, unless the server asks for more
MOST_ASKED = 300.0  # seconds that a server may ask for
PASSING = frozenset({429, 500, 502, 503, 504})
"""Answers that may be others in a moment."""

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


Outcome = httpx.Response | httpx.HTTPError | httpx.InvalidURL
_FAILING = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)


def steps(address: str, attempts: int, tell: Tell) -> Generator[float | None, Outcome | None, httpx.Response]:
    """How a question is asked, whoever carries it: None asks to send it, a number to wait for so many seconds.

    Is sent what came of it. Returns the answer; raises Refused, NotServed where it stays without one.
    """
    for attempt in range(1, attempts + 1):
        outcome = yield None
        if isinstance(outcome, httpx.Response):
            if outcome.is_success:
                return outcome
            refused = refusal(outcome)
            if outcome.status_code not in PASSING:
                raise refused
            wait, why = _asked_for(outcome) or _backoff(attempt), _said(outcome)
        elif isinstance(outcome, _FAILING):
            wait, why = _backoff(attempt), str(outcome) or type(outcome).__name__
        else:
            raise NotServed(f"{address} cannot be asked: {outcome}")
        if attempt < attempts:
            tell(f"asking again in {wait:g} s: {why}")
            yield wait
    raise NotServed(f"{address} did not answer {attempts} times in a row, at last: {why}", passing=True)


def broken_off(http: httpx.Client | httpx.AsyncClient, fault: httpx.HTTPError) -> NotServed:
    """What is raised where an answer ends before its end."""
    return NotServed(f"{http.base_url} broke off: {str(fault) or type(fault).__name__}", passing=True)


def read_answer(question: Question[T], answer: httpx.Response) -> T:
    """The answer as the question reads it. Raises NotServed where it is something else."""
    try:
        return question.read(answer)
    except (msgspec.DecodeError, KeyError, ValueError) as fault:
        raise NotServed(f"{answer.url} answers with something else than was asked for: {fault}") from fault


def refusal(answer: httpx.Response) -> Refused:
    """What is raised for an answer that refuses."""
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
