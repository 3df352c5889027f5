"""The one way in: append to the ledger, with its bodies and heads, in one transaction."""

import datetime
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, update

from inventory.documents import encode, split
from inventory.engines import writing
from inventory.errors import Conflict, NotAllowed, NotFound
from inventory.heads import described, shown, write_heads
from inventory.ledger import SALT, ChainState, Entry, after, digest, link
from inventory.lifecycle import Action, Actor, may, reaches
from inventory.owners import Owners
from inventory.record_types import Document, RecordType
from inventory.store import Head, Store, read_heads
from inventory.stored import BODIES, CHAIN, ENTRIES

Clock = Callable[[], datetime.datetime]


class Change(Struct, frozen=True, kw_only=True):
    """An act on a record. `base_version` is the version it was made from (0: none yet); None asks for no such check."""

    record_type: str
    record_id: str
    action: str
    document: Document | None = None
    base_version: int | None = None
    note: str = ""


class Receipt(Struct, frozen=True, kw_only=True):
    """Proof of an append: it can be checked against the ledger for good."""

    record: str
    version: int
    state: str
    seq: int
    link: str
    recorded_at: str


@contextmanager
def transaction(store: Store, actor: Actor, now: Clock) -> Iterator["Writer"]:
    """One transaction: everything appended in it is kept, or nothing."""
    with writing(store.engine) as (connection, chain):
        writer = Writer(store, actor, now, connection, chain)
        yield writer
        writer.close()


def append(store: Store, actor: Actor, now: Clock, *changes: Change) -> list[Receipt]:
    """Append these changes in one transaction. Raises Conflict, NotAllowed, NotFound; then nothing is kept."""
    with transaction(store, actor, now) as writer:
        return writer.append(changes)


