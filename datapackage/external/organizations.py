"""Matching of organization names from other systems: an existing organization, or a new one to propose."""

from itertools import islice

from msgspec import Struct
from slugify import slugify

from datapackage.external.new_ids import minted
from inventory.ledger.store import Store
from inventory.records.registry import ORGANIZATION, Document

LONGEST = 60  # maximum characters of an id's last part, so that the ids of its services fit too


class Resolved(Struct, frozen=True):
    """An organization's id, and the document to propose if it is new."""

    organization_id: str
    proposed: Document | None = None


class Bearer(Struct, frozen=True):
    """An organization with a given name, and the fields that distinguish it from others of that name."""

    organization_id: str
    parent_id: str | None
    abbreviation: str | None


class Organizations:
    """An index of organizations by name and alias, within the parent organization if the source names it."""

    def __init__(self, store: Store | None, prefix: str | None) -> None:
        self._store, self._prefix = store, prefix
        self._ids: set[str] = set()
        self._by_name: dict[str, set[Bearer]] = {}
        self._resolved: dict[tuple[str, str | None], str] = {}
        for _, organization in store.all_documents("organization") if store else ():
            parent_id, abbreviation = organization.get("parent_id"), organization.get("abbreviation")
            known = Bearer(organization["organization_id"], parent_id, abbreviation)
            self._know(known, organization["name"], *organization.get("aliases", ()))

    def resolve(self, name: str, code: str | None, above: str | None) -> Resolved:
        """Return the one organization of that name, under the given parent if any; else a new one. It never guesses.

        The same name gives the same answer within a load and in the next load.
        """
        asked = (name.casefold(), above)
        candidates = self._by_name.get(name.casefold(), set())
        fitting = {known for known in candidates if above is None or known.parent_id == above}
        if asked not in self._resolved and len(fitting) > 1:
            fitting = self._once_proposed(fitting, code, above)
        if asked in self._resolved or fitting:
            return Resolved(self._resolved.setdefault(asked, next(iter(fitting)).organization_id))
        made = Bearer(self._minted(code or name, above), above, code)
        self._know(made, name)
        self._resolved[asked] = made.organization_id
        new = {"organization_id": made.organization_id, "name": name, "abbreviation": code, "parent_id": above}
        return Resolved(made.organization_id, {field: value for field, value in new.items() if value is not None})

    def _once_proposed(self, candidates: set[Bearer], code: str | None, above: str | None) -> set[Bearer]:
        """Return the organization of that name that an earlier load proposed, because no other one was meant."""
        alike = sorted(
            (known.abbreviation != code, known.organization_id, known)
            for known in candidates
            if known.parent_id == above
        )
        return set(islice((known for *_, known in alike if self._was_proposed(known.organization_id)), 1))

    def _was_proposed(self, organization_id: str) -> bool:
        entries = self._store.log(ORGANIZATION.name, organization_id) if self._store else ()
        return any(entry.version == 1 and entry.action == "propose" for entry in entries)

    def _know(self, known: Bearer, *names: str) -> None:
        self._ids.add(known.organization_id)
        for name in names:
            self._by_name.setdefault(name.casefold(), set()).add(known)

    def _minted(self, name: str, above: str | None) -> str:
        own = slugify(name, max_length=LONGEST, word_boundary=True) or ORGANIZATION.name
        field = ORGANIZATION.shape.field("organization_id")
        return minted(field, above or self._prefix, own, self._ids.__contains__)
