"""Search over what someone who bears a key sees: what waits for its owner or a reviewer is in no index that is kept."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from catalog.filters import FILTERS, WORDED, read_paths
from catalog.index import Index, Query
from inventory.lifecycle import Actor
from inventory.reading import PAGE
from inventory.sight import Shown, seen_page
from inventory.store import Store


def found_by(store: Store, actor: Actor, query: Query, after: str, limit: int) -> list[Shown]:
    """A page of the records that fit, as the actor sees them now."""
    kind = store.model[query.record_type]
    if query.q is None and not query.wanted:
        return seen_page(store, actor, kind, query.states, after, limit, query.organization)
    found: list[Shown] = []
    for items in _fitting(store, actor, query, after):
        found += items
        if len(found) >= limit:
            break
    return found[:limit]


def _fitting(store: Store, actor: Actor, query: Query, after: str) -> Iterator[Sequence[Shown]]:
    """What fits of each page of what is seen: an index made for that page alone. Owners are looked up by the store."""
    kind, owned = store.model[query.record_type], replace(query, organization=None)
    while items := seen_page(store, actor, kind, query.states, after, PAGE, query.organization):
        index = Index(read_paths(FILTERS), WORDED)
        index.take_in(kind, items)
        fitting = set(index.find(owned, kind))
        index.close()
        yield [item for item in items if item.record_id in fitting]
        after = items[-1].record_id
