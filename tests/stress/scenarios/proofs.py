"""What has to hold of a ledger after whatever was done to it."""

from collections.abc import Iterable, Iterator
from functools import reduce

from inventory.ledger.chain import ChainState, Entry, after, digest, link_faults
from inventory.ledger.heads import PAGE
from inventory.ledger.store import Store
from inventory.writes.change import Receipt


def broken_from(store: Store, start: ChainState) -> tuple[list[str], ChainState]:
    """Every fault of the chain after `start`, and where the chain stands. Its end has to be where the store says."""
    faults, state = [], start
    while entries := store.entries(state.seq):
        faults += list(broken_links(entries, state))
        faults += list(_changed_bodies(store, entries))
        state = reduce(after, entries, state)
    if store.chain() != state:
        faults.append(f"the chain stands at {store.chain().seq}, its entries at {state.seq}")
    return faults, state


def broken_links(entries: Iterable[Entry], start: ChainState) -> Iterator[str]:
    """Walk entries that follow `start` and say what is wrong where. Raises nothing; the walk goes on after a fault."""
    state = start
    for entry in entries:
        yield from (f"entry {where}: {what}" for where, what in link_faults(entry, state))
        state = after(state, entry)


def not_kept(store: Store, receipts: Iterable[Receipt]) -> list[str]:
    """The receipts that the ledger knows nothing of, or says otherwise."""
    return [f"{receipt.record}: acknowledged and lost" for receipt in receipts if not _is_kept(store, receipt)]


def torn_heads(store: Store, record_type: str) -> list[str]:
    """The records whose newest version has no body."""
    readable = {head.record_id for head, _ in store.all_documents(record_type)}
    torn, last = [], ""
    while page := store.page(record_type, last, PAGE):
        torn += [f"{record_type}/{head.record_id}: no body" for head in page if head.record_id not in readable]
        last = page[-1].record_id
    return torn


def _is_kept(store: Store, receipt: Receipt) -> bool:
    entry = store.entry_by_link(receipt.link)
    if entry is None or f"{entry.record_type}/{entry.record_id}" != receipt.record:
        return False
    head = store.head(entry.record_type, entry.record_id)
    # What was withdrawn stands at the version that was public, whatever came after it.
    stands = head.version >= receipt.version or head.state == "withdrawn"
    return (entry.seq, entry.version) == (receipt.seq, receipt.version) and stands


def _changed_bodies(store: Store, entries: list[Entry]) -> Iterator[str]:
    bodies = store.bodies([(entry.record_type, entry.record_id, entry.version) for entry in entries])
    for entry in entries:
        body = bodies.get((entry.record_type, entry.record_id, entry.version))
        if body is None or digest(body["public_salt"], body["public_body"]) != entry.public_digest:
            yield f"entry {entry.seq}: its body is gone or changed"
