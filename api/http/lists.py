"""Lists: pages by cursor, in the form the client asks for."""

import base64
import binascii
import csv
import hashlib
import io
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Annotated, Any
from urllib.parse import quote
from weakref import WeakSet

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response
from litestar.datastructures.headers import Accept
from litestar.params import QueryParameter
from litestar.response import Stream
from msgspec import Struct

from api.contract.errors import Busy, NotOffered
from api.contract.media_types import CSV, EXCEL, HTML, JSON, NDJSON
from api.http.caching import VARY, is_unchanged
from api.http.parameters import one_of
from api.http.representation import Telling
from api.middleware.plain_paths import UNPRINTABLE
from datapackage.formats.excel_csv import BEGINNING, harmless
from datapackage.tables.cells import Cell, text
from inventory.access.records import Shown
from inventory.errors import Unreadable
from inventory.records.registry import RecordType

_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*(;|$)")
_NO_WEIGHT = re.compile(r";\s*q=(?!(0(\.\d*)?|1(\.0*)?)\s*(;|$))[^;]*")
NO_CURSOR = "The cursor is not valid; begin without one"
OTHER_LIST = "The cursor is that of another list; begin without one"
PIECE = 100_000
"""Bytes that are streamed at a time, at least: the web server holds up to twenty such pieces for a slow reader."""
MOST_PAGE = 5_000_000
"""Bytes of the records of one page; a longer one ends early, and its `next` leads on."""
PIECES_OF_PAGE = 101
"""Records that are read in one go, each of up to 2 MB: a page of usual length, and one more."""
CSV_TYPE = f"{CSV}; header=present"  # Litestar adds the charset
For = Annotated[
    str | None,
    QueryParameter(
        name="for",
        description="`excel`: a CSV file in which Excel takes no cell for a formula, whatever Accept says.",
        schema_extra=one_of(["excel"]),
    ),
]
Page = Callable[[str, int], Sequence[Shown]]
"""The records that follow an id, at most so many, in order of id."""


@cache
def list_type(kind: RecordType) -> type[Struct]:
    """A page of a list, as JSON."""
    fields = [("items", list[kind.struct]), ("next", str | None)]  # type: ignore[name-defined]
    return msgspec.defstruct(f"{kind.struct.__name__}List", fields, namespace={"__doc__": f"A page of {kind.table}."})


def answer(
    request: Request[Any, Any, Any], telling: Telling, page: Page, after: str, limit: int
) -> Response[bytes] | Stream:
    """A list: JSON by the page; NDJSON and CSV stream all that follows the cursor. Raises NotOffered, BadParameters."""
    form = chosen(accepted(request))
    if form == NDJSON:
        return streamed(request, form, (telling.line(item) + b"\n" for item in every(page, after)))
    if form in (CSV, EXCEL):
        grid = telling.needing_columns().grid(every(page, after))
        return streamed(request, form, csv_lines(grid, form))
    items, more = first_page(page, after, limit)
    following = cursor(list_name(request), items[-1].record_id) if more else None
    return paged(request, [telling.line(item) for item in items], following, limit)


def first_page(page: Page, after: str, limit: int) -> tuple[list[Shown], bool]:
    """Return the records of one page, and whether more follow. It ends early at MOST_PAGE bytes."""
    items: list[Shown] = []
    size = 0
    while True:
        few = page(after, min(PIECES_OF_PAGE, limit + 1 - len(items)))
        for item in few:
            if items and (len(items) == limit or size + len(item.body) > MOST_PAGE):
                return items, True
            items.append(item)
            size += len(item.body)
        if len(few) < PIECES_OF_PAGE:
            return items, False
        after = few[-1].record_id


def paged(
    request: Request[Any, Any, Any], items: Iterable[bytes], following: str | None, limit: int
) -> Response[bytes]:
    """A page of a list as JSON, its items so already, with the cursor of the next page where there is one."""
    body = b'{"items":[' + b",".join(items) + b'],"next":' + msgspec.json.encode(following) + b"}"
    return tagged(request, body, next_link(request, cursor=following, limit=limit) if following else {})


