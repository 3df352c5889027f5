"""What permits an act: the actor's role and reach, the state of the record, who did the other half, the owner named."""

import msgspec

from inventory.batches import Batch
from inventory.changes import Change
from inventory.checking import canonical
from inventory.documents import changed_fields
from inventory.errors import NotAllowed, NotFound
from inventory.lifecycle import Action, Actor, may, reaches
from inventory.owners import Owners
from inventory.reading import Head
from inventory.record_types import Document, RecordType


class Permits:
    """Judges the acts of one actor within a transaction."""

    def __init__(self, actor: Actor, owners: Owners) -> None:
        self._actor, self._owners = actor, owners

    def permitted(self, record_type: RecordType, change: Change, head: Head, batch: Batch) -> Action:
        """The action that a change names. Raises NotAllowed where this actor or this state forbids it, NotFound."""
        action = record_type.action(change.action)
        if action is None:
            known = ", ".join(action.name for action in record_type.actions)
            raise NotAllowed(f"There is no action {change.action} for {change.record_type}; there are {known}")
        # Only a reach that has bounds asks where the owner stands.
        lineage = () if reaches(self._actor, ()) else self._lineage(record_type, change, head, batch)
        if not may(self._actor, action, lineage):
            raise NotAllowed(f"{self._actor.role} may not {action.name} {change.record}")
        # What is withdrawn is what the public sees, even while its owner writes the next version.
        state = (action.withdraws and head.public_state) or head.state
        if state not in action.from_states:
            if head.version == 0:
                raise NotFound(f"There is no {change.record}")
            starts = ", ".join(sorted(action.from_states - {""}))
            raise NotAllowed(f"{change.record} is {state}; {action.name} starts from {starts}")
        if action.reason and not change.note:
            raise NotAllowed(f"{action.name} asks for a reason")
        if action.attested != (change.attestation is not None):
            raise NotAllowed(
                f"{action.name} {'asks for' if action.attested else 'takes no'} name and title of who attests"
            )
        if action.apart_from:
            self._stand_apart(change, action.apart_from, batch)
        return action

    def _stand_apart(self, change: Change, other: str, batch: Batch) -> None:
        """Raises NotAllowed where the holder who acts did the other half too."""
        done = batch.last_act(change.record_type, change.record_id, other)
        if done is not None and done.actor == self._actor.holder:
            message = f"{change.action} is for another holder than the one of {other}, here {done.actor}"
            raise NotAllowed(f"{change.record}: {message}")

    def _lineage(self, record_type: RecordType, change: Change, head: Head, batch: Batch) -> list[str]:
        document = change.document or {}
        owner = head.organization_id if head.version else self._owners.owner(record_type, document, batch.heads)
        below = document.get("parent_id") if change.record_type == "organization" else None
        return self._owners.lineage(owner, batch.heads, below)

    def written(self, record_type: RecordType, change: Change, action: Action, head: Head, batch: Batch) -> Change:
        """The change, once it is sure that its document is of that record and of an owner that the action may name.

        Its document is brought into the one spelling that is kept. Raises Invalid where it is no record.
        """
        if change.document is None and action.copies:
            return msgspec.structs.replace(change, document=batch.document(head))
        if change.document is None:
            raise NotAllowed(f"{action.name} asks for a document")
        document = change.document if change.as_kept else canonical(record_type, change.document, change.record)
        change = msgspec.structs.replace(change, document=document)
        if record_type.record_id(document) != change.record_id:
            raise NotAllowed(f"The document is not that of {change.record}")
        if head.version and not action.moves and self._names_another(record_type, document, head, batch):
            raise NotAllowed(f"{change.record} belongs to {head.organization_id}; {action.name} does not move it")
        return self._transferred(record_type, change, head, batch) if action.transfers else change

    def _names_another(self, record_type: RecordType, document: Document, head: Head, batch: Batch) -> bool:
        """Whether a document names another owner than the record has, itself or through what it belongs to."""
        named = record_type.owner_named(document)
        if record_type.owned_through is None:
            return named != head.organization_id
        is_key = record_type.owner[0] in (field.name for field in record_type.shape.key)
        return not is_key and named != record_type.owner_named(batch.document(head))

    def _transferred(self, record_type: RecordType, change: Change, head: Head, batch: Batch) -> Change:
        differing = changed_fields(batch.document(head), change.document or {})
        if differing != [record_type.owner[0]]:
            raise NotAllowed(f"transfer changes the owner and nothing else, here: {', '.join(differing) or 'nothing'}")
        owner = record_type.owner_named(change.document or {})
        new = self._owners.head("organization", owner, batch.heads)
        if new.state != "current":
            message = f"organization/{owner} is {new.state or 'not known'}; it has to be current to own anything"
            raise NotAllowed(message)
        note = f"from {head.organization_id} to {owner}" + (f": {change.note}" if change.note else "")
        return msgspec.structs.replace(change, note=note)
