"""Matching of records from another system by its ids."""

import msgspec
from slugify import slugify

from datapackage.crosswalks.definition import SOURCE_IDS
from datapackage.crosswalks.yearly import yearly
from datapackage.external.new_ids import minted
from datapackage.formats.located import Located
from inventory.ledger.store import Store
from inventory.problems import WARNING, Problem
from inventory.records.registry import Document, RecordType
from inventory.schema.fields import Field

SourceKey = tuple[str, str, str]
"""The owner, the system and the id in that system."""


class SourceMatches:
    """An index of records by owner and source id.

    kind: the type of the source's records. adds: each of its files has a part of a record.
    """

    def __init__(self, store: Store | None, kind: RecordType, system: str, adds: bool = False) -> None:
        self.system, self.adds = system, adds
        self._store, self._kind = store, kind
        self._ids: dict[SourceKey, str] = {}
        self._years: dict[SourceKey, int] = {}
        self._source_ids: dict[str, set[tuple[str, str]]] = {}
        for head, known in store.all_documents(kind.name) if store else ():
            self._source_ids[head.record_id] = set()
            for source in known.get(SOURCE_IDS, ()):
                key = (kind.owner_named(known), source["system"], source["id"])
                self._know(*key, head.record_id)
                self._years[key] = source.get("fiscal_year", 0)

    def resolve(self, located: Located) -> Located:
        """Return the input with the inventory's own id. A new record gets the same new id each time."""
        raw = located.raw
        if located.record_type != self._kind.name or not isinstance(raw, dict) or not raw.get(SOURCE_IDS):
            return located
        [source_id] = raw[SOURCE_IDS]
        own_id, key = self._kind.shape.key[0], (self._kind.owner_named(raw), source_id["system"], source_id["id"])
        if key not in self._ids:
            self._know(*key, raw.get(own_id.name) or self._minted(own_id, *key))
        record_id, stored_year, year = self._ids[key], self._years.get(key, 0), source_id.get("fiscal_year")
        if isinstance(year, int) and year < stored_year:
            return self._of_the_past(located, record_id, year, stored_year)
        if stored_year and year is None:
            raw = {**raw, SOURCE_IDS: [{**source_id, "fiscal_year": stored_year}]}
        return msgspec.structs.replace(located, raw={**raw, own_id.name: record_id})

    def is_from(self, record: Document) -> bool:
        """Return whether the source system has the record."""
        return any(source["system"] == self.system for source in record.get(SOURCE_IDS, ()))

    def _of_the_past(self, located: Located, record_id: str, year: int, stored_year: int) -> Located:
        """Return an input of a year before the stored one. It adds only its yearly figures."""
        assert self._store is not None  # only stored records have a year
        known = self._store.documents(self._kind.name, [record_id])[record_id]
        figures = {name: located.raw[name] for name in yearly(self._kind.shape) if name in located.raw}
        message = f"The row is of {year} and what is kept is of {stored_year}: only figures of its year are added"
        problem = Problem(
            code="older-than-kept",
            severity=WARNING,
            message=message,
            pointer=f"/{SOURCE_IDS}/0/fiscal_year",
            value=year,
            expected=f"{stored_year} or later",
        )
        # Nothing was left out of the record, so the problem points into the file only.
        reported = msgspec.structs.replace(located.at_cell(problem), pointer="")
        return msgspec.structs.replace(located, raw={**known, **figures}, problems=(*located.problems, reported))

    def _know(self, owner: str, system: str, given_id: str, record_id: str) -> None:
        self._ids.setdefault((owner, system, given_id), record_id)
        self._source_ids.setdefault(record_id, set()).add((system, given_id))

    def _minted(self, field: Field, owner: str, system: str, given_id: str) -> str:
        own = slugify(given_id) or self._kind.name
        plain = f"{owner}-{own}"

        def is_taken(candidate: str) -> bool:
            # Another owner has the plain id for the same source id. Make no new id, so that the rules report the owner.
            is_itself = candidate == plain and (system, given_id) in self._source_ids.get(candidate, ())
            return candidate in self._source_ids and not is_itself

        return minted(field, owner, own, is_taken)
