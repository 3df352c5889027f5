"""Search over what is public, now or on a day: a disposable index in memory, whichever engine keeps the ledger."""

import threading
from collections.abc import Iterator, Sequence

from catalog.filters import FILTERS, WORDED, Filters, read_paths
from catalog.index import Index, Query
from catalog.seen import found_by
from inventory.lifecycle import Actor
from inventory.public_reads import public_page_at
from inventory.reading import PAGE
from inventory.record_types import RecordType
from inventory.sight import Shown
from inventory.store import Published, Store


class Search:
    """Follows the public feed: every question first takes in what became public since the last. Safe across threads."""

    def __init__(self, store: Store, filters: Filters = FILTERS, worded: frozenset[str] = WORDED) -> None:
        self._store, self._paths, self._worded = store, read_paths(filters), worded
        self._lock, self._index, self._upto = threading.Lock(), Index(self._paths, worded), 0
        searched = [kind for kind in store.model.values() if kind.name in filters]
        self._owners = {owner for kind in searched for owner in _owners(kind)}
        self._kinds = [kind for kind in store.model.values() if kind in searched or kind.name in self._owners]

    def find(self, query: Query, after: str = "", limit: int = 100) -> list[str]:
        """Ids of the records public now that fit, following `after`, in order of id."""
        with self._lock:
            self._catch_up()
            return self._index.find(query, self._store.model[query.record_type], after, limit)

    def page(
        self, query: Query, after: str, limit: int, upto: int | None = None, actor: Actor | None = None
    ) -> Sequence[Shown]:
        """A page of the records that fit: as the actor sees them now (None: the public), or public at a position."""
        if actor is not None and upto is None:
            return found_by(self._store, actor, query, after, limit)
        if query.asks_nothing:
            return self._all(query, after, limit, upto)
        if upto is None:
            return self._store.public_of(query.record_type, self.find(query, after, limit))
        found: list[Published] = []
        for items in self._found_at(query, after, upto):
            found += items
            if len(found) >= limit:
                break
        return found[:limit]

    def _all(self, query: Query, after: str, limit: int, upto: int | None) -> list[Published]:
        if upto is None:
            return self._store.public_page(query.record_type, query.states, after, limit)
        return public_page_at(self._store, query.record_type, upto, after, limit, query.states)

    def _found_at(self, query: Query, after: str, upto: int) -> Iterator[list[Published]]:
        """What fits of each page of what was public then: the same index, made for that page alone."""
        kind = self._store.model[query.record_type]
        owners = list(self._owners_at(kind, upto)) if query.organization is not None else []
        while items := public_page_at(self._store, kind.name, upto, after, PAGE, query.states):
            index = Index(self._paths, self._worded)
            for owner, records in owners:
                index.take_in(owner, records)
            index.take_in(kind, items)
            fitting = set(index.find(query, kind))
            index.close()
            yield [item for item in items if item.record_id in fitting]
            after = items[-1].record_id

    def _owners_at(self, kind: RecordType, upto: int) -> Iterator[tuple[RecordType, list[Published]]]:
        for name in _owners(kind):
            after = ""
            while items := public_page_at(self._store, name, upto, after):
                yield self._store.model[name], items
                after = items[-1].record_id

    def _catch_up(self) -> None:
        while entries := self._store.public_entries(self._upto, PAGE):
            touched = {
                kind: sorted({e.record_id for e in entries if e.record_type == kind.name}) for kind in self._kinds
            }
            # Read before anything is changed: a read that fails leaves the index as it was.
            public = {kind: self._store.public_of(kind.name, ids) for kind, ids in touched.items() if ids}
            with self._index.changing():
                for kind, items in public.items():
                    self._index.forget(kind.name, touched[kind])
                    self._index.take_in(kind, items)
            self._upto = entries[-1].public_seq or self._upto


def _owners(kind: RecordType) -> tuple[str, ...]:
    """The record types one must know to tell which organization owns a record."""
    return ("organization",) if kind.owned_through is None else ("organization", kind.owned_through)
