"""Ledger entries as an API key sees them, each judged by its own state.

An entry belongs to the owner that its version's document named, or to the owner that its provider had then. Parent
organizations are today's. So a reader's feed stays the same when a record moves.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import or_, select

from inventory.access.policy import reaches, sees
from inventory.access.records import Seen, Shown
from inventory.errors import NotFound, Withdrawn
from inventory.ledger.chain import Entry
from inventory.ledger.heads import ENTRY_COLUMNS, PAGE, whole_document
from inventory.ledger.store import Store
from inventory.records.documents import encode
from inventory.records.lifecycle import ERASE, OMB_ROLES, Actor, Role
from inventory.records.registry import RecordType
from inventory.storage.engines import reading
from inventory.storage.tables import ENTRIES

EXAMINED = 20 * PAGE
"""Maximum number of entries examined for one page, however few are visible."""
AT_A_TIME = 50
"""Number of entries examined together, and the minimum for a short page."""


class SeenEntry(Struct, frozen=True):
    """A visible entry. is_own: the actor also has access to its actor and note."""

    entry: Entry
    is_own: bool

    @property
    def facts(self) -> dict[str, Any]:
        """Return the fields that the actor may see."""
        facts = msgspec.structs.asdict(self.entry)
        return facts if self.is_own else facts | {"actor": None, "note": None}


def seen_entries(
    store: Store, actor: Actor, since: int, limit: int, record_type: str | None = None
) -> tuple[list[SeenEntry], int]:
    """Return visible entries after a number, in order, and the number to continue from.

    The feed ends where that number stays the same.
    """
    found: list[SeenEntry] = []
    size = min(PAGE, max(limit, AT_A_TIME))
    for _ in range(0, EXAMINED, size):
        entries = _entries(store, actor, since, record_type, size)
        found += in_sight(store, actor, entries)
        if len(found) >= limit:
            return found[:limit], entries[-1].seq if len(found) == limit else found[limit - 1].entry.seq
        since = entries[-1].seq if entries else since
        if len(entries) < size:
            break
    return found, since


def in_sight(store: Store, actor: Actor | None, entries: Sequence[Entry]) -> list[SeenEntry]:
    """Return the entries that an actor may see; None is the public."""
    found: list[SeenEntry] = []
    # Owners are in the bodies, which may be large, so only a few are in memory together.
    for start in range(0, len(entries), AT_A_TIME):
        few = entries[start : start + AT_A_TIME]
        owners = _Owners(store, few if actor is not None and actor.role not in OMB_ROLES else ())
        for entry in few:
            lineage = owners.lineage(entry)
            if sees(actor, entry.state, is_public=entry.public_seq is not None, lineage=lineage):
                found.append(SeenEntry(entry, actor is not None and reaches(actor, lineage)))
    return found


def seen_acts(
    store: Store, actor: Actor | None, kind: RecordType, record_id: str, upto: int | None = None
) -> list[SeenEntry]:
    """Return the visible entries of a record. Raises NotFound, and Withdrawn unless the actor has access to the owner.

    upto: show the public view at that position, for any actor.
    """
    seen = in_sight(store, *sight_at(actor, store.log(kind.name, record_id), upto))
    _check_sight(store, kind, record_id, seen)
    if not seen:
        raise NotFound(f"There is no public {kind.name} {record_id}")
    return seen


def seen_version(
    store: Store, actor: Actor | None, kind: RecordType, record_id: str, version: int, upto: int | None = None
) -> Shown:
    """Return one version of a record, as an actor sees it.

    Raises NotFound, and Withdrawn unless the actor has access to the owner. upto: show the public view at that
    position, for any actor.
    """
    entries = [entry for entry in store.log(kind.name, record_id) if entry.version == version]
    seen = in_sight(store, *sight_at(actor, [entry for entry in entries if entry.action != ERASE], upto))
    if not seen:
        named = f"{version} of {kind.name} {record_id}"
        raise NotFound(f"There is no public version {named}" + ("" if actor is None else ", nor one in your sight"))
    _check_sight(store, kind, record_id, seen)
    last = seen[-1]
    if not last.is_own:
        public = [item.entry.public_seq for item in seen if item.entry.public_seq is not None]
        return store.public(kind.name, record_id, public[-1])
    row = store.bodies([(kind.name, record_id, version)])[kind.name, record_id, version]
    if row["public_body"] is None:
        raise NotFound(f"Version {version} of {kind.name} {record_id} was erased")
    return Seen(
        record_id=record_id,
        version=version,
        state=last.entry.state,
        schema_version=kind.schema_version,
        body=encode(whole_document(kind, row)),
        etag=f'"e{max(entry.seq for entry in entries if entry.action == ERASE or entry.seq <= last.entry.seq)}"',
    )


def sight_at(actor: Actor | None, entries: list[Entry], upto: int | None) -> tuple[Actor | None, list[Entry]]:
    """Return the actor and entries to judge: at a position, the public and the entries public by then."""
    if upto is None:
        return actor, entries
    return None, [entry for entry in entries if entry.public_seq is not None and entry.public_seq <= upto]


def _check_sight(store: Store, kind: RecordType, record_id: str, seen: Sequence[SeenEntry]) -> None:
    """Raise Withdrawn if a record was withdrawn and the actor has no access to its owner."""
    own = any(item.is_own for item in seen)
    if not own and store.head(kind.name, record_id).state in kind.withdrawn_states:
        raise Withdrawn(f"{kind.name} {record_id} was withdrawn")


def _entries(store: Store, actor: Actor, since: int, record_type: str | None, size: int) -> list[Entry]:
    query = select(*ENTRY_COLUMNS).where(ENTRIES.c.seq > since).order_by(ENTRIES.c.seq).limit(size)
    if record_type is not None:
        query = query.where(ENTRIES.c.record_type == record_type)
    if actor.role in OMB_ROLES and actor.role is not Role.OPERATOR:
        query = query.where(or_(ENTRIES.c.public_seq.is_not(None), ENTRIES.c.state != "draft"))
    with reading(store.engine) as connection:
        return [Entry(**row) for row in connection.execute(query).mappings()]


class _Owners:
    """A cache of the owners of a page of entries."""

    def __init__(self, store: Store, entries: Iterable[Entry]) -> None:
        self._store = store
        self._lineages: dict[str, list[str]] = {}
        self._histories: dict[tuple[str, str], list[tuple[int, str]]] = {}
        keys = [(entry.record_type, entry.record_id, entry.version) for entry in entries]
        self._bodies = store.bodies(keys) if keys else {}

    def lineage(self, entry: Entry) -> list[str]:
        """Return the organization that owned an entry, and all above it."""
        owner = self._owner(entry)
        if owner not in self._lineages:
            self._lineages[owner] = self._store.lineage(owner) if owner else []
        return self._lineages[owner]

    def _owner(self, entry: Entry) -> str:
        kind = self._store.model[entry.record_type]
        row = self._bodies.get((entry.record_type, entry.record_id, entry.version))
        if row is None:
            return ""
        if row["public_body"] is None:  # the body is erased, so only today's owner is known
            return self._store.head(entry.record_type, entry.record_id).organization_id
        named = kind.owner_named(kind.upcast(msgspec.json.decode(row["public_body"]), row["schema_version"]))
        if kind.owned_through is None:
            return named
        return next((owner for seq, owner in self._history(kind.owned_through, named) if seq < entry.seq), "")

    def _history(self, record_type: str, record_id: str) -> list[tuple[int, str]]:
        """Return a record's owners, newest first, each with the number of its first entry."""
        key = (record_type, record_id)
        if key not in self._histories:
            entries = self._store.log(record_type, record_id)
            inner = _Owners(self._store, entries)
            self._histories[key] = [(entry.seq, inner._owner(entry)) for entry in reversed(entries)]
        return self._histories[key]
