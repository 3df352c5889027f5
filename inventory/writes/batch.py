"""The pending writes of one call of append. Each table is written once, and reads include the pending rows."""

import secrets
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, and_, bindparam, select, update

from inventory.ledger.chain import SALT, ChainState, Entry, digest
from inventory.ledger.heads import Head, last_act, read_heads, whole_document
from inventory.records.documents import encode, parts
from inventory.records.lifecycle import ERASE
from inventory.records.registry import Document, Model, RecordType
from inventory.storage.tables import BODIES, CHAIN, ENTRIES, HEADS
from inventory.storage.upserts import write_rows

Key = tuple[str, str, int]
"""Record type, record id and version."""


class Commitment(Struct, frozen=True):
    """The digests and schema version that a record's version is committed to in the ledger."""

    schema_version: int
    public_digest: str
    private_digest: str


class Batch:
    """A buffer of heads, entries, bodies and erasures that are not written yet."""

    def __init__(self, connection: Connection, model: Model, records: Iterable[tuple[str, str]]) -> None:
        self._connection, self._model = connection, model
        self.heads = self._heads(set(records))
        self.before = dict(self.heads)
        self.entries: list[Entry] = []
        self._bodies: dict[Key, dict[str, Any]] = {}
        self._commitments: dict[Key, Commitment] = {}
        self._erasures: dict[bool, list[Key]] = {True: [], False: []}

    def add_body(self, record_type: RecordType, key: Key, document: Document) -> Commitment:
        """Add a new version with its salts, and return the digests of its two parts."""
        public, private = parts(record_type, document, self._once_public(record_type, key))
        salts = secrets.token_hex(SALT // 2), secrets.token_hex(SALT // 2)
        bodies = encode(public), encode(private) if private else None
        names = zip(("record_type", "record_id", "version"), key, strict=True)
        self._bodies[key] = {
            **dict(names),
            "schema_version": record_type.schema_version,
            "public_salt": salts[0],
            "public_body": bodies[0],
            "private_salt": salts[1],
            "private_body": bodies[1],
        }
        digests = digest(salts[0], bodies[0]), digest(salts[1], bodies[1] or b"")
        self._commitments[key] = Commitment(record_type.schema_version, *digests)
        return self._commitments[key]

    def committed(self, key: Key) -> Commitment | None:
        """Return the digests of a version, erased parts included; None if the version does not exist."""
        if key not in self._commitments:
            columns = [ENTRIES.c[name] for name in Commitment.__struct_fields__]
            query = select(*columns).where(_of(ENTRIES, key)).order_by(ENTRIES.c.seq).limit(1)
            row = self._connection.execute(query).mappings().first()
            if row is None:
                return None
            self._commitments[key] = Commitment(**dict(row))
        return self._commitments[key]

    def document(self, head: Head) -> Document:
        """Return the newest document of a record, private part included."""
        row = self.body((head.record_type, head.record_id, head.version))
        return whole_document(self._model[head.record_type], row)

    def body(self, key: Key) -> dict[str, Any]:
        """Return the stored body of a version."""
        return self._bodies.get(key) or dict(
            self._connection.execute(select(BODIES).where(_of(BODIES, key))).mappings().one()
        )

    def _once_public(self, record_type: RecordType, key: Key) -> list[Document]:
        """Return the public parts of all versions that were ever public, if the record type's suppression needs
        them.
        """
        if record_type.suppresses is None or self.heads[key[0], key[1]].public_version is None:
            return []
        rows = [self.body((*key[:2], version)) for version in sorted(self._public_versions(*key[:2]))]
        return [record_type.upcast(msgspec.json.decode(row["public_body"]), row["schema_version"]) for row in rows]

    def _public_versions(self, record_type: str, record_id: str) -> set[int]:
        same = and_(ENTRIES.c.record_type == record_type, ENTRIES.c.record_id == record_id)
        query = select(ENTRIES.c.version).where(same, ENTRIES.c.public_seq.is_not(None))
        here = {
            e.version
            for e in self.entries
            if (e.record_type, e.record_id) == (record_type, record_id) and e.public_seq is not None
        }
        return here | set(self._connection.execute(query).scalars())

    def last_act(self, record_type: str, record_id: str, action: str) -> Entry | None:
        """Return the newest entry with this action on a record; None if there is none."""
        here = (
            e
            for e in reversed(self.entries)
            if (e.record_type, e.record_id, e.action) == (record_type, record_id, action)
        )
        return next(here, None) or last_act(self._connection, record_type, record_id, action)

    def stood(self, key: Key) -> str:
        """Return the last state of a version, ignoring erasures."""
        acts = (e for e in reversed(self.entries) if (e.record_type, e.record_id, e.version) == key)
        here = next((entry.state for entry in acts if entry.action != ERASE), None)
        query = select(ENTRIES.c.state).where(_of(ENTRIES, key), ENTRIES.c.action != ERASE)
        return here or str(self._connection.execute(query.order_by(ENTRIES.c.seq.desc()).limit(1)).scalar_one())

    def was_public(self, key: Key) -> bool:
        """Return whether any entry made this version public."""
        if any((e.record_type, e.record_id, e.version) == key and e.public_seq is not None for e in self.entries):
            return True
        query = select(ENTRIES.c.seq).where(_of(ENTRIES, key), ENTRIES.c.public_seq.is_not(None)).limit(1)
        return self._connection.execute(query).first() is not None

    def erase(self, key: Key, whole: bool) -> None:
        """Erase a version's private part with its salt, or both parts."""
        self._erasures[whole].append(key)

    def write(self, chain: ChainState) -> None:
        """Write all pending rows and the new state of the chain."""
        write_rows(
            self._connection,
            {ENTRIES: [asdict(entry) for entry in self.entries], BODIES: list(self._bodies.values())},
            {HEADS: [asdict(head) for head in self.heads.values()], CHAIN: [{"id": 1, **asdict(chain)}]},
        )
        for whole, keys in self._erasures.items():
            if keys:
                self._connection.execute(
                    _FORGET_ALL if whole else _FORGET, [dict(zip("tiv", key, strict=True)) for key in keys]
                )

    def _heads(self, records: set[tuple[str, str]]) -> dict[tuple[str, str], Head]:
        heads: dict[tuple[str, str], Head] = {}
        for name in {record_type for record_type, _ in records}:
            ids = sorted(record_id for record_type, record_id in records if record_type == name)
            known = read_heads(self._connection, name, ids)
            heads |= {(name, i): known.get(i, Head(record_type=name, record_id=i)) for i in ids}
        return heads


def _of(table: Any, key: tuple[Any, Any, Any]) -> Any:
    return and_(table.c.record_type == key[0], table.c.record_id == key[1], table.c.version == key[2])


_FORGET = update(BODIES).where(_of(BODIES, (bindparam("t"), bindparam("i"), bindparam("v"))))
_FORGET = _FORGET.values(private_salt=None, private_body=None)
_FORGET_ALL = _FORGET.values(public_salt=None, public_body=None)
