"""Permission checks within a transaction, and the errors they raise."""

import unicodedata

from inventory.access.owners import Owners
from inventory.access.policy import may, reaches, roles_told, sees_of_reached
from inventory.errors import Conflict, InventoryError, NotAllowed, NotFound, WrongState
from inventory.ledger.heads import Head
from inventory.records.lifecycle import Action, Actor, Role
from inventory.records.registry import RecordType
from inventory.writes.batch import Batch
from inventory.writes.change import Change


class Permits:
    """A permission check for one actor."""

    def __init__(self, actor: Actor, owners: Owners) -> None:
        self._actor, self._owners = actor, owners
        _check_text("The holder's name", actor.holder)

    def permitted(self, record_type: RecordType, change: Change, head: Head, batch: Batch) -> Action:
        action = record_type.action(change.action)
        if action is None:
            known = ", ".join(action.name for action in record_type.actions)
            raise NotAllowed(f"There is no action {change.action} for {change.record_type}; there are {known}")
        # The owner's lineage matters only to an actor whose permissions end at an organization.
        lineage = () if reaches(self._actor, ()) else self._lineage(record_type, change, head, batch)
        if not may(self._actor, action, lineage):
            raise self._refusal(record_type, action, change, head, batch)
        return action

    def _refusal(
        self, record_type: RecordType, action: Action, change: Change, head: Head, batch: Batch
    ) -> InventoryError:
        """Return the error for a denied action.

        A record the actor may not see gets the same error as one that does not exist.
        """
        holder, role = self._actor.holder, self._actor.role
        if role not in action.roles:
            roles = roles_told(action.roles | (_proposing(record_type, action) - {role}))
            return NotAllowed(f"{role} may not {action.name} {change.record}; {roles} may")
        if head.public_state is not None:
            # Do not reveal the owner that an unpublished version names, nor that such a version exists.
            return NotAllowed(f"{change.record} is beyond the reach of {holder}")
        named = self._owners.owner(record_type, change.document, batch.heads) if change.document else ""
        if change.document is None or reaches(self._actor, self._owners.lineage(named, batch.heads)):
            return NotFound(f"There is no {change.record} that {holder} may see")
        return NotAllowed(f"{change.record} would belong to {named}, beyond the reach of {holder}")

    def check_start(self, record_type: RecordType, action: Action, change: Change, head: Head, batch: Batch) -> None:
        """Raise an error if the action cannot start or lacks a required input.

        Raises NotFound, Conflict, WrongState, NotAllowed.
        """
        # A withdrawal applies to the public version, even while the owner has a newer draft.
        state = (action.withdraws and head.public_state) or head.state
        starts = state in action.from_states
        # An actor may not see every state of a record it has access to: OMB sees no drafts.
        visible_state = state if sees_of_reached(self._actor, head.state) else head.public_state
        if not starts and not (head.version and visible_state):
            raise NotFound(f"There is no {change.record}")
        if change.base_version is not None and change.base_version != head.version:
            raise Conflict(change.record, head.version)
        if not starts:
            raise WrongState(f"{change.record} is {visible_state}; {_ways(record_type, action, visible_state or '')}")
        _check_said(action, change)
        if action.apart_from:
            self._stand_apart(change, action.apart_from, batch)

    def _stand_apart(self, change: Change, other: str, batch: Batch) -> None:
        """Raise NotAllowed if the same holder also did the other half of a two-person action."""
        done = batch.last_act(change.record_type, change.record_id, other)
        if done is not None and done.actor.casefold() == self._actor.holder.casefold():
            message = f"{change.action} is for another holder than the one of {other}, here {done.actor}"
            raise NotAllowed(f"{change.record}: {message}")

    def _lineage(self, record_type: RecordType, change: Change, head: Head, batch: Batch) -> list[str]:
        document = change.document or {}
        owner = head.organization_id if head.version else self._owners.owner(record_type, document, batch.heads)
        below = document.get("parent_id") if change.record_type == "organization" else None
        return self._owners.lineage(owner, batch.heads, below)


def _ways(record_type: RecordType, action: Action, state: str) -> str:
    """Return the states an action starts from and the actions that lead there."""
    allowed = ", ".join(sorted(state or "what is new" for state in action.from_states))
    ways = " or ".join(way.name for way in record_type.leading(state, action))
    if action == record_type.proposes:
        return f"{action.name} starts from {allowed}, and to change it is for {roles_told(record_type.saves.roles)}"
    return f"{action.name} starts from {allowed}" + (f": {ways} first" if ways else "")


def _proposing(record_type: RecordType, action: Action) -> frozenset[Role]:
    """Return the roles that may propose a change they may not save."""
    proposes = record_type.proposes
    return proposes.roles if proposes is not None and action == record_type.saves else frozenset()


def _check_said(action: Action, change: Change) -> None:
    """Raise NotAllowed if the change's note or attestation does not match what the action requires."""
    _check_text(f"What is noted of {action.name} {change.record}", change.told)
    if action.reason and not change.note:
        raise NotAllowed(f"{action.name} asks for a reason")
    if action.attested != (change.attestation is not None):
        asks = "asks for" if action.attested else "takes no"
        raise NotAllowed(f"{action.name} {asks} name and title of who attests")


def _check_text(what: str, text: str) -> None:
    """Raise NotAllowed for control characters, which some engines cannot store and some terminals do not show."""
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text):
        raise NotAllowed(f"{what} holds control characters")
