"""The chain: entries, digests and links. Pure; what is stored where is the store's business."""

import hashlib
from collections.abc import Iterator

from msgspec import Struct

from inventory.records.documents import encode
from inventory.storage.tables import GENESIS

SALT = 32  # characters of a salt
ERASED = ""  # stands in the entry of an erasure for the digest of what was erased


class Entry(Struct, frozen=True, kw_only=True):
    """One act on one record, as it stands in the chain for good.

    seq: gapless from 1. public_seq: gapless among the entries that changed what is public. version: of the record's
    content, from 1. Digests commit to the two parts of the body; that of a part which this entry erases is empty.
    link: hex SHA-256 over the previous link and the rest.
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
    """Commitment to a body that gives nothing away: hex SHA-256 over its random salt and its bytes."""
    return hashlib.sha256(salt.encode() + body).hexdigest()


def certifies(committed: str, salt: object, body: object) -> bool:
    """Whether a stored salt and body are what a digest commits to.

    The length of a salt is fixed: otherwise the first bytes of a body could pass for the end of its salt.
    """
    if not isinstance(salt, str) or len(salt) != SALT or not isinstance(body, bytes | None) or body == b"":
        return False
    return digest(salt, body or b"") == committed


def link(previous: str, entry: Entry) -> str:
    """The link of an entry: hex SHA-256 over the previous link and the entry's header as canonical JSON."""
    header = encode({name: getattr(entry, name) for name in HEADER})
    return hashlib.sha256(previous.encode() + header).hexdigest()


class ChainState(Struct, frozen=True):
    """Where the chain stands after an entry."""

    seq: int = 0
    public_seq: int = 0
    link: str = GENESIS
    recorded_at: str = ""


def link_faults(entry: Entry, state: ChainState) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry that follows `state`: which entry, and what of it.

    After a gap nothing else can be compared, nor the link where that of `state` is not known (empty).
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
    """The chain's state once the entry is appended."""
    return ChainState(entry.seq, entry.public_seq or state.public_seq, entry.link, entry.recorded_at)
