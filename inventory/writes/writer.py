"""The one way into the ledger: append entries, bodies and heads in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection

from inventory.access.owners import Owners
from inventory.calendar.fiscal import Clock, washington_day, written
from inventory.errors import Invalid, NotAllowed, NotFound, WrongState
from inventory.ledger.chain import ERASED, ChainState, Entry, after, link
from inventory.ledger.heads import Head
from inventory.ledger.rebuild import described, shown
from inventory.ledger.store import Store
from inventory.ledger.transactions import writing
from inventory.problems import Problem
from inventory.records.lifecycle import Action, Actor
from inventory.records.registry import Document, RecordType
from inventory.storage.engines import reading
from inventory.validation.check import Checked, canonical
from inventory.writes.batch import Batch, Commitment
from inventory.writes.change import Change, Receipt
from inventory.writes.permissions import Permits
from inventory.writes.quality_gate import Gate, Versions


@contextmanager
def transaction(store: Store, actor: Actor, now: Clock) -> Iterator["Writer"]:
    """Open one transaction that stores everything appended in it, or nothing. Raises Invalid (see `Writer.close`)."""
    with writing(store.engine) as (connection, chain):
        writer = Writer(store, actor, now, connection, chain)
        yield writer
        writer.close()


def dry_run(store: Store, actor: Actor, now: Clock, record_type: str, raw: Any, action: str = "") -> Checked:
    """Check an input for an action without storing it, using only the records the actor may see."""
    with reading(store.engine) as connection:
        gate = Gate(connection, store.model, Owners(connection, store.model), actor)
        return gate.check(record_type, raw, washington_day(now()), action)


def append(store: Store, actor: Actor, now: Clock, *changes: Change) -> list[Receipt]:
    """Append these changes in one transaction.

    Raises Conflict, Invalid, NotAllowed, NotFound, and then stores nothing.
    """
    with transaction(store, actor, now) as writer:
        return writer.append(changes)


class Writer:
    """A writer of one transaction, made by `transaction`. Other tables are written through `connection`."""

    def __init__(self, store: Store, actor: Actor, now: Clock, connection: Connection, chain: ChainState) -> None:
        self.model, self._actor, self._now, self.connection = store.model, actor, now, connection
        self._chain = chain
        self._owners = Owners(connection, store.model)
        self._gate = Gate(connection, store.model, self._owners, actor)
        self._permits = Permits(actor, self._owners)

    def append(self, changes: Sequence[Change]) -> list[Receipt]:
        """Append a batch. Raises Conflict, Invalid (the document is not a valid record), NotAllowed, NotFound."""
        if not changes:
            return []
        batch = Batch(self.connection, self.model, ((change.record_type, change.record_id) for change in changes))
        for change in changes:
            self._step(change, batch)
        batch.write(self._chain)
        self._owners.written(batch.before, batch.heads)
        self._gate.written(batch.entries)
        return [_receipt(entry) for entry in batch.entries]

    def problems(self, record_type: str, versions: Versions, action: str) -> dict[str, list[Problem]]:
        """Return all problems of these versions of records for that action, by id."""
        return self._gate.problems(record_type, versions, washington_day(self._now()), action)

    def close(self) -> None:
        """Raise Invalid if a version that must be free of errors has any.

        This check comes last because records of one transaction may refer to one another.
        """
        if self._gate.is_due():
            self._gate.close(washington_day(self._now()))

    def _step(self, change: Change, batch: Batch) -> None:
        record_type = self.model[change.record_type]
        head = batch.heads[change.record_type, change.record_id]
        action = self._permits.permitted(record_type, change, head, batch)
        self._permits.check_start(record_type, action, change, head, batch)
        if action.erases:
            entry = self._erase(change, action, head, batch)
            batch.entries.append(entry)
            if entry.version == head.version:  # the newest body lost a part
                batch.heads[change.record_type, change.record_id] = msgspec.structs.replace(head, seq=entry.seq)
            return
        if action.writes:
            change = self._written(record_type, change, action, head, batch)
        elif change.document is not None:
            raise NotAllowed(f"{action.name} takes no document")
        version = _version(action, head)
        key = (change.record_type, change.record_id, version)
        committed = (
            batch.committed(key) if change.document is None else batch.add_body(record_type, key, change.document)
        )
        assert committed is not None
        state = action.to_state or head.state
        shows = state in record_type.public_states or (action.withdraws and head.public_state is not None)
        entry = self._entry(change, version, state, committed, self._chain.public_seq + 1 if shows else None)
        batch.entries.append(entry)
        batch.heads[change.record_type, change.record_id] = self._moved(record_type, change, entry, batch)

    def _moved(self, record_type: RecordType, change: Change, entry: Entry, batch: Batch) -> Head:
        before = batch.heads[change.record_type, change.record_id]
        head = msgspec.structs.replace(before, state=entry.state, version=entry.version, seq=entry.seq)
        if head.version != before.version:  # a new version, or the public one if a draft was open at its withdrawal
            document = batch.document(head) if change.document is None else change.document
            head = described(head, document, self._owners.owner(record_type, document, batch.heads))
        return head if entry.public_seq is None else shown(record_type, head, entry)

    def _written(self, record_type: RecordType, change: Change, action: Action, head: Head, batch: Batch) -> Change:
        """Return the change with its document in canonical spelling, after checking the record's id and owner.

        Raises Invalid if the document is not a valid record.
        """
        if action.transfers:
            return self._transferred(record_type, change, head, batch)
        if change.document is None and action.copies:
            return msgspec.structs.replace(change, document=batch.document(head))
        if change.document is None:
            raise NotAllowed(f"{action.name} asks for a document")
        document = change.document if change.as_kept else canonical(record_type, change.document, change.record)
        change = msgspec.structs.replace(change, document=document)
        if record_type.record_id(document) != change.record_id:
            raise NotAllowed(f"The document is not that of {change.record}")
        if head.version and not action.moves and self._names_another(record_type, document, head, batch):
            raise NotAllowed(f"{change.record} belongs to {head.organization_id}; {action.name} does not move it")
        return change

    def _names_another(self, record_type: RecordType, document: Document, head: Head, batch: Batch) -> bool:
        """Return whether a document names another owner than the record has, itself or through its parent record."""
        named = record_type.owner_named(document)
        if record_type.owned_through is None:
            return named != head.organization_id
        is_key = record_type.owner[0] in (field.name for field in record_type.shape.key)
        return not is_key and named != record_type.owner_named(batch.document(head))

    def _transferred(self, record_type: RecordType, change: Change, head: Head, batch: Batch) -> Change:
        """Return the change with the newest document under its new owner. Other fields keep their values."""
        owner = change.owner
        if owner is None or change.document is not None:
            raise NotAllowed(f"{change.action} asks for an owner, and takes no document")
        if owner == head.organization_id:
            raise WrongState(f"{change.record} belongs to {owner} already")
        new = self._owners.head("organization", owner, batch.heads)
        if new.state != "current":
            message = f"organization/{owner} is {new.state or 'not known'}; it has to be current to own anything"
            raise Invalid(message, [])
        note = f"from {head.organization_id} to {owner}" + (f": {change.note}" if change.note else "")
        document = {**batch.document(head), record_type.owner[0]: owner}
        return msgspec.structs.replace(change, document=document, note=note)

    def _erase(self, change: Change, action: Action, head: Head, batch: Batch) -> Entry:
        """Erase a part, and return an entry with the remaining digests and the version's last state.

        The erasure thus reveals no version to readers who could not see it. The record's state does not change.
        """
        erasure = change.erasure
        if erasure is None:
            raise NotAllowed("erase asks for a version, and for its private part or the whole of it")
        key = (change.record_type, change.record_id, erasure.version)
        named, committed = f"version {erasure.version} of {change.record}", batch.committed(key)
        if committed is None:
            raise NotFound(f"There is no {named}")
        if erasure.whole and batch.was_public(key):
            raise WrongState(f"{named} was made public, and what was public is not erased")
        if erasure.whole and erasure.version == head.version:
            raise WrongState(f"{named} is the newest: save one without what is to be erased first")
        kept = batch.body(key)
        if kept["public_salt" if erasure.whole else "private_body"] is None:
            raise NotFound(f"{named} keeps no {'body' if erasure.whole else 'private part'}")
        batch.erase(key, erasure.whole)
        left = msgspec.structs.replace(
            committed, private_digest=ERASED, public_digest=ERASED if erasure.whole else committed.public_digest
        )
        return self._entry(change, erasure.version, batch.stood(key), left, None)

    def _entry(
        self, change: Change, version: int, state: str, committed: Commitment, public_number: int | None
    ) -> Entry:
        now = written(self._now())
        entry = Entry(
            seq=self._chain.seq + 1,
            public_seq=public_number,
            record_type=change.record_type,
            record_id=change.record_id,
            version=version,
            action=change.action,
            state=state,
            **msgspec.structs.asdict(committed),
            actor=self._actor.holder,
            recorded_at=max(now, self._chain.recorded_at),
            note=change.told,
        )
        entry = msgspec.structs.replace(entry, link=link(self._chain.link, entry))
        self._chain = after(self._chain, entry)
        return entry


def _version(action: Action, head: Head) -> int:
    if action.withdraws and head.public_version is not None:
        return head.public_version
    return head.version + 1 if action.writes else head.version


def _receipt(entry: Entry) -> Receipt:
    return Receipt(
        record=f"{entry.record_type}/{entry.record_id}",
        version=entry.version,
        state=entry.state,
        seq=entry.seq,
        link=entry.link,
        recorded_at=entry.recorded_at,
    )
