"""Answers to writes that bear an idempotency key: kept in the transaction of the write, and given again for good."""

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, and_, insert, select

from inventory.errors import Reused
from inventory.storage.tables import ANSWERS


class Answer(Struct, frozen=True, kw_only=True):
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class Repeatable(Struct, frozen=True, kw_only=True):
    """What was asked, so that it can be told when it is asked again.

    asker: whose key it was, for two may choose the same idempotency key. fingerprint: a digest of all that was asked.
    """

    asker: str
    idempotency_key: str
    fingerprint: str


def kept_answer(connection: Connection, repeatable: Repeatable) -> Answer | None:
    """The answer to the same question; None where it was not asked yet. Raises Reused where another was asked."""
    same = and_(ANSWERS.c.asker == repeatable.asker, ANSWERS.c.idempotency_key == repeatable.idempotency_key)
    row = connection.execute(select(ANSWERS).where(same)).mappings().first()
    if row is None:
        return None
    if row["fingerprint"] != repeatable.fingerprint:
        raise Reused("The Idempotency-Key was used before, with another request; take a new key for a new request")
    return Answer(status=row["status"], headers=msgspec.json.decode(row["headers"]), body=row["body"])


def keep_answer(connection: Connection, repeatable: Repeatable, answer: Answer, recorded_at: str) -> None:
    """Keep an answer."""
    headers = msgspec.json.encode(answer.headers).decode()
    kept = {**msgspec.structs.asdict(repeatable), **msgspec.structs.asdict(answer), "headers": headers}
    connection.execute(insert(ANSWERS).values(**kept, recorded_at=recorded_at))
