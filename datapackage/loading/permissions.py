"""The loader's permissions, by role and organization, and the action by which each record is stored."""

from typing import Any

from datapackage.formats.located import Located
from datapackage.loading.lookup import Lookup
from datapackage.loading.report import beyond_reach, forbidden, not_permitted
from inventory.ledger.heads import Head
from inventory.problems import Problem
from inventory.records.lifecycle import Action, Actor
from inventory.records.registry import RecordType
from inventory.validation.check import check


class Leave:
    """The permissions of a loader. Without an actor everything is permitted."""

    def __init__(self, actor: Actor | None, lookup: Lookup) -> None:
        self._actor, self._lookup = actor, lookup

    def action(self, kind: RecordType, proposed: bool, has_errors: bool) -> Action | None:
        """Return the action that stores a record: save or propose.

        A record is proposed if it is only mentioned, if saving would publish errors, or if the loader may not save
        it.
        """
        saves, proposes = kind.saves, kind.proposes
        role = self._actor.role if self._actor else None
        only_proposes = proposes is not None and role in proposes.roles - saves.roles
        return proposes if proposed or only_proposes or (has_errors and saves.checked) else saves

    def refusal(self, kind: RecordType, head: Head, action: Action) -> Problem | None:
        """Return the reason why a record cannot be stored with that action; None if it can."""
        if self._actor is not None and self._actor.role not in action.roles:
            return not_permitted(self._actor.role, action)
        return None if head.state in action.from_states else forbidden(kind, head, action)

    def beyond(self, kind: RecordType, head: Head | None, record_id: str, located: Located) -> list[Problem]:
        """Return that a record is another organization's, and the faults of its shape; nothing where it is reached.

        The rules are not asked: their answers may depend on records of others.
        """
        if self._reaches(kind, head, located.raw):
            return []
        whole = located.covers is None and located.record is None
        faults = check(kind, located.raw).problems if whole else ()
        return [located.at_cell(problem) for problem in (self._not_theirs(kind, record_id, located.raw), *faults)]

    def _not_theirs(self, kind: RecordType, record_id: str, raw: dict[str, Any]) -> Problem:
        """Name the owner that is not reached; where that is reached, or none is named, the record alone."""
        field = "parent_id" if kind.name == "organization" else next(iter(kind.owner), "")
        named = raw.get(field)
        owner = named if kind.name == "organization" else self._lookup.owner(kind, raw)
        if isinstance(named, str) and not (isinstance(owner, str) and self._lookup.reaches(owner)):
            return beyond_reach(kind.shape.field(field).references or kind.name, named, f"/{field}")
        return beyond_reach(kind.name, record_id, "")

    def _reaches(self, kind: RecordType, head: Head | None, raw: dict[str, Any]) -> bool:
        """Return whether the loader has access to the stored record or, if it is new, to its future owner.

        A new record without an owner passes here, because validation rejects it.
        """
        if self._actor is None:
            return True
        if head is not None:
            return self._lookup.reaches(head.organization_id)
        if kind.owner and not isinstance(raw.get(kind.owner[0]), str):
            return True
        above = raw.get("parent_id") if kind.name == "organization" else None
        owners = (self._lookup.owner(kind, raw), above)
        return any(isinstance(owner, str) and self._lookup.reaches(owner) for owner in owners)
