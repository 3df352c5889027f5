"""Owners of records and the organizations above them, read within a transaction."""

from collections.abc import Mapping

from sqlalchemy import Connection, and_, select

from inventory.ledger.heads import PAGE, Head, read_heads
from inventory.ledger.rebuild import heads_of, write_heads
from inventory.records.registry import Document, Model, RecordType
from inventory.storage.tables import HEADS

Heads = Mapping[tuple[str, str], Head]
"""Heads of an unwritten batch, by record type and id."""


class Owners:
    """A cache of owners that looks in the unwritten batch first, then in the database."""

    def __init__(self, connection: Connection, model: Model) -> None:
        self._connection, self._model = connection, model
        self._known: dict[tuple[str, str], Head] = {}

    def owner(self, record_type: RecordType, document: Document | None, batch: Heads) -> str:
        """Return the organization that a document names as its owner, directly or through another record; "" if
        none.
        """
        named = record_type.owner_named(document or {})
        reference = record_type.owned_through
        return named if reference is None else self.head(reference, named, batch).organization_id

    def lineage(self, organization_id: str, batch: Heads, parent_id: str | None = None) -> list[str]:
        """Return the organization and all above it, nearest first. parent_id: the parent of an organization not
        stored yet.
        """
        line: list[str] = []
        above: str | None = organization_id
        while above and above not in line:
            line.append(above)
            known = self.head("organization", above, batch)
            above = known.parent_id if known.version else parent_id
        return line

    def head(self, record_type: str, record_id: str, batch: Heads) -> Head:
        """Return the head of a record; version 0 if the record does not exist."""
        key = (record_type, record_id)
        if key in batch:
            return batch[key]
        if key not in self._known:
            found = read_heads(self._connection, record_type, [record_id]).get(record_id)
            self._known[key] = found or Head(record_type=record_type, record_id=record_id)
        return self._known[key]

    def written(self, before: Heads, after: Heads) -> None:
        """Update heads after a batch: when a record changes its owner, so do the records that belong to it."""
        self._known |= {key: head for key, head in after.items() if key in self._known}
        moved = {(key[0], head.organization_id) for key, head in before.items() if _moved(head, after[key])}
        for owner_type, former in sorted(moved):
            self._follow(owner_type, former)

    def _follow(self, owner_type: str, former: str) -> None:
        for kind in (kind for kind in self._model.values() if kind.owned_through == owner_type):
            where = and_(HEADS.c.record_type == kind.name, HEADS.c.organization_id == former)
            ids = list(self._connection.execute(select(HEADS.c.record_id).where(where)).scalars())
            for start in range(0, len(ids), PAGE):
                heads = heads_of(self._connection, self._model, kind.name, ids[start : start + PAGE])
                write_heads(self._connection, heads.values())
                self._known |= {(kind.name, record_id): head for record_id, head in heads.items()}


def _moved(before: Head, after: Head) -> bool:
    return before.organization_id != after.organization_id
