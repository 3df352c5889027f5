"""What is sent with an act: a reason, who attests, a new owner, as the facts of the action ask for it."""

from functools import cache
from typing import Annotated, Any, cast

import msgspec
from msgspec import UNSET, Struct, UnsetType

from inventory.errors import Invalid
from inventory.problems import Problem
from inventory.records.lifecycle import Action
from inventory.records.registry import RecordType
from inventory.schema.fields import Part, about, shape
from inventory.schema.scalars import Line, Place, Prose, Slug
from inventory.validation.check import shape_faults
from inventory.writes.change import Attestation, Change, Erasure

DOCUMENT = "document"
Reason = Annotated[Prose, about("Reason", "Why it is done; the ledger keeps it.")]
Note = Annotated[Prose | None, about("Reason", "Why it is done, if there is anything to say.")]
Name = Annotated[Line, about("Name", "Who attests to it.")]
Office = Annotated[Line, about("Title", "The title of their office.")]
NewOwner = Annotated[Slug, about("Organization", "The organization that is to own it.", references="organization")]
Version = Annotated[Place, about("Version", "The number of the version of which something is to be erased.")]
Whole = Annotated[bool, about("Whole", "The whole of a version that was never public; else its private part.")]
Fields = list[tuple[str, Any] | tuple[str, Any, Any]]


@cache
def act_body(kind: RecordType, action: Action) -> type[Part]:
    """The type of what is sent with an action; where it copies, a `document` may come beside it."""
    fields: Fields = []
    if action.attested:
        fields += [("name", Name), ("title", Office)]
    if action.transfers:
        fields.append((kind.owner[0], NewOwner))
    if action.erases:
        fields += [("version", Version), ("whole", Whole, False)]
    fields.append(("reason", Reason) if action.reason else ("reason", Note, None))
    name = f"{kind.struct.__name__}{action.name.title()}"
    doc = f"What is sent to {action.name} {kind.one}."
    made = msgspec.defstruct(name, fields, bases=(Part,), namespace={"__doc__": doc}, frozen=True, kw_only=True)
    return cast("type[Part]", made)


def acts_of(kind: RecordType) -> list[Action]:
    """The actions that have a route of their own; the others are what is done with a record that is put."""
    return [action for action in kind.actions if action not in (kind.saves, kind.proposes)]


@cache
def sent_body(kind: RecordType, action: Action) -> type[Struct]:
    """The type of all that is sent with an action, as it is described: its `document` too, where one may come."""
    body = act_body(kind, action)
    if not action.copies:
        return body
    fields: Fields = [(DOCUMENT, kind.struct | UnsetType, UNSET)]
    return msgspec.defstruct(body.__name__, fields, bases=(body,), namespace={"__doc__": body.__doc__}, kw_only=True)


def change_asked(kind: RecordType, action: Action, record_id: str, sent: Any) -> Change:
    """The change that is asked for, but for its document. Raises Invalid, naming everything that is wrong."""
    body = {} if sent is None else sent
    read = act_body(kind, action)
    if faults := list(shape_faults(shape(read), _without_document(action, body))):
        raise Invalid(f"To {action.name} {kind.one}, send {_lacking(action, faults)}", faults)
    given = msgspec.convert(_without_document(action, body), read)
    return Change(
        record_type=kind.name,
        record_id=record_id,
        action=action.name,
        note=getattr(given, "reason", None) or "",
        owner=getattr(given, kind.owner[0]) if action.transfers else None,
        attestation=Attestation(given.name, given.title) if action.attested else None,  # type: ignore[attr-defined]
        erasure=Erasure(given.version, given.whole) if action.erases else None,  # type: ignore[attr-defined]
    )


def _lacking(action: Action, faults: list[Problem]) -> str:
    """What has to be sent, where something of it is not there; else something other than what was sent."""
    lacks = any(fault.code in ("missing", "too-short") for fault in faults)
    return " and ".join(action.asks_for) if lacks and action.asks_for else "something else"


def _without_document(action: Action, body: Any) -> Any:
    if not action.copies or not isinstance(body, dict):
        return body
    return {name: value for name, value in body.items() if name != DOCUMENT}
