"""Lists of public records: pages by cursor, in the form the client asks for."""

import base64
import binascii
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.response import Stream
from msgspec import Struct

from api.headers import VARY
from api.media import CSV, JSON, NDJSON
from api.parameters import UNPRINTABLE
from api.problems import NotOffered
from datapackage.cells import Cell, text
from datapackage.rows import rows
from datapackage.tables import main_table, public
from inventory.errors import Unreadable
from inventory.record_types import Model, RecordType
from inventory.sight import Shown
from inventory.store import Published

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
        return Stream((current(kind, item) + b"\n" for item in every(page, after)), media_type=NDJSON)
    if form == CSV:
        return Stream(_csv_lines(kind, model, every(page, after)), media_type=CSV_TYPE)
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


def every(page: Page, after: str) -> Iterator[Published]:
    """All that follow an id, page by page."""
    while items := page(after, 500):
        yield from items
        after = items[-1].record_id


def current(kind: RecordType, item: Shown) -> bytes:
    """The stored bytes, or where they are of an earlier schema version, the document as it reads today."""
    if item.schema_version == kind.schema_version:
        return item.body
    return msgspec.json.encode(kind.upcast(msgspec.json.decode(item.body), item.schema_version), order="sorted")


def chosen(accept: str) -> str:
    """The first form the client accepts that we have. Raises NotOffered where there is none."""
    for wanted in accept.split(","):
        form = wanted.partition(";")[0].strip().lower()
        if form in ("", "*/*", "application/*", "text/html", JSON):
            return JSON
        if form in (NDJSON, CSV):
            return form
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


def _csv_lines(kind: RecordType, model: Model, items: Iterator[Published]) -> Iterator[str]:
    table = public(main_table(kind.struct, kind.table, model))
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for item in items:
        _, row = next(rows(table, msgspec.json.decode(current(kind, item))))
        writer.writerow([text(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()
