"""Stored responses to writes with an Idempotency-Key.

The write's own transaction stores them, and a retry gets them.
"""

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, and_, insert, select

from inventory.errors import Reused
from inventory.storage.tables import ANSWERS


class Answer(Struct, frozen=True, kw_only=True):
    """A stored HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


class Repeatable(Struct, frozen=True, kw_only=True):
    """A request's identity, so that a retry gets the stored response.

    asker: the key holder, because two holders may choose the same idempotency key. fingerprint: a digest of the
    whole request.
    """

    asker: str
    idempotency_key: str
    fingerprint: str


def kept_answer(connection: Connection, repeatable: Repeatable) -> Answer | None:
    """Return the stored response to the same request, or None for a new request.

    Raises Reused if the idempotency key was used for another request.
    """
    same = and_(ANSWERS.c.asker == repeatable.asker, ANSWERS.c.idempotency_key == repeatable.idempotency_key)
    row = connection.execute(select(ANSWERS).where(same)).mappings().first()
    if row is None:
        return None
    if row["fingerprint"] != repeatable.fingerprint:
        raise Reused("The Idempotency-Key was used before, with another request; take a new key for a new request")
    return Answer(status=row["status"], headers=msgspec.json.decode(row["headers"]), body=row["body"])


def keep_answer(connection: Connection, repeatable: Repeatable, answer: Answer, recorded_at: str) -> None:
    """Store a response."""
    headers = msgspec.json.encode(answer.headers).decode()
    row = {**msgspec.structs.asdict(repeatable), **msgspec.structs.asdict(answer), "headers": headers}
    connection.execute(insert(ANSWERS).values(**row, recorded_at=recorded_at))
