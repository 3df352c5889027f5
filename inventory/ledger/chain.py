"""The chain of entries, digests and links, as pure functions."""

import hashlib
from collections.abc import Iterator

from msgspec import Struct

from inventory.records.documents import encode
from inventory.storage.tables import GENESIS

SALT = 32  # characters of a salt
ERASED = ""  # the digest of an erased part, in the entry of its erasure


class Entry(Struct, frozen=True, kw_only=True):
    """A permanent ledger entry: one action on one record.

    seq: gapless from 1. public_seq: gapless among the entries that changed public data. version: of the record's
    content, from 1. Digests commit to the two parts of the body; the digest of a part that this entry erases is
    empty. link: hex SHA-256 over the previous link and all other fields.
    """

    seq: int
    public_seq: int | None
    record_type: str
    record_id: str
    version: int
    action: str
    state: str
    schema_version: int
    public_digest: str
    private_digest: str
    actor: str
    recorded_at: str
    note: str
    link: str = ""


HEADER = tuple(name for name in Entry.__struct_fields__ if name != "link")


def digest(salt: str, body: bytes) -> str:
    """Return a commitment to a body that does not reveal it: hex SHA-256 over its random salt and its bytes."""
    return hashlib.sha256(salt.encode() + body).hexdigest()


def certifies(committed: str, salt: object, body: object) -> bool:
    """Return whether a digest commits to a stored salt and body.

    The length of a salt is fixed: otherwise the first bytes of a body could pass for the end of its salt.
    """
    if not isinstance(salt, str) or len(salt) != SALT or not isinstance(body, bytes | None) or body == b"":
        return False
    return digest(salt, body or b"") == committed


def link(previous: str, entry: Entry) -> str:
    """Return the link of an entry: hex SHA-256 over the previous link and the entry's header as canonical JSON."""
    header = encode({name: getattr(entry, name) for name in HEADER})
    return hashlib.sha256(previous.encode() + header).hexdigest()


class ChainState(Struct, frozen=True):
    """The state of the chain after an entry."""

    seq: int = 0
    public_seq: int = 0
    link: str = GENESIS
    recorded_at: str = ""


def link_faults(entry: Entry, state: ChainState) -> Iterator[tuple[str, str]]:
    """Yield the faults of an entry that follows `state`: the entry's number, and a description.

    After a gap no other fault can be found. The link is not compared if the link of `state` is unknown (empty).
    """
    if entry.seq > state.seq + 1:
        first, last = state.seq + 1, entry.seq - 1
        yield (f"{first}" if first == last else f"{first} to {last}"), "is missing"
        return
    if entry.seq <= state.seq:
        yield str(entry.seq), f"follows entry {state.seq}"
    if entry.public_seq is not None and entry.public_seq != state.public_seq + 1:
        yield str(entry.seq), f"its public number {entry.public_seq} follows {state.public_seq}"
    if entry.recorded_at < state.recorded_at:
        yield str(entry.seq), "is recorded before the entry it follows"
    if state.link and link(state.link, entry) != entry.link:
        yield str(entry.seq), f"its link does not match ({entry.record_type}/{entry.record_id})"


def after(state: ChainState, entry: Entry) -> ChainState:
    """Return the chain's state once the entry is appended."""
    return ChainState(entry.seq, entry.public_seq or state.public_seq, entry.link, entry.recorded_at)
