"""Matching records of another system to ours by the ids it gives them, and bringing its facts into ours."""

from typing import Any

import msgspec

from datapackage.readers import Located
from inventory.record_types import Document, RecordType
from inventory.store import Store

SourceKey = tuple[str, str, str]


class SourceMatches:
    """Knows which service bears which id of the source system in which organization.

    covers: the top-level fields of which the source tells; the others of a record it leaves alone.
    """

    def __init__(self, store: Store | None, system: str, covers: frozenset[str]) -> None:
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


def merged(record_type: RecordType, before: Document, raw: Document, matches: SourceMatches) -> Document:
    """The record with the source's facts in place of its own; keyed lists, such as yearly volumes, are added to."""
    after = {name: value for name, value in before.items() if name not in matches.covers or name in raw}
    for name, value in raw.items():
        part = next((field.part for field in record_type.shape.fields if field.name == name and field.many), None)
        keys = [field.name for field in part.key] if part else []
        after[name] = _added(before.get(name, []), value, keys) if keys else value
    return after


def _added(before: list[Any], new: list[Any], keys: list[str]) -> list[Any]:
    replaced = [[item.get(key) for key in keys] for item in new]
    return [item for item in before if [item.get(key) for key in keys] not in replaced] + new
