"""The ledger, as who asks may see it: its head, what was done, and receipts."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, Parameter
from litestar.response import Stream
from msgspec import Struct

from api.auth import asker
from api.lists import For, accepted, chosen, csv_lines, streamed, tagged
from api.media import CSV, EXCEL, NDJSON
from api.outcomes import PublicEntry
from api.parameters import BadParameters, not_of_form, one_of
from api.records import UNCHANGED, Limit, refusing
from datapackage.cells import Cell
from inventory.errors import NotFound
from inventory.feed import SeenEntry, in_sight, seen_entries
from inventory.ledger import ChainState
from inventory.lifecycle import Actor
from inventory.record_types import INVENTORY
from inventory.store import Store


class Changes(Struct, frozen=True):
    """A page of the feed. `next` is where to go on, now or when there is more: nothing follows where it stays."""

    items: list[PublicEntry]
    next: int


Since = Annotated[
    int, Parameter(ge=0, le=2**53 - 1, description="The number to go on from: `next` of the page before.")
]
OfType = Annotated[str | None, Parameter(description="Only of this type.", schema_extra=one_of(INVENTORY))]


def ledger_routes(store: Store) -> list[HTTPRouteHandler]:
    """The routes of the ledger."""

    @get(
        "/ledger/head",
        operation_id="getLedgerHead",
        tags=["Ledger"],
        summary="Where the ledger stands",
        responses={200: ResponseSpec(ChainState, description="Its newest entry"), **UNCHANGED},
        sync_to_thread=True,
    )
    def head(request: Request[Any, Any, Any]) -> Response[bytes]:
        return tagged(request, msgspec.json.encode(store.chain()))

    @get(
        "/changes",
        operation_id="listChanges",
        tags=["Ledger"],
        summary="What was done, in order, each once: what became or ceased to be public; with a key all in sight",
        responses={200: ResponseSpec(Changes, description="A page of the feed"), **UNCHANGED, **refusing(400, 406)},
        sync_to_thread=True,
    )
    def changes(
        request: Request[Any, Any, Any],
        since: FromQuery[Since] = 0,
        record_type: FromQuery[OfType] = None,
        form: For = None,
        limit: FromQuery[Limit] = 100,
    ) -> Response[bytes] | Stream:
        actor, chosen_form = asker(request), chosen(accepted(request))
        _check_there(store, actor, since)
        if chosen_form == NDJSON:
            return streamed(request, chosen_form, map(_line, _all(store, actor, since, record_type)))
        if chosen_form in (CSV, EXCEL):
            text = csv_lines(_grid(_all(store, actor, since, record_type)), chosen_form)
            return streamed(request, chosen_form, text)
        return tagged(request, msgspec.json.encode(_page(store, actor, since, limit, record_type)))

    @get(
        "/receipts/{link:str}",
        operation_id="getReceipt",
        tags=["Ledger"],
        summary="The entry a receipt names",
        responses=refusing(400, 404),
        sync_to_thread=True,
    )
    def receipt(request: Request[Any, Any, Any], link: FromPath[str]) -> PublicEntry:
        entry = store.entry_by_link(link)
        found = in_sight(store, asker(request), [entry]) if entry is not None else []
        if not found:
            raise NotFound("No public entry bears this link, nor one in your sight")
        return told(found[0])

    return [head, changes, receipt]


def told(item: SeenEntry) -> PublicEntry:
    """An entry as it is told to whom sees it."""
    return msgspec.convert(item.facts, PublicEntry)


def _check_there(store: Store, actor: Actor | None, since: int) -> None:
    """Raises BadParameters for a number that the feed has not come to: it is of another feed, or of another ledger."""
    if not since:
        return
    standing = store.chain()
    last, feed = (standing.public_seq, "the public feed") if actor is None else (standing.seq, "the feed with a key")
    if since > last:
        raise BadParameters([not_of_form("since", str(since), f"at most {last}, where {feed} ends now")])


def _page(store: Store, actor: Actor | None, since: int, limit: int, record_type: str | None) -> Changes:
    if actor is not None:
        items, following = seen_entries(store, actor, since, limit, record_type)
        return Changes([told(item) for item in items], following)
    entries = store.public_entries(since, limit)
    following = entries[-1].public_seq or since if entries else since
    return Changes([told(SeenEntry(e, False)) for e in entries if record_type in (None, e.record_type)], following)


def _all(store: Store, actor: Actor | None, since: int, record_type: str | None) -> Iterator[PublicEntry]:
    """All that follow, page by page."""
    while (page := _page(store, actor, since, 500, record_type)).next != since:
        yield from page.items
        since = page.next


def _grid(items: Iterator[PublicEntry]) -> Iterator[list[Cell]]:
    names = PublicEntry.__struct_fields__
    yield list(names)
    for item in items:
        yield [getattr(item, name) for name in names]


def _line(item: PublicEntry) -> bytes:
    return msgspec.json.encode(item) + b"\n"
