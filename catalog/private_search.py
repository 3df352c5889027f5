"""Search over what someone who bears a key sees: what waits for its owner or a reviewer is in no index that is kept."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import Protocol

from msgspec.structs import replace

from catalog.filters import FILTERS, WORDED, read_paths
from catalog.index import Index, Query
from inventory.access.records import Shown, seen_page
from inventory.ledger.heads import PAGE
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor


class Find(Protocol):
    """Ids of what is public and fits, following one, in order of id."""

    def __call__(self, query: Query, after: str, limit: int) -> Sequence[str]: ...


def found_by(store: Store, find: Find, actor: Actor, query: Query, after: str, limit: int) -> list[Shown]:
    """A page of the records that fit, as the actor sees them now. find: finds what is public."""
    if query.q is None and not query.wanted:
        kind = store.model[query.record_type]
        return seen_page(store, actor, kind, query.states, after, limit, query.organization)
    either = _published(store, find, actor, query, after, limit), _unpublished(store, actor, query, after)
    return list(islice(merge(*either, key=lambda item: item.record_id), limit))


def _published(store: Store, find: Find, actor: Actor, query: Query, after: str, most: int) -> Iterator[Shown]:
    """What fits of that which everyone sees, but where the actor sees a newer version."""
    kind = store.model[query.record_type]
    while ids := find(query, after, most):
        yield from seen_page(store, actor, kind, query.states, after, most, among=ids, is_public=True)
        after = ids[-1]


def _unpublished(store: Store, actor: Actor, query: Query, after: str) -> Iterator[Shown]:
    """What fits of the rest: an index made for a page of it alone. Owners are looked up by the store."""
    kind, owned = store.model[query.record_type], replace(query, organization=None)
    while items := seen_page(store, actor, kind, query.states, after, PAGE, query.organization, is_public=False):
        index = Index(read_paths(FILTERS), WORDED)
        index.take_in(kind, items)
        fitting = set(index.find(owned, kind))
        index.close()
        yield from (item for item in items if item.record_id in fitting)
        after = items[-1].record_id
