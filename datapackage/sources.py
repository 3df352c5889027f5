"""Matching records of another system to ours by the ids it gives them, and bringing its facts into ours."""

from typing import Any

import msgspec

from datapackage.readers import Located
from inventory.fields import Field, Shape
from inventory.record_types import Document
from inventory.store import Store

SourceKey = tuple[str, str, str]
Paths = frozenset[tuple[str, ...]]


class SourceMatches:
    """Knows which service bears which id of the source system in which organization.

    covers: the paths of the fields of which the source tells; the rest of a record it leaves alone.
    """

    def __init__(self, store: Store | None, system: str, covers: Paths) -> None:
        self.system, self.covers = system, covers
        self._known: dict[SourceKey, str] = {}
        for head, known in store.all_documents("service") if store else ():
            for source in known.get("source_ids", ()):
                self._known[head.organization_id, source["system"], source["id"]] = head.record_id

    def resolve(self, located: Located) -> Located:
        """The input under the id the inventory already knows it by, where it does."""
        if located.record_type != "service" or not isinstance(located.raw, dict):
            return located
        for source in located.raw.get("source_ids", ()):
            known = self._known.get((str(located.raw.get("organization_id")), source["system"], source["id"]))
            if known is not None and known != located.raw.get("service_id"):
                return msgspec.structs.replace(located, raw={**located.raw, "service_id": known})
        return located

    def is_from(self, service: Document) -> bool:
        """Whether the source system knows the service."""
        return any(source["system"] == self.system for source in service.get("source_ids", ()))


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
