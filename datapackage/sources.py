"""Matching records of another system to ours by the ids it gives them, and bringing its facts into ours."""

from typing import Any

import msgspec
from slugify import slugify

from datapackage.minting import minted
from datapackage.readers import Located
from inventory.fields import Field, Shape
from inventory.record_types import Document, RecordType
from inventory.store import Store

SourceId = tuple[str, str]
"""A system and the id there."""
SourceKey = tuple[str, str, str]
"""The owner, the system and the id there."""
Paths = frozenset[tuple[str, ...]]


class SourceMatches:
    """Knows which record bears which id of the source system within which owner.

    kind: of the records the source tells of. covers: the paths of the fields of which it tells; the rest of a record it
    leaves alone.
    """

    def __init__(self, store: Store | None, kind: RecordType, system: str, covers: Paths) -> None:
        self.system, self.covers = system, covers
        self._kind = kind
        self._ids: dict[SourceKey, str] = {}
        self._bearers: dict[str, set[SourceId]] = {}
        for head, known in store.all_documents(kind.name) if store else ():
            self._bearers[head.record_id] = set()
            for source in known.get("source_ids", ()):
                self._know(kind.owner_named(known), (source["system"], source["id"]), head.record_id)

    def resolve(self, located: Located) -> Located:
        """The input under the id the inventory knows it by; one that is new gets the same new id each time."""
        raw = located.raw
        if located.record_type != self._kind.name or not isinstance(raw, dict) or not raw.get("source_ids"):
            return located
        owner, own_id = self._kind.owner_named(raw), self._kind.shape.key[0]
        source = (raw["source_ids"][0]["system"], raw["source_ids"][0]["id"])
        if (owner, *source) not in self._ids:
            self._know(owner, source, raw.get(own_id.name) or self._minted(own_id, owner, source))
        return msgspec.structs.replace(located, raw={**raw, own_id.name: self._ids[owner, *source]})

    def is_from(self, record: Document) -> bool:
        """Whether the source system knows the record."""
        return any(source["system"] == self.system for source in record.get("source_ids", ()))

    def _know(self, owner: str, source: SourceId, record_id: str) -> None:
        self._ids.setdefault((owner, *source), record_id)
        self._bearers.setdefault(record_id, set()).add(source)

    def _minted(self, field: Field, owner: str, source: SourceId) -> str:
        own = slugify(source[1]) or self._kind.name
        plain = f"{owner}-{own}"

        def is_taken(candidate: str) -> bool:
            # The plain id of the very same source id went to another owner: no new one, the rules name who has it.
            is_itself = candidate == plain and source in self._bearers.get(candidate, ())
            return candidate in self._bearers and not is_itself

        return minted(field, owner, own, is_taken)


def merged(read: Shape, before: Document, raw: Document, covers: Paths) -> Document:
    """The record with the source's facts in place of its own, and what the source does not tell of left alone.

    Keyed lists, such as yearly volumes, are added to. An unkeyed list stays as it is where it agrees with the source in
    all that the source tells, so that what was added to its items by hand is not lost.
    """
    after = dict(before)
    for field in read.fields:
        inner = frozenset(path[1:] for path in covers if path[0] == field.name)
        if field.name in raw or inner:
            empty: Any = [] if field.many else {} if field.part else None
            value = _merged_field(field, before.get(field.name), raw.get(field.name, empty), inner)
            after[field.name] = value
    return {name: value for name, value in (after | _strangers(read, raw)).items() if value not in (None, [], {})}


def _merged_field(field: Field, before: Any, new: Any, inner: Paths) -> Any:
    if field.part is None:
        return new
    if not field.many:
        return merged(field.part, before or {}, new, inner) or None if isinstance(new, dict) else new
    if not isinstance(new, list):
        return new
    if keys := [key.name for key in field.part.key]:
        return _added(before or [], new, keys)
    told = {path[0] for path in inner if path}
    kept = [{name: value for name, value in item.items() if name in told} for item in before or ()]
    return before if kept == new else new


def _strangers(read: Shape, raw: Document) -> Document:
    """What the source says under no field of ours, so that checking names it."""
    known = {field.name for field in read.fields}
    return {name: value for name, value in raw.items() if name not in known}


def _added(before: list[Any], new: list[Any], keys: list[str]) -> list[Any]:
    replaced = [[item.get(key) for key in keys] for item in new]
    return [item for item in before if [item.get(key) for key in keys] not in replaced] + new
