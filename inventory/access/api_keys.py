"""API keys. Each has a named holder, a role, an optional organization and an expiry. The secret is shown only once."""

import datetime
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, insert, select, update

from inventory.access.owners import Owners
from inventory.access.policy import reaches, roles_told
from inventory.calendar.fiscal import Clock, written
from inventory.errors import NotAllowed, NotFound, Unreadable, WrongState
from inventory.ledger.store import Store
from inventory.ledger.transactions import writing
from inventory.records.lifecycle import GRANTS, OMB_ROLES, Actor, Role
from inventory.storage.engines import reading
from inventory.storage.point_reads import PointRead
from inventory.storage.tables import KEYS

PREFIX = "psi"
DAYS = 365
LONGEST = 2 * DAYS
"""The default and the maximum lifetime of a key, in days."""
FOR_DAYS = f"For how many days it opens, at most {LONGEST}"
HOLDER_LENGTH = 200


class Key(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An API key without its secret: holder, role, organization, issuer, and times of issue and expiry (UTC)."""

    key_id: str
    holder: str
    role: Role
    organization_id: str | None = None
    issued_by: str
    issued_at: str
    expires_at: str
    revoked_by: str | None = None
    revoked_at: str | None = None

    @property
    def actor(self) -> Actor:
        """Return the actor that this key identifies."""
        return Actor(self.holder, self.role, self.organization_id)

    @property
    def days(self) -> int:
        """Return the key's original lifetime in days."""
        made, ends = map(datetime.datetime.fromisoformat, (self.issued_at, self.expires_at))
        return (ends - made).days

    def opens(self, now: datetime.datetime) -> bool:
        """Return whether the key is valid at that time: not expired and not revoked."""
        return self.revoked_at is None and written(now) < self.expires_at


class Issued(Struct, frozen=True, kw_only=True):
    """A new key with its secret, which is shown once and not stored."""

    key: Key
    secret: str


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for a key: holder, role, organization (with all below it), and lifetime in days."""

    holder: str
    role: Role
    organization_id: str | None = None
    days: int = DAYS


_COLUMNS = [KEYS.c[name] for name in Key.__struct_fields__]
_BY_ID = PointRead(select(KEYS.c.digest, *_COLUMNS).where(KEYS.c.key_id == bindparam("key_id")))


def key_of(store: Store, text: str, now: datetime.datetime) -> Key | None:
    """Return the key for a secret text; None if it is unknown, expired or revoked."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    row = store.read_row(_BY_ID, key_id=key_id) if prefix == PREFIX and key_id.isalnum() else None
    if row is None or not hmac.compare_digest(str(row[0]), _digest(secret)):
        return None
    key = _key(row[1:])
    return key if key.opens(now) else None


def issue(store: Store, actor: Actor, now: Clock, wanted: Wanted) -> Issued:
    """Issue a key. Raises Unreadable if the request is invalid, NotAllowed if the actor may not issue such a key."""
    wanted = _normalized(wanted)
    _check(wanted)
    with writing(store.engine) as (connection, _):
        _permitted(connection, store, actor, wanted.role, wanted.organization_id)
        return _make(connection, actor, now(), wanted)


def rotate(store: Store, actor: Actor, now: Clock, key_id: str, days: int | None = None) -> Issued:
    """Replace a key with a new one, and revoke the old one. Raises NotFound, WrongState, Unreadable.

    days: lifetime of the new key; by default the same as the old key's.
    """
    with writing(store.engine) as (connection, _):
        old = _to_end(connection, store, actor, key_id)
        if not old.opens(now()):
            raise WrongState(f"Key {key_id} opens nothing any more: issue a new one")
        _end(connection, actor, now(), old)
        days = old.days if days is None else days
        wanted = Wanted(holder=old.holder, role=old.role, organization_id=old.organization_id, days=days)
        _check(wanted)
        return _make(connection, actor, now(), wanted)


def revoke(store: Store, actor: Actor, now: Clock, key_id: str) -> Key:
    """Revoke a key. An expired or revoked key stays as it is. Raises NotFound."""
    with writing(store.engine) as (connection, _):
        key = _to_end(connection, store, actor, key_id)
        return _end(connection, actor, now(), key) if key.opens(now()) else key


def keys(store: Store, actor: Actor) -> list[Key]:
    """Return the keys that the actor may revoke, oldest first.

    Raises NotAllowed if the actor's role may revoke no keys.
    """
    if actor.role not in GRANTS:
        raise NotAllowed(f"{actor.role} does not see keys; {roles_told(GRANTS)} does")
    with reading(store.engine) as connection:
        rows = connection.execute(select(*_COLUMNS).order_by(KEYS.c.issued_at, KEYS.c.key_id)).all()
        known = [_key(row) for row in rows]
        owners = Owners(connection, store.model)
        return [key for key in known if _may(owners, actor, key.role, key.organization_id)]


def _normalized(wanted: Wanted) -> Wanted:
    """Normalize the holder's name so that separation of duties compares reliably."""
    holder = " ".join(filter(None, unicodedata.normalize("NFKC", wanted.holder).split(" ")))
    return msgspec.structs.replace(wanted, holder=holder)


def _check(wanted: Wanted) -> None:
    holder = wanted.holder
    if not holder or len(holder) > HOLDER_LENGTH:
        raise Unreadable(f"The holder of a key has a name of 1 to {HOLDER_LENGTH} characters")
    if not holder.isprintable():
        raise Unreadable("The name of a holder has no characters that do not show")
    if ":" in holder:  # names with a colon are reserved for operators
        raise Unreadable("The name of a holder has no colon")
    if not 1 <= wanted.days <= LONGEST:
        raise Unreadable(f"A key opens for 1 to {LONGEST} days, not {wanted.days:,}")
    if wanted.role is Role.OPERATOR:
        raise Unreadable("Operators act on the command line; no key makes one")
    if (wanted.role in OMB_ROLES) == (wanted.organization_id is not None):
        needs = "reaches all organizations and takes none" if wanted.role in OMB_ROLES else "needs an organization"
        raise Unreadable(f"A key of an {wanted.role} {needs}")


def _permitted(connection: Connection, store: Store, actor: Actor, role: Role, organization_id: str | None) -> None:
    owners = Owners(connection, store.model)
    if role not in GRANTS.get(actor.role, ()):
        grantors = [grantor for grantor, granted in GRANTS.items() if role in granted]
        raise NotAllowed(f"{actor.role} may not issue or end keys of {role}; {roles_told(grantors)} may")
    if not _may(owners, actor, role, organization_id):
        beyond = f" of {organization_id}" if organization_id else ""
        raise NotAllowed(f"{actor.holder} may not issue or end keys of {role}{beyond}")
    if organization_id is not None and not owners.head("organization", organization_id, {}).version:
        raise NotFound(f"There is no organization {organization_id}")


def _may(owners: Owners, actor: Actor, role: Role, organization_id: str | None) -> bool:
    if role not in GRANTS.get(actor.role, ()):
        return False
    return reaches(actor, owners.lineage(organization_id, {}) if organization_id else ())


def _make(connection: Connection, actor: Actor, now: datetime.datetime, wanted: Wanted) -> Issued:
    secret = secrets.token_urlsafe(32)
    key = Key(
        key_id=secrets.token_hex(8),
        holder=wanted.holder,
        role=wanted.role,
        organization_id=wanted.organization_id,
        issued_by=actor.holder,
        issued_at=written(now),
        expires_at=written(now + datetime.timedelta(days=wanted.days)),
    )
    connection.execute(insert(KEYS).values(**_row(key), digest=_digest(secret)))
    return Issued(key=key, secret=f"{PREFIX}_{key.key_id}_{secret}")


def _to_end(connection: Connection, store: Store, actor: Actor, key_id: str) -> Key:
    """Return a key that the actor may revoke. Raises NotFound."""
    found = connection.execute(select(*_COLUMNS).where(KEYS.c.key_id == key_id)).first()
    key = _key(found) if found else None
    if key is None or not _may(Owners(connection, store.model), actor, key.role, key.organization_id):
        raise NotFound(f"There is no key {key_id} that {actor.holder} may end")
    return key


def _end(connection: Connection, actor: Actor, now: datetime.datetime, key: Key) -> Key:
    ended = msgspec.structs.replace(key, revoked_by=actor.holder, revoked_at=written(now))
    connection.execute(update(KEYS).where(KEYS.c.key_id == key.key_id).values(**_row(ended)))
    return ended


def _digest(secret: str) -> str:
    # A secret has 256 random bits, so a slow password hash would add nothing.
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: Sequence[Any]) -> Key:
    return msgspec.convert(dict(zip(Key.__struct_fields__, row, strict=True)), Key)


def _row(key: Key) -> dict[str, object]:
    return {**msgspec.structs.asdict(key), "role": str(key.role)}
