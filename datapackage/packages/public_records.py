"""The public records at a position in the ledger, read page by page, and the records they refer to."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from inventory.ledger.chain import Entry
from inventory.ledger.store import Store
from inventory.records.registry import Document, RecordType
from inventory.schema.fields import Shape

PAGE = 500
Position = tuple[str, int]
"""The id of a public record and its public number at that time."""


class PublicRecord(Struct, frozen=True):
    """A public record: its document, the entry that published it and the salt of its digest."""

    document: Document
    entry: Entry
    salt: str

    @property
    def name(self) -> str:
        """Return its type and id."""
        return f"{self.entry.record_type}/{self.entry.record_id}"


class PublicRecords:
    """The public records at a position. Their ids are read once, the records on demand."""

    def __init__(self, store: Store, upto: int) -> None:
        self._store = store
        self._positions = {name: store.public_positions(name, upto) for name in store.model}
        self._ids = {name: {record_id for record_id, _ in found} for name, found in self._positions.items()}

    def ids(self, name: str) -> set[str]:
        """Return the ids of the public records of a type, without reading the records."""
        return self._ids[name]

    def positions(self) -> set[tuple[str, str, int]]:
        """Return the type, id and public number of every public record."""
        return {(name, *position) for name, found in self._positions.items() for position in found}

    def of(self, kind: RecordType) -> Iterator[PublicRecord]:
        """Yield the public records of a type, in order of key."""
        positions = self._positions[kind.name]
        for start in range(0, len(positions), PAGE):
            yield from self._read(kind, [number for _, number in positions[start : start + PAGE]])

    def named(self, name: str) -> Iterator[PublicRecord]:
        """Yield the public records of a type, by its name."""
        return self.of(self._store.model[name])

    def missing(self, kind: RecordType, record: PublicRecord) -> list[str]:
        """Return the references of a record to records that are not public."""
        found = references(kind.shape, record.document)
        return [f"{to}/{record_id}" for to, record_id in found if record_id not in self._ids.get(to, ())]

    def leave_out_dangling(self) -> dict[str, list[str]]:
        """Remove the records that refer to one that is not public, then those that refer to them, and so on.

        Return the removed records by name, with their missing references.
        """
        left_out: dict[str, list[str]] = {}
        while found := self._dangling():
            left_out |= found
            for name in found:
                record_type, _, record_id = name.partition("/")
                self._ids[record_type].discard(record_id)
            self._positions = {
                name: [known for known in positions if known[0] in self._ids[name]]
                for name, positions in self._positions.items()
            }
        return left_out

    def _dangling(self) -> dict[str, list[str]]:
        kinds = self._store.model.values()
        all_of_them = ((record.name, self.missing(kind, record)) for kind in kinds for record in self.of(kind))
        return {name: missing for name, missing in all_of_them if missing}

    def _read(self, kind: RecordType, numbers: list[int]) -> Iterator[PublicRecord]:
        entries = {entry.public_seq: entry for entry in self._store.entries_at(numbers)}
        bodies = self._store.bodies([(kind.name, entry.record_id, entry.version) for entry in entries.values()])
        for number in numbers:
            entry = entries[number]
            body = bodies[kind.name, entry.record_id, entry.version]
            if body["public_body"] is not None:
                known = kind.upcast(msgspec.json.decode(body["public_body"]), body["schema_version"])
                yield PublicRecord(known, entry, body["public_salt"])


def references(read: Shape, item: Document) -> Iterator[tuple[str, str]]:
    """Yield type and id of the records that a document refers to."""
    for field in read.fields:
        value = item.get(field.name)
        if value is None or not (field.references or field.part):
            continue
        for inner in value if field.many else (value,):
            if field.references:
                yield field.references, inner
            elif field.part is not None:
                yield from references(field.part, inner)
