"""Which organization a name of another system means: one that bears the name, or a new one that is proposed."""

from msgspec import Struct
from slugify import slugify

from datapackage.minting import minted
from inventory.record_types import ORGANIZATION, Document
from inventory.store import Store

LONGEST = 60  # characters of an id's last part, so that the ids of its services fit too


class Resolved(Struct, frozen=True):
    """An organization's id, and the document to propose where it is new."""

    organization_id: str
    proposed: Document | None = None


class Organizations:
    """Knows organizations by name and alias, within the organization above them where the source names that."""

    def __init__(self, store: Store | None, prefix: str | None) -> None:
        self._prefix = prefix
        self._ids: set[str] = set()
        self._names: dict[str, list[tuple[str, str | None]]] = {}
        for _, organization in store.all_documents("organization") if store else ():
            for name in (organization["name"], *organization.get("aliases", ())):
                self._know(organization["organization_id"], name, organization.get("parent_id"))

    def resolve(self, name: str, code: str | None, above: str | None) -> Resolved:
        """The one organization that bears the name, under the one above where given; else a new one. Never a guess."""
        bearers = self._names.get(name.casefold(), [])
        fitting = {known for known, parent in bearers if above is None or parent == above}
        if len(fitting) == 1:
            return Resolved(fitting.pop())
        organization_id = self._minted(code or name, above)
        self._know(organization_id, name, above)
        new = {"organization_id": organization_id, "name": name, "abbreviation": code, "parent_id": above}
        return Resolved(organization_id, {field: value for field, value in new.items() if value is not None})

    def _know(self, organization_id: str, name: str, above: str | None) -> None:
        self._ids.add(organization_id)
        bearers = self._names.setdefault(name.casefold(), [])
        if (organization_id, above) not in bearers:
            bearers.append((organization_id, above))

    def _minted(self, name: str, above: str | None) -> str:
        own = slugify(name, max_length=LONGEST, word_boundary=True) or ORGANIZATION.name
        field = ORGANIZATION.shape.field("organization_id")
        return minted(field, above or self._prefix, own, self._ids.__contains__)
