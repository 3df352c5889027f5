"""Matching records of another system to ours by the ids it gives them."""

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
"""The owner, the system and the id there."""


class SourceMatches:
    """Knows which record bears which id of the source system within which owner.

    kind: of the records the source tells of. adds: each of its files tells a part of a record.
    """

    def __init__(self, store: Store | None, kind: RecordType, system: str, adds: bool = False) -> None:
        self.system, self.adds = system, adds
        self._store, self._kind = store, kind
        self._ids: dict[SourceKey, str] = {}
        self._years: dict[SourceKey, int] = {}
        self._bearers: dict[str, set[tuple[str, str]]] = {}
        for head, known in store.all_documents(kind.name) if store else ():
            self._bearers[head.record_id] = set()
            for source in known.get(SOURCE_IDS, ()):
                key = (kind.owner_named(known), source["system"], source["id"])
                self._know(*key, head.record_id)
                self._years[key] = source.get("fiscal_year", 0)

    def resolve(self, located: Located) -> Located:
        """The input under the id the inventory knows it by; one that is new gets the same new id each time."""
        raw = located.raw
        if located.record_type != self._kind.name or not isinstance(raw, dict) or not raw.get(SOURCE_IDS):
            return located
        [told] = raw[SOURCE_IDS]
        own_id, key = self._kind.shape.key[0], (self._kind.owner_named(raw), told["system"], told["id"])
        if key not in self._ids:
            self._know(*key, raw.get(own_id.name) or self._minted(own_id, *key))
        record_id, kept, year = self._ids[key], self._years.get(key, 0), told.get("fiscal_year")
        if isinstance(year, int) and year < kept:
            return self._of_the_past(located, record_id, year, kept)
        if kept and year is None:
            raw = {**raw, SOURCE_IDS: [{**told, "fiscal_year": kept}]}
        return msgspec.structs.replace(located, raw={**raw, own_id.name: record_id})

    def is_from(self, record: Document) -> bool:
        """Whether the source system knows the record."""
        return any(source["system"] == self.system for source in record.get(SOURCE_IDS, ()))

    def _of_the_past(self, located: Located, record_id: str, year: int, kept: int) -> Located:
        """An input of a year before the one whose facts are kept: it adds its yearly figures to them, nothing else."""
        assert self._store is not None  # only what is kept has a year
        known = self._store.documents(self._kind.name, [record_id])[record_id]
        figures = {name: located.raw[name] for name in yearly(self._kind.shape) if name in located.raw}
        message = f"The row is of {year} and what is kept is of {kept}: only figures of its year are added"
        problem = Problem(
            code="older-than-kept",
            severity=WARNING,
            message=message,
            pointer=f"/{SOURCE_IDS}/0/fiscal_year",
            value=year,
            expected=f"{kept} or later",
        )
        # Nothing was left out of the record, so the problem points into the file alone.
        told = msgspec.structs.replace(located.at_cell(problem), pointer="")
        return msgspec.structs.replace(located, raw={**known, **figures}, problems=(*located.problems, told))

    def _know(self, owner: str, system: str, given_id: str, record_id: str) -> None:
        self._ids.setdefault((owner, system, given_id), record_id)
        self._bearers.setdefault(record_id, set()).add((system, given_id))

    def _minted(self, field: Field, owner: str, system: str, given_id: str) -> str:
        own = slugify(given_id) or self._kind.name
        plain = f"{owner}-{own}"

        def is_taken(candidate: str) -> bool:
            # The plain id of the very same source id went to another owner: no new one, the rules name who has it.
            is_itself = candidate == plain and (system, given_id) in self._bearers.get(candidate, ())
            return candidate in self._bearers and not is_itself

        return minted(field, owner, own, is_taken)
