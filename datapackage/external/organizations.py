"""Which organization a name of another system means: one that bears the name, or a new one that is proposed."""

from itertools import islice

from msgspec import Struct
from slugify import slugify

from datapackage.external.new_ids import minted
from inventory.ledger.store import Store
from inventory.records.registry import ORGANIZATION, Document

LONGEST = 60  # characters of an id's last part, so that the ids of its services fit too


class Resolved(Struct, frozen=True):
    """An organization's id, and the document to propose where it is new."""

    organization_id: str
    proposed: Document | None = None


class Bearer(Struct, frozen=True):
    """An organization that bears a name, and what tells it from others of that name."""

    organization_id: str
    parent_id: str | None
    abbreviation: str | None


class Organizations:
    """Knows organizations by name and alias, within the organization above them where the source names that."""

    def __init__(self, store: Store | None, prefix: str | None) -> None:
        self._store, self._prefix = store, prefix
        self._ids: set[str] = set()
        self._bearers: dict[str, set[Bearer]] = {}
        self._resolved: dict[tuple[str, str | None], str] = {}
        for _, organization in store.all_documents("organization") if store else ():
            parent_id, abbreviation = organization.get("parent_id"), organization.get("abbreviation")
            known = Bearer(organization["organization_id"], parent_id, abbreviation)
            self._know(known, organization["name"], *organization.get("aliases", ()))

    def resolve(self, name: str, code: str | None, above: str | None) -> Resolved:
        """The one organization that bears the name, under the one above where given; else a new one. Never a guess.

        A load asks for the same name again and again: it gets the same answer, and so does the next load.
        """
        asked = (name.casefold(), above)
        bearers = self._bearers.get(name.casefold(), set())
        fitting = {known for known in bearers if above is None or known.parent_id == above}
        if asked not in self._resolved and len(fitting) > 1:
            fitting = self._once_proposed(fitting, code, above)
        if asked in self._resolved or fitting:
            return Resolved(self._resolved.setdefault(asked, next(iter(fitting)).organization_id))
        made = Bearer(self._minted(code or name, above), above, code)
        self._know(made, name)
        self._resolved[asked] = made.organization_id
        new = {"organization_id": made.organization_id, "name": name, "abbreviation": code, "parent_id": above}
        return Resolved(made.organization_id, {field: value for field, value in new.items() if value is not None})

    def _once_proposed(self, bearers: set[Bearer], code: str | None, above: str | None) -> set[Bearer]:
        """Of several that bear a name, the one that a load before proposed because none of the others was meant."""
        alike = sorted(
            (known.abbreviation != code, known.organization_id, known) for known in bearers if known.parent_id == above
        )
        return set(islice((known for *_, known in alike if self._was_proposed(known.organization_id)), 1))

    def _was_proposed(self, organization_id: str) -> bool:
        entries = self._store.log(ORGANIZATION.name, organization_id) if self._store else ()
        return any(entry.version == 1 and entry.action == "propose" for entry in entries)

    def _know(self, known: Bearer, *names: str) -> None:
        self._ids.add(known.organization_id)
        for name in names:
            self._bearers.setdefault(name.casefold(), set()).add(known)

    def _minted(self, name: str, above: str | None) -> str:
        own = slugify(name, max_length=LONGEST, word_boundary=True) or ORGANIZATION.name
        field = ORGANIZATION.shape.field("organization_id")
        return minted(field, above or self._prefix, own, self._ids.__contains__)
