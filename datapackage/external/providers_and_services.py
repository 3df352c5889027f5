"""Matching of provider and service names from other systems: an exact match, never a guess."""

from collections.abc import Iterable
from difflib import get_close_matches

from slugify import slugify

from datapackage.crosswalks.map_row import Drawn, cell_problem
from datapackage.sheets.sheet import Grid
from inventory.ledger.store import Store
from inventory.problems import ERROR, WARNING
from inventory.records.registry import Document, Model

PARTIES = {"@provider": "provider_id", "@service": "service_id"}
"""The fields for names of providers and services."""
SHOWN = 5  # suggested names if none matches


class Parties:
    """An index of providers by id, name and alias, and of services by id, name and other systems' ids.

    Of several services with the same name, the provider's designated one matches. Without a store nothing is known,
    and names become ids as they would be spelled.
    """

    def __init__(self, store: Store | None, model: Model, system: str) -> None:
        self._store, self._system = store, system
        self._providers: dict[str, set[str]] = {}
        self._services: dict[str, set[str]] = {}
        self._designated: dict[str, set[str]] = {}
        self._organizations: dict[str, Document] = {}
        self._owners: dict[str, str] = {}
        if store is None or "provider" not in model:
            return
        for head, known in store.all_documents("provider"):
            _know(self._providers, head.record_id, head.record_id, known["name"], *known.get("aliases", ()))
            self._owners[head.record_id] = head.organization_id
        self._organizations = {head.record_id: known for head, known in store.all_documents("organization")}
        for head, known in store.all_documents("service"):
            given = (source["id"] for source in known.get("source_ids", ()) if source["system"] == system)
            _know(self._services, head.record_id, head.record_id, known["name"], *given)
        for _, known in store.all_documents("designation"):
            self._designated.setdefault(known["provider_id"], set()).add(known["service_id"])

    def name(self, drawn: Drawn, grid: Grid) -> None:
        """Set the provider and service that a row names, or report that there is no match."""
        for special, field in PARTIES.items():
            name = drawn.special.get(special)
            if name is None or field in drawn.document:
                continue
            column, found = drawn.named[special], self._found(special, name, drawn)
            if len(found) == 1:
                drawn.document[field] = next(iter(found))
                drawn.origins.setdefault(f"/{field}", (drawn.number, column))
                continue
            message = f"{'Several bear' if found else 'There is none of'} the name {name}"
            expected = self._offered(special, name, found)
            problem = cell_problem(grid, "name-unknown", ERROR, drawn.number, column, message, name, expected)
            drawn.problems.append(problem)
        self._compare_department(drawn, grid)

    def _compare_department(self, drawn: Drawn, grid: Grid) -> None:
        """Report a row's department if the provider does not belong to it."""
        department, above = drawn.special.get("@department"), self._above(drawn.document.get("provider_id", ""))
        if (
            department is None
            or not above
            or department.casefold() in {name.casefold() for one in above for name in one}
        ):
            return
        message = "The provider belongs to another department, and that is kept"
        column, expected = drawn.named["@department"], above[-1][0]
        place = (drawn.number, column)
        drawn.problems.append(cell_problem(grid, "contradicts-itself", WARNING, *place, message, department, expected))

    def _above(self, provider_id: str) -> list[list[str]]:
        """Return the names and abbreviations of the provider's organization and of those above it."""
        found: list[list[str]] = []
        organization_id = self._owners.get(provider_id)
        while organization_id in self._organizations and len(found) <= len(self._organizations):
            known = self._organizations[organization_id]
            found.append(
                [known["name"], *([known["abbreviation"]] if "abbreviation" in known else []), organization_id]
            )
            organization_id = known.get("parent_id")
        return found

    def _found(self, special: str, name: str, drawn: Drawn) -> set[str]:
        if self._store is None:
            above = drawn.document.get("provider_id", "") if special == "@service" else ""
            return {slugify(f"{above} {name}") or "unnamed"}
        if special == "@provider":
            return self._providers.get(name.casefold(), set())
        found = self._services.get(name.casefold(), set())
        designated = found & self._designated.get(drawn.document.get("provider_id", ""), set())
        return designated if len(designated) == 1 else found

    def _offered(self, special: str, name: str, found: Iterable[str]) -> str:
        known = self._providers if special == "@provider" else self._services
        close = sorted(found) or get_close_matches(name.casefold(), known, n=SHOWN, cutoff=0.5)
        what = special.removeprefix("@")
        return f"the name, alias or id of one {what}" + (f", perhaps {', '.join(close[:SHOWN])}" if close else "")


def _know(known: dict[str, set[str]], record_id: str, *names: str) -> None:
    for name in names:
        known.setdefault(name.casefold(), set()).add(record_id)
