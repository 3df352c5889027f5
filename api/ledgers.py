"""The ledger, as the public sees it: its head, what became public, and receipts."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, Parameter
from msgspec import Struct

from api.outcomes import PublicEntry
from api.records import Limit, refusals
from inventory.errors import NotFound
from inventory.ledger import ChainState, Entry
from inventory.store import Store


class Changes(Struct, frozen=True):
    """A page of the public feed. `next` is where to go on, now or when there is more."""

    items: list[PublicEntry]
    next: int


Since = Annotated[int, Parameter(ge=0, le=2**53 - 1, description="The public number to go on from.")]


def ledger_routes(store: Store) -> list[HTTPRouteHandler]:
    """The routes of the ledger."""

    @get(
        "/ledger/head",
        operation_id="getLedgerHead",
        tags=["Ledger"],
        summary="Where the ledger stands",
        sync_to_thread=True,
    )
    def head() -> ChainState:
        return store.chain()

    @get(
        "/changes",
        operation_id="listChanges",
        tags=["Ledger"],
        summary="What became or ceased to be public, in order, each once",
        responses=refusals(400),
        sync_to_thread=True,
    )
    def changes(since: FromQuery[Since] = 0, limit: FromQuery[Limit] = 100) -> Changes:
        items = [_shown(entry) for entry in store.public_entries(since, limit)]
        return Changes(items, items[-1].public_seq if items else since)

    @get(
        "/receipts/{link:str}",
        operation_id="getReceipt",
        tags=["Ledger"],
        summary="The public entry a receipt names",
        responses=refusals(400, 404),
        sync_to_thread=True,
    )
    def receipt(link: FromPath[str]) -> PublicEntry:
        entry = store.entry_by_link(link)
        if entry is None or entry.public_seq is None:
            raise NotFound("No public entry bears this link")
        return _shown(entry)

    return [head, changes, receipt]


def _shown(entry: Entry) -> PublicEntry:
    return msgspec.convert(msgspec.structs.asdict(entry), PublicEntry)
