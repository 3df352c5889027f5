"""Writes: a document is put, an act is done, in one transaction with the answer to it."""

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response
from msgspec import Struct
from sqlalchemy import Connection

from api.contract.answer_bounds import Room
from api.contract.errors import Required, Stale
from api.contract.media_types import JSON
from api.contract.messages import Written
from api.http.preconditions import Preconditions, preconditions
from api.middleware.auth import bearer
from inventory.access.api_keys import Key
from inventory.access.policy import sees_of_reached
from inventory.access.records import newest_tag, tag_seen
from inventory.calendar.fiscal import Clock
from inventory.errors import Conflict, Invalid, Unreadable
from inventory.ledger.heads import Head, read_heads
from inventory.ledger.store import Store
from inventory.problems import ERROR, Problem
from inventory.records.documents import document
from inventory.records.registry import Document, RecordType
from inventory.writes.change import Change, Receipt
from inventory.writes.idempotency import Answer, Repeatable, keep_answer, kept_answer
from inventory.writes.writer import Writer, dry_run, transaction

LONGEST_KEY = 255


class Act(Struct, frozen=True, kw_only=True):
    """A write as it was asked for: by whom, what, where, made from which version, and whether it may be asked again."""

    key: Key
    change: Change
    given: Preconditions
    repeatable: Repeatable | None
    path: str

    def bringing(self, document: Document) -> "Act":
        """The same act with the document of a checked record."""
        change = msgspec.structs.replace(self.change, document=document, as_kept=True)
        return msgspec.structs.replace(self, change=change)


async def asked_act(request: Request[Any, Any, Any], change: Change) -> Act:
    """The act that a request asks for. Raises Unknown, Unreadable."""
    key, given = bearer(request), preconditions(request)
    told_by = repeatable(request, key, await request.body())
    return Act(key=key, change=change, given=given, repeatable=told_by, path=request.url.path)


def carry_out(store: Store, now: Clock, act: Act, must_say_base: bool = False) -> Answer:
    """Do it, or give the answer again that was given before. Raises what `append` raises, Stale, Required, Reused."""
    with transaction(store, act.key.actor, now) as writer:
        if act.repeatable is not None and (kept := kept_answer(writer.connection, act.repeatable)) is not None:
            return kept
        head = _head(writer.connection, act.change)
        receipt = _append(writer, act, head)
        if must_say_base and head.version and not act.given.are_there:
            raise Required(f"{act.change.record} is there: If-Match has to say from which version of it this is made")
        answer = _answer(writer, act, receipt, is_new=not head.version)
        if act.repeatable is not None:
            keep_answer(writer.connection, act.repeatable, answer, receipt.recorded_at)
    return answer


def with_document(store: Store, now: Clock, act: Act, raw: Any) -> Act:
    """The act with its document as it is kept. Raises Invalid, with every problem, where it is none or of another."""
    kind, record_id = store.model[act.change.record_type], act.change.record_id
    found = dry_run(store, act.key.actor, now, kind.name, raw, act.change.action)
    if found.record is None:
        raise Invalid(f"This is no {kind.words}: nothing was kept", list(found.problems))
    if kind.record_id_of(found.record) != record_id:
        raise Invalid(f"This is the document of another {kind.words}", [_another(kind, record_id, found.record)])
    return act.bringing(document(found.record))


def response(answer: Answer) -> Response[bytes]:
    """The answer as it is sent."""
    return Response(answer.body, status_code=answer.status, media_type=JSON, headers=answer.headers)


def _append(writer: Writer, act: Act, head: Head) -> Receipt:
    tag = tag_seen(act.key.actor, head)
    base = act.given.base(head, tag)
    try:
        return writer.append([msgspec.structs.replace(act.change, base_version=base)])[0]
    except Conflict as conflict:
        raise Stale(act.given.unmet(head, tag), tag) from conflict


def _head(connection: Connection, change: Change) -> Head:
    found = read_heads(connection, change.record_type, [change.record_id])
    return found.get(change.record_id) or Head(record_type=change.record_type, record_id=change.record_id)


def _problems(writer: Writer, act: Act, receipt: Receipt) -> list[Problem]:
    """What is wrong with the record as it was brought or checked; other acts do not look at that.

    Nothing is told of what the actor does not see: OMB transfers drafts unseen.
    """
    change = act.change
    action = writer.model[change.record_type].action(change.action)
    if action is None or not (action.writes or action.checked) or not sees_of_reached(act.key.actor, receipt.state):
        return []
    found = writer.problems(change.record_type, {change.record_id: receipt.version}, change.action)
    return found[change.record_id]


def _answer(writer: Writer, act: Act, receipt: Receipt, is_new: bool) -> Answer:
    """The answer to a write: its receipt, and how the record stands after it, where its newest is seen."""
    head, written = _head(writer.connection, act.change), Written(**msgspec.structs.asdict(receipt))
    stands = head if sees_of_reached(act.key.actor, head.state) else receipt
    headers = {"Psi-State": stands.state, "Psi-Version": str(stands.version)}
    if stands is head:
        headers["ETag"] = newest_tag(head)
    if is_new:
        headers["Location"] = act.path
    room = Room()
    problems = room.take_problems("problems", _problems(writer, act, receipt))
    body = msgspec.structs.replace(written, problems=problems, left_out=room.left_out)
    return Answer(status=201 if is_new else 200, headers=headers, body=msgspec.json.encode(body))


def _another(kind: RecordType, record_id: str, record: Any) -> Problem:
    """The part of the id that differs first."""
    address, named = (text.split("/") for text in (record_id, kind.record_id_of(record)))
    place = next(place for place, (one, other) in enumerate(zip(address, named, strict=True)) if one != other)
    key = kind.shape.key[place].name
    return Problem(
        code="other-record",
        severity=ERROR,
        message=f"The address is that of {record_id}, the document that of {kind.record_id_of(record)}",
        pointer=f"/{key}",
        value=getattr(record, key),
        expected=address[place],
    )


def repeatable(request: Request[Any, Any, Any], key: Key, sent: bytes) -> Repeatable | None:
    """What tells the request when it is sent again; None where it bears no key to tell it by. Raises Unreadable.

    sent: the body, or its digest.
    """
    idempotency_key = request.headers.get("idempotency-key")
    if idempotency_key is None:
        return None
    is_plain = idempotency_key.isascii() and idempotency_key.isprintable()
    if not is_plain or not 1 <= len(idempotency_key) <= LONGEST_KEY:
        raise Unreadable(f"An Idempotency-Key has 1 to {LONGEST_KEY} characters of plain text")
    headers = [request.headers.get(name, "") for name in ("content-type", "if-match", "if-none-match")]
    said = [request.method, request.url.path, request.url.query, *headers]
    asker = f"{key.organization_id or ''}/{key.holder}"
    fingerprint = hashlib.sha256(msgspec.json.encode(said) + sent).hexdigest()
    return Repeatable(asker=asker, idempotency_key=idempotency_key, fingerprint=fingerprint)
