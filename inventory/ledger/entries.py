"""Reads of ledger entries."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Select, and_, func, select

from inventory.calendar.fiscal import end_of_day, written
from inventory.ledger.chain import ChainState, Entry
from inventory.ledger.heads import ENTRY_COLUMNS, PAGE
from inventory.ledger.transactions import read_chain
from inventory.storage.tables import ENTRIES


class Entries:
    """A reader of ledger entries. Every method uses its own short transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def chain(self) -> ChainState:
        """Return the state of the chain."""
        with self.engine.connect() as connection:
            return read_chain(connection)

    def chain_on(self, day: datetime.date) -> ChainState:
        """Return the state of the chain at the end of that day in Washington."""
        before = ENTRIES.c.recorded_at < written(end_of_day(day))
        # Entries are recorded in order, so the last one is near the end.
        last = next(iter(self._rows(select(ENTRIES).where(before).order_by(ENTRIES.c.seq.desc()).limit(1))), None)
        if last is None:
            return ChainState()
        public = select(func.max(ENTRIES.c.public_seq).label("seq")).where(ENTRIES.c.seq <= last["seq"])
        return ChainState(last["seq"], self._rows(public)[0]["seq"] or 0, last["link"], last["recorded_at"])

    def entries(self, after: int = 0, limit: int = PAGE) -> list[Entry]:
        """Return the entries after a sequence number."""
        return self._entries(select(*ENTRY_COLUMNS).where(ENTRIES.c.seq > after).order_by(ENTRIES.c.seq).limit(limit))

    def public_entries(self, after: int = 0, limit: int = PAGE) -> list[Entry]:
        """Return the entries after a public number: changes to public data, in order."""
        query = select(*ENTRY_COLUMNS).where(ENTRIES.c.public_seq > after).order_by(ENTRIES.c.public_seq)
        return self._entries(query.limit(limit))

    def entries_at(self, public_seqs: Sequence[int]) -> list[Entry]:
        """Return the public entries with these public numbers, in order."""
        query = select(*ENTRY_COLUMNS).where(ENTRIES.c.public_seq.in_(public_seqs)).order_by(ENTRIES.c.public_seq)
        return self._entries(query)

    def log(self, record_type: str, record_id: str) -> list[Entry]:
        """Return every entry of a record, oldest first."""
        where = and_(ENTRIES.c.record_type == record_type, ENTRIES.c.record_id == record_id)
        return self._entries(select(*ENTRY_COLUMNS).where(where).order_by(ENTRIES.c.seq))

    def entry_by_link(self, link: str) -> Entry | None:
        """Return the entry that a receipt's link identifies."""
        return next(iter(self._entries(select(*ENTRY_COLUMNS).where(ENTRIES.c.link == link))), None)

    def _entries(self, query: Select[Any]) -> list[Entry]:
        return [Entry(**row) for row in self._rows(query)]

    def _rows(self, query: Select[Any]) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