def next_link(request: Request[Any, Any, Any], **following: object) -> dict[str, str]:
    """The header that leads to the next page: what was asked for, with these in the place of what they were."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in following]
    asked = (f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in (*kept, *following.items()))
    return {"Link": f'<{request.url.path}?{"&".join(asked)}>; rel="next"'}


def whole(request: Request[Any, Any, Any], items: Sequence[Any], grid: Iterable[Sequence[Cell]]) -> Response[bytes]:
    """A list short enough for one page. `grid` is it as CSV: the header, then the rows. Raises NotOffered."""
    form = chosen(accepted(request))
    if form == NDJSON:
        lines = b"".join(msgspec.json.encode(item) + b"\n" for item in items)
        return Response(lines, media_type=NDJSON, headers={"Vary": VARY})
    if form in (CSV, EXCEL):
        body = b"".join(csv_lines(grid, form))
        return Response(body, media_type=CSV_TYPE, headers=csv_headers(request, form))
    return tagged(request, msgspec.json.encode({"items": items, "next": None}))


def whole_of(request: Request[Any, Any, Any], items: Sequence[Struct], kind: type[Struct]) -> Response[bytes]:
    """A short list of flat items of one type, with a column for each field. Raises NotOffered."""
    fields = kind.__struct_fields__
    return whole(request, items, [fields, *([getattr(item, field) for field in fields] for item in items)])


def tagged(request: Request[Any, Any, Any], body: bytes, headers: dict[str, str] | None = None) -> Response[bytes]:
    """JSON with a tag made of its bytes, or 304 where the client has the same."""
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**(headers or {}), "ETag": tag, "Vary": VARY}
    if is_unchanged(request, tag):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type=JSON, headers=headers)


def accepted(request: Request[Any, Any, Any]) -> str:
    """The forms that a client says it accepts."""
    if request.query_params.get("for") == "excel":
        return EXCEL
    return str(request.headers.get("accept", "*/*"))


def every(page: Page, after: str) -> Iterator[Shown]:
    """All that follow an id, page by page."""
    while items := page(after, PIECES_OF_PAGE):
        yield from items
        after = items[-1].record_id


MOST_STREAMS = 200
"""Lists that one worker streams at a time: one that is not read holds some 400 kB."""
_STREAMS: WeakSet[AsyncIterator[bytes]] = WeakSet()


def streamed(request: Request[Any, Any, Any], form: str, lines: Iterator[bytes]) -> Stream:
    """Lines as they are made, many at a time, each piece in a thread."""
    if len(_STREAMS) >= MOST_STREAMS:
        raise Busy("Too many lists are streamed now. Send this again later, or read the list page by page as JSON.")
    media, pieces = NDJSON if form == NDJSON else CSV_TYPE, in_threads(_pieces(lines))
    _STREAMS.add(pieces)
    return Stream(pieces, media_type=media, headers=csv_headers(request, form))


async def in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What is streamed, each piece made in a thread.

    The library would do so too, but takes any ValueError for the end: half a list would pass for the whole.
    """
    while (piece := await run_sync(next, pieces, None)) is not None:
        yield piece


def _pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines put together, for each piece waits for a thread."""
    held, size = [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def chosen(accept: str) -> str:
    """The form of lists that the client likes best. Raises NotOffered."""
    if accept == EXCEL:
        return EXCEL
    best = liked(accept, [JSON, NDJSON, CSV, HTML])
    if best is not None:
        return JSON if best == HTML else best
    raise NotOffered(f"Lists come as {JSON}, {NDJSON} and {CSV}")


def liked(accept: str, forms: list[str]) -> str | None:
    """The form the client likes best of these, by its weights (RFC 9110, 12.5.1); None where it takes none."""
    # What weighs nothing is refused by name: the library takes it for what is liked least, and breaks at no weight.
    parts = (_NO_WEIGHT.sub("", part) for part in accept.lower().split(","))
    wanted = [part for part in parts if part.strip() and not _REFUSED.search(part)]
    return Accept(",".join(wanted) if wanted or accept.strip() else "*/*").best_match(forms)


def list_name(request: Request[Any, Any, Any]) -> str:
    """What a list is called: the end of its path."""
    return request.url.path.rstrip("/").rpartition("/")[2]


def cursor(name: str, last: str) -> str:
    """Where a page of a list ended, as an opaque text: of the list of that name, and of no other."""
    return base64.urlsafe_b64encode(f"{name} {last}".encode()).decode().rstrip("=")


def after_cursor(name: str, text: str | None) -> str:
    """The id behind a cursor of that list; empty for none. Raises Unreadable."""
    if not text:
        return ""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as fault:
        raise Unreadable(NO_CURSOR) from fault
    of, parted, last = found.partition(" ")
    if UNPRINTABLE.search(found) or not parted:
        raise Unreadable(NO_CURSOR)
    if of != name:
        raise Unreadable(OTHER_LIST)
    return last


def csv_lines(grid: Iterable[Sequence[Cell]], form: str) -> Iterator[bytes]:
    """Rows as lines of CSV, exact, or where the form is for Excel, harmless there."""
    spelled = harmless if form == EXCEL else text
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    line.write(BEGINNING if form == EXCEL else "")
    for row in grid:
        writer.writerow([spelled(cell) for cell in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def csv_headers(request: Request[Any, Any, Any], form: str) -> dict[str, str]:
    """The headers of what is streamed; a file for Excel is kept, not shown."""
    if form != EXCEL:
        return {"Vary": VARY}
    return {"Vary": VARY, "Content-Disposition": f'attachment; filename="{list_name(request)}.csv"'}