class Writer:
    """Appends within a transaction. Made by `transaction`."""

    def __init__(self, store: Store, actor: Actor, now: Clock, connection: Connection, chain: ChainState) -> None:
        self._store, self._actor, self._now, self._connection = store, actor, now, connection
        self._chain = chain
        self._owners = Owners(connection, store.model)

    def append(self, changes: Sequence[Change]) -> list[Receipt]:
        """Append a batch. Raises Conflict, NotAllowed, NotFound."""
        if not changes:
            return []
        heads = self._heads(changes)
        batch = _Batch(heads, dict(heads))
        for change in changes:
            self._step(change, batch)
        self._write(batch)
        return [_receipt(entry) for entry in batch.entries]

    def close(self) -> None:
        """Move the chain to where the entries left it."""
        self._connection.execute(_MOVE_CHAIN, msgspec.structs.asdict(self._chain))

    def _heads(self, changes: Sequence[Change]) -> dict[tuple[str, str], Head]:
        heads: dict[tuple[str, str], Head] = {}
        for name in {change.record_type for change in changes}:
            ids = sorted({change.record_id for change in changes if change.record_type == name})
            known = read_heads(self._connection, name, ids)
            heads |= {(name, i): known.get(i, Head(record_type=name, record_id=i)) for i in ids}
        return heads

    def _step(self, change: Change, batch: "_Batch") -> None:
        record_type = self._store.model[change.record_type]
        key = (change.record_type, change.record_id)
        head = batch.heads[key]
        if change.base_version is not None and change.base_version != head.version:
            raise Conflict("/".join(key), head.version)
        action = self._permitted(record_type, change, head, batch)
        version = head.version + 1 if action.writes else head.version
        body = self._body(record_type, change, version, batch) if action.writes else self._kept(head, batch)
        shows = action.to_state in record_type.public_states
        public_seq = self._chain.public_seq + 1 if shows or (action.withdraws and head.public_state) else None
        entry = self._entry(change, action, version, body, public_seq)
        batch.entries.append(entry)
        batch.heads[key] = self._moved(record_type, change, entry, batch)

    def _moved(self, record_type: RecordType, change: Change, entry: Entry, batch: "_Batch") -> Head:
        head = batch.heads[change.record_type, change.record_id]
        head = msgspec.structs.replace(head, state=entry.state, version=entry.version, seq=entry.seq)
        if change.document is not None:
            head = described(head, change.document, self._owners.owner(record_type, change.document, batch.heads))
        return head if entry.public_seq is None else shown(record_type, head, entry)

    def _permitted(self, record_type: RecordType, change: Change, head: Head, batch: "_Batch") -> Action:
        name = f"{change.record_type}/{change.record_id}"
        action = next((a for a in record_type.actions if a.name == change.action), None)
        if action is None:
            raise NotAllowed(f"{change.action} is not done to a {change.record_type}")
        # Only a reach that has bounds asks where the owner stands.
        lineage = () if reaches(self._actor, ()) else self._lineage(record_type, change, head, batch)
        if not may(self._actor, action, lineage):
            raise NotAllowed(f"{self._actor.role} may not {action.name} {name}")
        if head.state not in action.from_states:
            if head.version == 0:
                raise NotFound(f"There is no {name}")
            raise NotAllowed(
                f"{name} is {head.state}; {action.name} starts from {', '.join(sorted(action.from_states))}"
            )
        if action.reason and not change.note:
            raise NotAllowed(f"{action.name} asks for a reason")
        return action

    def _lineage(self, record_type: RecordType, change: Change, head: Head, batch: "_Batch") -> list[str]:
        document = change.document or {}
        owner = head.organization_id if head.version else self._owners.owner(record_type, document, batch.heads)
        below = document.get("parent_id") if change.record_type == "organization" else None
        return self._owners.lineage(owner, batch.heads, below)

    def _body(self, record_type: RecordType, change: Change, version: int, batch: "_Batch") -> dict[str, Any]:
        if change.document is None:
            raise NotAllowed(f"{change.action} asks for a document")
        public, private = split(record_type.shape, change.document)
        body = {
            "record_type": change.record_type,
            "record_id": change.record_id,
            "version": version,
            "schema_version": record_type.schema_version,
            "public_salt": secrets.token_hex(SALT // 2),
            "public_body": encode(public),
            "private_salt": secrets.token_hex(SALT // 2),
            "private_body": encode(private) if private else None,
        }
        batch.bodies[change.record_type, change.record_id, version] = body
        return body

    def _kept(self, head: Head, batch: "_Batch") -> dict[str, Any]:
        key = (head.record_type, head.record_id, head.version)
        if key in batch.bodies:
            return batch.bodies[key]
        where = [
            BODIES.c[name] == value for name, value in zip(("record_type", "record_id", "version"), key, strict=True)
        ]
        return dict(self._connection.execute(BODIES.select().where(*where)).mappings().one())

    def _entry(
        self, change: Change, action: Action, version: int, body: dict[str, Any], public_number: int | None
    ) -> Entry:
        now = self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        entry = Entry(
            seq=self._chain.seq + 1,
            public_seq=public_number,
            record_type=change.record_type,
            record_id=change.record_id,
            version=version,
            action=action.name,
            state=action.to_state,
            schema_version=body["schema_version"],
            public_digest=digest(body["public_salt"], body["public_body"] or b""),
            private_digest=digest(body["private_salt"], body["private_body"] or b""),
            actor=self._actor.holder,
            recorded_at=max(now, self._chain.recorded_at),
            note=change.note,
        )
        entry = msgspec.structs.replace(entry, link=link(self._chain.link, entry))
        self._chain = after(self._chain, entry)
        return entry

    def _write(self, batch: "_Batch") -> None:
        self._connection.execute(_ADD_ENTRY, [msgspec.structs.asdict(entry) for entry in batch.entries])
        if batch.bodies:
            self._connection.execute(_ADD_BODY, list(batch.bodies.values()))
        write_heads(self._connection, batch.heads.values())
        self._owners.written(batch.before, batch.heads)


class _Batch(Struct):
    """What one call of append writes, gathered so that each table is written once."""

    heads: dict[tuple[str, str], Head]
    before: dict[tuple[str, str], Head]
    entries: list[Entry] = []
    bodies: dict[tuple[str, str, int], dict[str, Any]] = {}


_ADD_ENTRY, _ADD_BODY, _MOVE_CHAIN = insert(ENTRIES), insert(BODIES), update(CHAIN)


def _receipt(entry: Entry) -> Receipt:
    return Receipt(
        record=f"{entry.record_type}/{entry.record_id}",
        version=entry.version,
        state=entry.state,
        seq=entry.seq,
        link=entry.link,
        recorded_at=entry.recorded_at,
    )
