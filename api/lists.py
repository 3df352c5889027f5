"""Lists of public records: pages by cursor, in the form the client asks for."""

import base64
import binascii
import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response
from litestar.datastructures.headers import Accept
from litestar.response import Stream
from msgspec import Struct

from api.headers import VARY
from api.media import CSV, HTML, JSON, NDJSON
from api.parameters import UNPRINTABLE
from api.problems import NotOffered
from datapackage.cells import Cell, text
from datapackage.rows import rows
from datapackage.tables import main_table, public
from inventory.errors import Unreadable
from inventory.record_types import Model, RecordType
from inventory.sight import Shown
from inventory.store import Published

_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*(;|$)")
NO_CURSOR = "The cursor is not valid; begin without one"
CSV_TYPE = f"{CSV}; header=present"  # Litestar adds the charset
Page = Callable[[str, int], Sequence[Published]]
"""The public records that follow an id, at most so many, in order of id."""


@cache
def list_type(kind: RecordType) -> type[Struct]:
    """A page of a list, as JSON."""
    fields = [("items", list[kind.struct]), ("next", str | None)]  # type: ignore[name-defined]
    return msgspec.defstruct(f"{kind.struct.__name__}List", fields, namespace={"__doc__": f"A page of {kind.table}."})


def answer(
    accept: str, kind: RecordType, model: Model, page: Page, after: str, limit: int, path: str
) -> Response[bytes] | Stream:
    """A list: JSON by the page; NDJSON and CSV stream all that follows the cursor. Raises NotOffered."""
    form = chosen(accept)
    if form == NDJSON:
        return Stream(in_threads(_lines(kind, every(page, after))), media_type=NDJSON, headers={"Vary": VARY})
    if form == CSV:
        lines = _csv_lines(kind, model, every(page, after))
        return Stream(in_threads(lines), media_type=CSV_TYPE, headers={"Vary": VARY})
    found = page(after, limit + 1)
    items, more = found[:limit], len(found) > limit
    following = cursor(items[-1].record_id) if more else None
    body = b'{"items":[' + b",".join(current(kind, item) for item in items) + b'],"next":'
    headers = {"Vary": VARY}
    if following:
        headers["Link"] = f'<{path}cursor={following}&limit={limit}>; rel="next"'
    return Response(body + msgspec.json.encode(following) + b"}", media_type=JSON, headers=headers)


def whole(accept: str, items: Sequence[Struct], grid: Iterable[Sequence[Cell]]) -> Response[bytes]:
    """A list short enough for one page. `grid` is it as CSV: the header, then the rows. Raises NotOffered."""
    form, headers = chosen(accept), {"Vary": VARY}
    if form == NDJSON:
        lines = b"".join(msgspec.json.encode(item) + b"\n" for item in items)
        return Response(lines, media_type=NDJSON, headers=headers)
    if form == CSV:
        file = io.StringIO()
        csv.writer(file, lineterminator="\n").writerows([text(cell) for cell in row] for row in grid)
        return Response(file.getvalue().encode(), media_type=CSV_TYPE, headers=headers)
    return Response(msgspec.json.encode({"items": items, "next": None}), media_type=JSON, headers=headers)


def accepted(request: Request[Any, Any, Any]) -> str:
    """The forms that a client says it accepts."""
    return str(request.headers.get("accept", "*/*"))


def every(page: Page, after: str) -> Iterator[Sequence[Published]]:
    """All that follow an id, page by page. What is streamed comes by the page too: each piece waits for a thread."""
    while items := page(after, 500):
        yield items
        after = items[-1].record_id


async def in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What is streamed, each piece made in a thread.

    The library would do so too, but takes any ValueError for the end: half a list would pass for the whole.
    """
    while (piece := await run_sync(next, pieces, None)) is not None:
        yield piece


def current(kind: RecordType, item: Shown) -> bytes:
    """The stored bytes, or where they are of an earlier schema version, the document as it reads today."""
    if item.schema_version == kind.schema_version:
        return item.body
    return msgspec.json.encode(kind.upcast(msgspec.json.decode(item.body), item.schema_version), order="sorted")


def chosen(accept: str) -> str:
    """The form the client likes best of those we have, by its weights (RFC 9110, 12.5.1). Raises NotOffered."""
    # What weighs nothing is refused by name; the library reads it as what is liked least.
    wanted = [part for part in accept.lower().split(",") if part.strip() and not _REFUSED.search(part)]
    best = Accept(",".join(wanted) if wanted or accept.strip() else "*/*").best_match([JSON, NDJSON, CSV, HTML])
    if best is not None:
        return JSON if best == HTML else best
    raise NotOffered(f"Lists come as {JSON}, {NDJSON} and {CSV}")


def cursor(record_id: str) -> str:
    """Where a page ended, as an opaque text."""
    return base64.urlsafe_b64encode(record_id.encode()).decode().rstrip("=")


def after_cursor(text: str | None) -> str:
    """The id behind a cursor; empty for none. Raises Unreadable."""
    if not text:
        return ""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as fault:
        raise Unreadable(NO_CURSOR) from fault
    if UNPRINTABLE.search(found):
        raise Unreadable(NO_CURSOR)
    return found


def _lines(kind: RecordType, pages: Iterator[Sequence[Published]]) -> Iterator[bytes]:
    for items in pages:
        yield b"".join(current(kind, item) + b"\n" for item in items)


def _csv_lines(kind: RecordType, model: Model, pages: Iterator[Sequence[Published]]) -> Iterator[bytes]:
    table = public(main_table(kind.struct, kind.table, model))
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    yield lines.getvalue().encode()
    for items in pages:
        lines.seek(0)
        lines.truncate()
        for item in items:
            _, row = next(rows(table, msgspec.json.decode(current(kind, item))))
            writer.writerow([text(cell) for cell in row])
        yield lines.getvalue().encode()
