"""Heads derived from the ledger alone, to verify or rebuild the stored heads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, func, select

from inventory.errors import Broken
from inventory.ledger.chain import Entry, certifies
from inventory.ledger.heads import ENTRY_COLUMNS, PAGE, Head, bodies_of
from inventory.ledger.store import Store
from inventory.ledger.transactions import writing
from inventory.records.lifecycle import ERASE
from inventory.records.registry import Document, Model, RecordType
from inventory.storage.tables import ENTRIES, HEADS
from inventory.storage.upserts import write_rows


def described(head: Head, document: Document, owner: str) -> Head:
    """Return the head with the fields it takes from the newest document and with its owner."""
    name = str(document.get("name", head.record_id))
    return msgspec.structs.replace(head, organization_id=owner, parent_id=document.get("parent_id"), name=name)


def is_described(head: Head) -> bool:
    """Return whether the head holds fields of its newest document. False if the document is erased or not certified."""
    return bool(head.name)


def shown(record_type: RecordType, head: Head, entry: Entry) -> Head:
    """Return the head after a public entry."""
    public = entry.state in record_type.public_states
    return msgspec.structs.replace(
        head,
        public_state=entry.state if public else None,
        public_version=entry.version if public else None,
        public_seq=entry.public_seq,
    )


def heads_of(connection: Connection, model: Model, record_type: str, record_ids: Sequence[str]) -> dict[str, Head]:
    """Return the heads of these records by id, from entries and bodies alone."""
    kind = model[record_type]
    newest = _last_entries(connection, record_type, record_ids, ENTRIES.c.seq)
    erased = _last_erasures(connection, record_type, record_ids)
    heads = {
        e.record_id: Head(
            record_type=record_type,
            record_id=e.record_id,
            state=e.state,
            version=e.version,
            seq=max(e.seq, erased.get((e.record_id, e.version), 0)),
        )
        for e in newest
    }
    for entry in _last_entries(connection, record_type, record_ids, ENTRIES.c.public_seq):
        heads[entry.record_id] = shown(kind, heads[entry.record_id], entry)
    documents = _certified(connection, kind, newest)
    for record_id, owner in _owners(connection, model, kind, documents).items():
        heads[record_id] = described(heads[record_id], documents[record_id], owner)
    return heads


def write_heads(connection: Connection, heads: Iterable[Head]) -> None:
    """Replace the stored heads with these."""
    write_rows(connection, {}, {HEADS: [msgspec.structs.asdict(head) for head in heads]})


def ids_in_ledger(connection: Connection, record_type: str, after: str = "") -> list[str]:
    """Return a page of the ids of a type in the ledger, after an id."""
    where = and_(ENTRIES.c.record_type == record_type, ENTRIES.c.record_id > after)
    query = select(ENTRIES.c.record_id).where(where).distinct().order_by(ENTRIES.c.record_id).limit(PAGE)
    return list(connection.execute(query).scalars())


def rebuild_heads(store: Store) -> int:
    """Rebuild every head from the ledger in one transaction, and return how many there are.

    Heads hold what today's schema reads in the documents, so a rebuild updates them after a new upcaster. Raises
    Broken, with nothing changed, if a newest body is not the one its entry certified.
    """
    count = 0
    with writing(store.engine) as (connection, _):
        for name in store.model:
            connection.execute(delete(HEADS).where(HEADS.c.record_type == name))
            for page in _pages(connection, name):
                heads = heads_of(connection, store.model, name, page)
                lost = [record_id for record_id, head in heads.items() if not is_described(head)]
                if lost:
                    raise Broken(f"The newest body of {name}/{lost[0]} is not what its entry certified")
                write_heads(connection, heads.values())
                count += len(heads)
    return count


def _pages(connection: Connection, record_type: str) -> Iterator[list[str]]:
    after = ""
    while page := ids_in_ledger(connection, record_type, after):
        yield page
        after = page[-1]


def _last_entries(connection: Connection, record_type: str, ids: Sequence[str], number: Any) -> list[Entry]:
    # An erasure does not change a record's state.
    counts = and_(number.is_not(None), ENTRIES.c.action != ERASE)
    where = and_(ENTRIES.c.record_type == record_type, ENTRIES.c.record_id.in_(ids), counts)
    last = select(func.max(number)).where(where).group_by(ENTRIES.c.record_id)
    rows = connection.execute(select(*ENTRY_COLUMNS).where(number.in_(last))).mappings()
    return [Entry(**dict(row)) for row in rows]


def _last_erasures(connection: Connection, record_type: str, ids: Sequence[str]) -> dict[tuple[str, int], int]:
    """Return the number of the last erasure by record id and version."""
    version = (ENTRIES.c.record_id, ENTRIES.c.version)
    where = (ENTRIES.c.record_type == record_type, ENTRIES.c.record_id.in_(ids), ENTRIES.c.action == ERASE)
    rows = connection.execute(select(*version, func.max(ENTRIES.c.seq)).where(*where).group_by(*version))
    return {(record_id, number): seq for record_id, number, seq in rows}


def _certified(connection: Connection, kind: RecordType, entries: Sequence[Entry]) -> dict[str, Document]:
    """Return the certified public documents of these entries by id, in today's schema.

    Missing or altered bodies are left out.
    """
    digests = {(entry.record_type, entry.record_id, entry.version): entry.public_digest for entry in entries}
    found = {}
    for key, row in bodies_of(connection, digests).items():
        committed = digests[key]
        if row["public_body"] is not None and certifies(committed, row["public_salt"], row["public_body"]):
            found[row["record_id"]] = kind.upcast(msgspec.json.decode(row["public_body"]), row["schema_version"])
    return found


def _owners(
    connection: Connection, model: Model, kind: RecordType, documents: Mapping[str, Document]
) -> dict[str, str]:
    """Return the owning organization by record id, without records whose parent record lost its newest body."""
    named = {record_id: kind.owner_named(document) for record_id, document in documents.items()}
    if kind.owned_through is None or not named:
        return named
    above = heads_of(connection, model, kind.owned_through, sorted(set(named.values())))
    owners = {name: head.organization_id for name, head in above.items() if is_described(head)}
    return {record_id: owners.get(name, "") for record_id, name in named.items() if name in owners or name not in above}
