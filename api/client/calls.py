"""What can be asked of an inventory's API: each question, and how its answer is read. `inventory.py` asks them.

A question that writes bears an idempotency key, made with it: asked again, it is done once and answered as before.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from api.contract.media_types import JSON, NDJSON, XLSX
from api.contract.messages import Imported, PublicEntry, Tried, Written
from api.contract.paths import API
from inventory.records.registry import Document

T = TypeVar("T")
BELOW = API.removeprefix("/")
"""Where the API is, from an inventory's address on: that may have a path itself."""


class Call(Struct, frozen=True, kw_only=True):
    """One request, as it is sent as often as it has to be. It asks for JSON where it does not say."""

    method: str = "GET"
    path: str
    params: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    content: bytes | None = None


class Question(Struct, Generic[T], frozen=True):
    """A call, and how its answer is read."""

    call: Call
    read: Callable[[httpx.Response], T]


class Page(Struct, frozen=True):
    """A page of a list: each item as its bytes, and the cursor of what follows; None where nothing does."""

    items: list[msgspec.Raw]
    next: str | None


class Changes(Struct, frozen=True):
    """A page of what changed, each as its bytes, and from where to go on, now or later."""

    items: list[msgspec.Raw]
    next: int


class Kept(Struct, frozen=True, kw_only=True):
    """A record as it is kept, with the tag of that version: a change of it is made from there."""

    document: Document
    etag: str
    state: str
    version: int


def page(table: str, asked: Mapping[str, str], cursor: str | None = None, limit: int = 100) -> Question[Page]:
    """A page of a list: of `services`, say, with `{"organization": "dos"}`."""
    at = {} if cursor is None else {"cursor": cursor}
    return Question(Call(path=f"{BELOW}/{table}", params={**asked, **at, "limit": str(limit)}), _as(Page))


def lines(table: str, asked: Mapping[str, str]) -> Call:
    """A whole list, a record a line."""
    return Call(path=f"{BELOW}/{table}", params=asked, headers={"Accept": NDJSON})


def changes(since: int = 0, limit: int = 1000) -> Question[Changes]:
    """What followed a number of the feed, in order, each entry once."""
    return Question(Call(path=f"{BELOW}/changes", params={"since": str(since), "limit": str(limit)}), _as(Changes))


def record(table: str, record_id: str) -> Question[Kept]:
    """A record as whoever asks may see it."""
    return Question(Call(path=_path(table, record_id)), _kept)


def receipt(link: str) -> Question[PublicEntry]:
    """The entry that a receipt names."""
    return Question(Call(path=f"{BELOW}/receipts/{quote(link, safe='')}"), _as(PublicEntry))


def template(table: str, asked: Mapping[str, str]) -> Question[bytes]:
    """A workbook to fill in: of `services`, or of a quarter of `feedback` with `{"period": "2026-Q1"}`."""
    return Question(Call(path=f"{BELOW}/templates/{table}", params=asked, headers={"Accept": XLSX}), _workbook)


def put(table: str, record_id: str, document: Document, etag: str | None = None) -> Question[Written]:
    """Keep a record. etag: the tag of the version it was made from; None where it is new."""
    made_from = {"If-None-Match": "*"} if etag is None else {"If-Match": etag}
    return Question(_sent("PUT", _path(table, record_id), document, made_from), _as(Written))


def act(
    table: str, record_id: str, action: str, sent: Mapping[str, Any] | None = None, etag: str | None = None
) -> Question[Written]:
    """Do one of the lifecycle's actions: `submit` with name and title, `return` with a reason, and so on."""
    made_from = {} if etag is None else {"If-Match": etag}
    return Question(_sent("POST", f"{_path(table, record_id)}/{action}", dict(sent or {}), made_from), _as(Written))


def check(record_type: str, document: Document, action: str | None = None) -> Question[Tried]:
    """Every problem of a document; nothing is kept. action: what it is checked for, such as submit."""
    params = {} if action is None else {"action": action}
    call = Call(
        method="POST",
        path=f"{BELOW}/checks/{record_type}",
        params=params,
        headers={"Content-Type": JSON},
        content=msgspec.json.encode(document),
    )
    return Question(call, _as(Tried))


def load(content: bytes, media_type: str, *, dry_run: bool = False, publish: bool = False) -> Question[Imported]:
    """Load many records: lines of documents, a workbook, a package."""
    params = {name: "true" for name, said in (("dry_run", dry_run), ("publish", publish)) if said}
    headers = {"Content-Type": media_type, "Idempotency-Key": str(uuid.uuid4())}
    call = Call(method="POST", path=f"{BELOW}/imports", params=params, headers=headers, content=content)
    return Question(call, _as(Imported))


def _sent(method: str, path: str, value: Any, headers: Mapping[str, str]) -> Call:
    known = {"Content-Type": JSON, "Idempotency-Key": str(uuid.uuid4())}
    return Call(method=method, path=path, headers={**known, **headers}, content=msgspec.json.encode(value))


def _path(table: str, record_id: str) -> str:
    return f"{BELOW}/{table}/{quote(record_id)}"


def _as(kind: type[T]) -> Callable[[httpx.Response], T]:
    return lambda answer: msgspec.json.decode(answer.content, type=kind)


def _workbook(answer: httpx.Response) -> bytes:
    if (media := answer.headers.get("content-type", "")) != XLSX:
        raise ValueError(f"no workbook, but {media or 'what does not say what it is'}")
    return answer.content


def _kept(answer: httpx.Response) -> Kept:
    return Kept(
        document=msgspec.json.decode(answer.content, type=dict[str, Any]),
        etag=answer.headers["etag"],
        state=answer.headers["psi-state"],
        version=int(answer.headers["psi-version"]),
    )
