"""Search over what is public, now or on a day: a disposable index in memory, whichever engine keeps the ledger."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from catalog.filters import FILTERS, WORDED, Filters, read_paths
from catalog.index import Index, Query
from catalog.private_search import found_by
from inventory.access.records import Shown
from inventory.ledger.as_of import public_of_at, public_page_at
from inventory.ledger.heads import PAGE
from inventory.ledger.store import Published, Store
from inventory.records.lifecycle import Actor
from inventory.records.registry import RecordType

KEPT = 4
"""The indexes of earlier positions that are kept: whoever turns the pages of one has them made once."""


class Search:
    """Follows the public feed: every question first takes in what became public since the last. Safe across threads."""

    def __init__(self, store: Store, filters: Filters = FILTERS, worded: frozenset[str] = WORDED) -> None:
        self._store, self._paths, self._worded = store, read_paths(filters), worded
        self._lock, self._index, self._upto = threading.Lock(), Index(self._paths, worded), 0
        self._past: OrderedDict[tuple[str, int], Index] = OrderedDict()
        self._past_lock, self._ended = threading.Lock(), threading.Event()
        searched = [kind for kind in store.model.values() if kind.name in filters]
        self._owners = {owner for kind in searched for owner in _owners(kind)}
        self._kinds = [kind for kind in store.model.values() if kind in searched or kind.name in self._owners]

    def find(self, query: Query, after: str = "", limit: int = 100) -> list[str]:
        """Ids of the records public now that fit, following `after`, in order of id."""
        with self._lock:
            self._catch_up()
            return self._index.find(query, self._store.model[query.record_type], after, limit)

    def warm(self) -> None:
        """Take in what is public before anybody asks. Who asks meanwhile waits no longer than who comes first would."""
        more = True
        while more and not self._ended.is_set():
            with self._lock:
                more = self._take_in_more()

    def leave_off(self) -> None:
        """Have `warm` end soon, in whichever thread."""
        self._ended.set()

    def page(
        self, query: Query, after: str, limit: int, upto: int | None = None, actor: Actor | None = None
    ) -> Sequence[Shown]:
        """A page of the records that fit: as the actor sees them now (None: the public), or public at a position."""
        if actor is not None and upto is None:
            return found_by(self._store, self.find, actor, query, after, limit)
        if query.asks_nothing:
            return self._all(query, after, limit, upto)
        if upto is None:
            return self._store.public_of(query.record_type, self.find(query, after, limit))
        found: list[Published] = []
        # What was withdrawn or erased since an index was made is still in it.
        while len(found) < limit and (ids := self._find_at(query, after, limit - len(found), upto)):
            found += public_of_at(self._store, query.record_type, upto, ids)
            after = ids[-1]
        return found

    def _all(self, query: Query, after: str, limit: int, upto: int | None) -> list[Published]:
        if upto is None:
            return self._store.public_page(query.record_type, query.states, after, limit)
        return public_page_at(self._store, query.record_type, upto, after, limit, query.states)

    def _find_at(self, query: Query, after: str, limit: int, upto: int) -> list[str]:
        kind, key = self._store.model[query.record_type], (query.record_type, upto)
        with self._lock:
            self._catch_up()
            if upto == self._upto:
                return self._index.find(query, kind, after, limit)
        with self._past_lock:
            if key not in self._past:
                self._past[key] = self._made_at(kind, upto)
            self._past.move_to_end(key)
            while len(self._past) > KEPT:
                self._past.popitem(last=False)[1].close()
            return self._past[key].find(query, kind, after, limit)

    def _made_at(self, kind: RecordType, upto: int) -> Index:
        """The same index of what was public then: of one type, and of what says who owns its records."""
        index = Index(self._paths, self._worded)
        for one in (self._store.model[name] for name in dict.fromkeys((*_owners(kind), kind.name))):
            after = ""
            while items := public_page_at(self._store, one.name, upto, after):
                with index.changing():
                    index.take_in(one, items)
                after = items[-1].record_id
        return index

    def _catch_up(self) -> None:
        while self._take_in_more():
            pass

    def _take_in_more(self) -> bool:
        """Take in a page of what became public since. Whether there may be more."""
        entries = self._store.public_entries(self._upto, PAGE)
        if entries:
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
        return len(entries) == PAGE


def _owners(kind: RecordType) -> tuple[str, ...]:
    """The record types one must know to tell which organization owns a record."""
    return ("organization",) if kind.owned_through is None else ("organization", kind.owned_through)
