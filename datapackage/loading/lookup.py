"""A lookup of other records for the rules while an input is checked: in the store and in the rest of the input."""

import datetime
from collections.abc import Iterable

import msgspec

from datapackage.formats.located import Located
from datapackage.loading.merge import merged
from inventory.access.policy import reaches, whole_is_seen
from inventory.calendar.fiscal import day_of
from inventory.ledger.heads import Head, as_public, whole_document
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor
from inventory.records.registry import Document, Model, RecordType
from inventory.validation.rules import Known
from inventory.writes.known import known_by


class Lookup:
    """A lookup of records in the store first, then in the input. Without a store, records missing from the input are
    assumed.

    actor: the loader, who finds only public records outside of the own organizations. None finds everything.
    """

    def __init__(self, model: Model, store: Store | None, actor: Actor | None = None) -> None:
        self._model, self._store, self._actor = model, store, actor
        self._stored: dict[tuple[str, str], Known | None] = {}
        self._coming: dict[tuple[str, str], Known] = {}
        self._again: dict[tuple[str, str], list[Known]] = {}
        self._proposed: set[tuple[str, str]] = set()
        self._above: set[tuple[str, str]] = set()
        self._documents: dict[tuple[str, str], Document | None] = {}

    def expect(self, inputs: Iterable[Located]) -> set[str]:
        """Read the inputs in brief to learn their records. Return the names of their record types."""
        states: dict[tuple[str, bool], str] = {}
        kinds = set()
        for located in inputs:
            kinds.add(located.record_type)
            key = record_key(self._model, located)
            if key is not None and located.whole:
                kind = self._model[located.record_type]
                raw = self._whole(kind, key, located)
                owner = "" if kind.owned_through else kind.owner_named(raw)
                saved = (located.record_type, located.proposed)
                if saved not in states:
                    states[saved] = _state_to_be(kind, located.proposed)
                parent = raw.get("parent_id")
                known = Known(states[saved], owner, parent if isinstance(parent, str) else None)
                if self._coming.setdefault(key, known) is not known:
                    self._again.setdefault(key, []).append(known)
                self._above.add((key[0], key[1].partition("/")[0]))
                if located.proposed:
                    self._proposed.add(key)
                elif kind.read_by_rules:
                    self._documents[key] = raw
        return kinds

    def _whole(self, kind: RecordType, key: tuple[str, str], located: Located) -> Document:
        """Return the input's document of a record, completed with stored values if the rules read them."""
        raw: Document = located.raw
        if (covers := located.covers) is None or covers.adds or self._store is None:
            return raw
        facts = {field.name for field in kind.shape.fields if field.name in (*kind.owner[:1], "parent_id")}
        looked_at = kind.read_by_rules or any((name,) not in covers.paths for name in facts)
        before = self._store.newest(*key) if looked_at else None
        return merged(kind.shape, before, raw, covers)[0] if before else raw

    def prepare(self, record_type: str, record_ids: list[str]) -> None:
        """Look up these records together."""
        if self._store is None:
            return
        new = [i for i in record_ids if (record_type, i) not in self._stored]
        heads = self._store.heads(record_type, new) if new else {}
        for record_id in new:
            head = heads.get(record_id)
            self._stored[record_type, record_id] = known_by(self._as_known(head)) if head is not None else None

    def _as_known(self, head: Head) -> Head:
        return head if self.sees_newest(head) else as_public(head)

    def sees_newest(self, head: Head) -> bool:
        """Return whether the loader sees a record's newest version, private part included. OMB sees no drafts."""
        if self._actor is None:
            return True
        return whole_is_seen(self._actor, head.state, self._lineage(head.organization_id))

    def sees_only_public(self, head: Head) -> bool:
        """Return whether the loader has access to a record but sees its public version only. OMB sees no drafts."""
        return head.public_state is not None and not self.sees_newest(head) and self.reaches(head.organization_id)

    def is_seen(self, head: Head) -> bool:
        """Return whether the loader sees any version of a record."""
        return head.public_state is not None or self.sees_newest(head)

    def reaches(self, organization_id: str) -> bool:
        """Return whether the loader has access to records of that organization."""
        return self._actor is None or reaches(self._actor, ()) or reaches(self._actor, self._lineage(organization_id))

    def owner(self, kind: RecordType, raw: Document) -> str:
        """Return the organization that an input names as its owner, directly or through another record; "" if none."""
        named = kind.owner_named(raw)
        if kind.owned_through is None:
            return named
        known = self.find(kind.owned_through, named)
        return known.organization_id if known else ""

    def _lineage(self, organization_id: str) -> list[str]:
        """Return the organization and those above it. The input cannot change the parent of a stored one."""
        line: list[str] = []
        above: str | None = organization_id
        while above and above not in line:
            line.append(above)
            head = self._store.head("organization", above) if self._store else None
            coming = self._coming.get(("organization", above))
            above = head.parent_id if head and head.version else coming.parent_id if coming else None
        return line

    def find(self, record_type: str, record_id: str) -> Known | None:
        """Return the rules' view of a record (see `inventory.validation.rules.Find`)."""
        key = (record_type, record_id)
        if self._store is not None and key not in self._stored:
            self.prepare(record_type, [record_id])
        stored, coming = self._stored.get(key), self._coming.get(key)
        if stored is not None and coming is not None and key not in self._proposed:
            return msgspec.structs.replace(stored, parent_id=coming.parent_id)
        known = stored or coming
        return Known("current") if known is None and self._store is None else known

    def read(self, record_type: str, record_id: str) -> Document | None:
        """Return the rules' view of a document (see `inventory.validation.rules.Read`): the input's, else the stored
        one.

        Return None for a document of the input that is not cached, because the stored one is about to change.
        """
        key = (record_type, record_id)
        if key in self._documents:
            return self._documents[key]
        is_cached = self._model[record_type].read_by_rules
        if self._store is None or (key in self._coming and not is_cached):
            return None
        version = self._as_known(self._store.head(record_type, record_id)).version
        bodies = self._store.bodies([(record_type, record_id, version)]) if version else {}
        document = next((whole_document(self._model[record_type], row) for row in bodies.values()), None)
        if is_cached:
            self._documents[key] = document
        return document

    def first_act(self, record_type: str, record_id: str, action: str) -> datetime.date | None:
        """Return the day of a first action (see `inventory.validation.rules.FirstAct`)."""
        if self._store is None or (entry := self._store.first_act(record_type, record_id, action)) is None:
            return None
        owner = self._store.head(record_type, record_id).organization_id
        return day_of(entry.recorded_at) if entry.public_seq is not None or self.reaches(owner) else None

    def any_below(self, record_type: str, above: str) -> bool | None:
        """Return whether any record is below another (see `inventory.validation.rules.rule.AnyBelow`)."""
        if self._store is None:
            return None
        kind = self._model[record_type]
        head = self._store.head(kind.owned_through or record_type, above)
        seen = [state for state in kind.states if self.sees_newest(msgspec.structs.replace(head, state=state))]
        return (record_type, above) in self._above or self._store.any_below(record_type, above, seen)

    def settle(self, record_type: str, record_id: str, state: str, parent_id: str | None) -> None:
        """Note the state and parent in which a record of the input will be stored."""
        key = (record_type, record_id)
        known = self._coming.get(key)
        if known is not None and (known.state, known.parent_id) != (state, parent_id):
            self._coming[key] = msgspec.structs.replace(known, state=state, parent_id=parent_id)

    def forget(self, record_type: str, record_id: str) -> None:
        """Note that a record of the input will not be stored, so nothing can refer to it, unless the input repeats
        it.
        """
        key = (record_type, record_id)
        self._coming.pop(key, None)
        if again := self._again.get(key):
            self._coming[key] = again.pop(0)


def _state_to_be(kind: RecordType, proposed: bool) -> str:
    action = kind.proposes if proposed else kind.saves
    return action.to_state if action else ""


def record_key(model: Model, located: Located) -> tuple[str, str] | None:
    """Return type and id of a raw input; None if it has no id."""
    if located.record is not None:
        return located.record_type, model[located.record_type].record_id_of(located.record)
    raw = located.raw
    if not isinstance(raw, dict) or located.record_type not in model:
        return None
    try:
        return located.record_type, model[located.record_type].record_id(raw)
    except KeyError:
        return None
