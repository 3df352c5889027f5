"""Whether an act is permitted, as the records stand within the transaction; what is said where it is not."""

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
    """Looks whether an actor may do something to a record."""

    def __init__(self, actor: Actor, owners: Owners) -> None:
        self._actor, self._owners = actor, owners
        _check_text("The holder's name", actor.holder)

    def permitted(self, record_type: RecordType, change: Change, head: Head, batch: Batch) -> Action:
        action = record_type.action(change.action)
        if action is None:
            known = ", ".join(action.name for action in record_type.actions)
            raise NotAllowed(f"There is no action {change.action} for {change.record_type}; there are {known}")
        # Only a reach that has bounds asks where the owner stands.
        lineage = () if reaches(self._actor, ()) else self._lineage(record_type, change, head, batch)
        if not may(self._actor, action, lineage):
            raise self._refusal(record_type, action, change, head, batch)
        return action

    def _refusal(
        self, record_type: RecordType, action: Action, change: Change, head: Head, batch: Batch
    ) -> InventoryError:
        """Why the actor may not: of what it may not see either, the same is said as of what is not there."""
        holder, role = self._actor.holder, self._actor.role
        if role not in action.roles:
            roles = roles_told(action.roles | (_proposing(record_type, action) - {role}))
            return NotAllowed(f"{role} may not {action.name} {change.record}; {roles} may")
        if head.public_state is not None:
            # Whose it is to be once its newest version is public is nobody else's concern, nor whether there is one.
            return NotAllowed(f"{change.record} is beyond the reach of {holder}")
        named = self._owners.owner(record_type, change.document, batch.heads) if change.document else ""
        if change.document is None or reaches(self._actor, self._owners.lineage(named, batch.heads)):
            return NotFound(f"There is no {change.record} that {holder} may see")
        return NotAllowed(f"{change.record} would belong to {named}, beyond the reach of {holder}")

    def check_start(self, record_type: RecordType, action: Action, change: Change, head: Head, batch: Batch) -> None:
        """Raises NotFound, Conflict, WrongState, NotAllowed where the action cannot start or lacks what it asks for."""
        # What is withdrawn is what the public sees, even while its owner writes the next version.
        state = (action.withdraws and head.public_state) or head.state
        starts = state in action.from_states
        # Of what lies within its reach the actor may still not see all: OMB sees no drafts.
        told = state if sees_of_reached(self._actor, head.state) else head.public_state
        if not starts and not (head.version and told):
            raise NotFound(f"There is no {change.record}")
        if change.base_version is not None and change.base_version != head.version:
            raise Conflict(change.record, head.version)
        if not starts:
            raise WrongState(f"{change.record} is {told}; {_ways(record_type, action, told or '')}")
        _check_said(action, change)
        if action.apart_from:
            self._stand_apart(change, action.apart_from, batch)

    def _stand_apart(self, change: Change, other: str, batch: Batch) -> None:
        """Raises NotAllowed where the holder who acts did the other half too."""
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
    """From where an action starts, and what leads there."""
    allowed = ", ".join(sorted(state or "what is new" for state in action.from_states))
    ways = " or ".join(way.name for way in record_type.leading(state, action))
    if action == record_type.proposes:
        return f"{action.name} starts from {allowed}, and to change it is for {roles_told(record_type.saves.roles)}"
    return f"{action.name} starts from {allowed}" + (f": {ways} first" if ways else "")


def _proposing(record_type: RecordType, action: Action) -> frozenset[Role]:
    """Who may propose what they may not save."""
    proposes = record_type.proposes
    return proposes.roles if proposes is not None and action == record_type.saves else frozenset()


def _check_said(action: Action, change: Change) -> None:
    """Raises NotAllowed where what is said with an act is not what the action asks for."""
    _check_text(f"What is noted of {action.name} {change.record}", change.told)
    if action.reason and not change.note:
        raise NotAllowed(f"{action.name} asks for a reason")
    if action.attested != (change.attestation is not None):
        asks = "asks for" if action.attested else "takes no"
        raise NotAllowed(f"{action.name} {asks} name and title of who attests")


def _check_text(what: str, text: str) -> None:
    """Raises NotAllowed for text that not every engine keeps, nor every terminal shows as it is."""
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text):
        raise NotAllowed(f"{what} holds control characters")
