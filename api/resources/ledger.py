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

from api.contract.errors import BadParameters
from api.contract.media_types import CSV, EXCEL, NDJSON
from api.contract.messages import PublicEntry
from api.http.lists import For, accepted, chosen, csv_lines, next_link, streamed, tagged
from api.http.parameters import not_of_form, one_of
from api.middleware.auth import asker
from api.resources.records import UNCHANGED, AsOf, Limit, position, refusing
from datapackage.tables.cells import Cell
from inventory.access.feed import SeenEntry, in_sight, seen_entries, sight_at
from inventory.errors import NotFound
from inventory.ledger.chain import ChainState
from inventory.ledger.heads import PAGE
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor
from inventory.records.registry import INVENTORY


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
    def head(request: Request[Any, Any, Any], as_of: FromQuery[AsOf] = None) -> Response[bytes]:
        return tagged(request, msgspec.json.encode(store.chain() if as_of is None else store.chain_on(as_of)))

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
        as_of: FromQuery[AsOf] = None,
    ) -> Response[bytes] | Stream:
        feed = Feed(store, asker(request) if as_of is None else None, record_type, position(store, as_of))
        feed.check_there(since)
        chosen_form = chosen(accepted(request))
        if chosen_form == NDJSON:
            return streamed(request, chosen_form, map(_line, feed.all(since)))
        if chosen_form in (CSV, EXCEL):
            return streamed(request, chosen_form, csv_lines(_grid(feed.all(since)), chosen_form))
        page = feed.page(since, limit)
        headers = next_link(request, since=page.next, limit=limit) if page.next != since else {}
        return tagged(request, msgspec.json.encode(page), headers)

    @get(
        "/receipts/{link:str}",
        operation_id="getReceipt",
        tags=["Ledger"],
        summary="The entry a receipt names",
        responses=refusing(400, 404),
        sync_to_thread=True,
    )
    def receipt(request: Request[Any, Any, Any], link: FromPath[str], as_of: FromQuery[AsOf] = None) -> PublicEntry:
        entry = store.entry_by_link(link)
        actor = asker(request)
        found = in_sight(store, *sight_at(actor, [entry] if entry else [], position(store, as_of)))
        if not found and entry is not None and actor is not None and entry.actor == actor.holder and as_of is None:
            found = [SeenEntry(entry, is_own=True)]  # whoever did it has the receipt
        if not found:
            raise NotFound("No public entry bears this link, nor one in your sight")
        return told(found[0])

    return [head, changes, receipt]


def told(item: SeenEntry) -> PublicEntry:
    """An entry as it is told to whom sees it."""
    return msgspec.convert(item.facts, PublicEntry)


class Feed:
    """The entries in someone's sight, None is the public; of one type, where that is said; as public at a position."""

    def __init__(self, store: Store, actor: Actor | None, record_type: str | None, upto: int | None) -> None:
        self._store, self._actor, self._type, self._upto = store, actor, record_type, upto

    def check_there(self, since: int) -> None:
        """Raises BadParameters for a number that the feed has not come to: of another feed, or of another ledger."""
        if not since:
            return
        standing = self._store.chain()
        if self._actor is not None:
            last, where = standing.seq, "where the feed with a key ends now"
        elif self._upto is not None:
            last, where = self._upto, "where the public feed ended then"
        else:
            last, where = standing.public_seq, "where the public feed ends now"
        if since > last:
            raise BadParameters([not_of_form("since", str(since), f"at most {last}, {where}")])

    def page(self, since: int, limit: int) -> Changes:
        """The entries that follow a number."""
        if self._actor is not None:
            items, following = seen_entries(self._store, self._actor, since, limit, self._type)
            return Changes([told(item) for item in items], following)
        entries = [
            entry
            for entry in self._store.public_entries(since, limit)
            if self._upto is None or (entry.public_seq or 0) <= self._upto
        ]
        following = entries[-1].public_seq or since if entries else since
        return Changes([told(SeenEntry(e, False)) for e in entries if self._type in (None, e.record_type)], following)

    def all(self, since: int) -> Iterator[PublicEntry]:
        """All that follow, page by page."""
        while (page := self.page(since, PAGE)).next != since:
            yield from page.items
            since = page.next


def _grid(items: Iterator[PublicEntry]) -> Iterator[list[Cell]]:
    names = PublicEntry.__struct_fields__
    yield list(names)
    for item in items:
        yield [getattr(item, name) for name in names]


def _line(item: PublicEntry) -> bytes:
    return msgspec.json.encode(item) + b"\n"
