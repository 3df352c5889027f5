"""The quality gate: a record has no errors when it is submitted or published. The same transaction checks it."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from inventory.access.owners import Owners
from inventory.access.policy import reaches, states_seen, whole_is_seen
from inventory.calendar.fiscal import day_of
from inventory.errors import Invalid
from inventory.ledger.chain import Entry
from inventory.ledger.heads import FEW, Head, any_below, as_public, first_act, read_versions
from inventory.problems import Problem, errors
from inventory.records.lifecycle import Actor
from inventory.records.registry import Document, Model, RecordType
from inventory.validation.check import Checked, check
from inventory.validation.rules import Context
from inventory.writes.known import known_by

Versions = Mapping[str, int]
"""Versions of records of one type, by id."""


class Due(Struct, frozen=True):
    """A version that must be free of errors for an action."""

    action: str
    version: int


class Gate:
    """A check of record versions, each once, against all other records as they stand in the transaction.

    Problems must not reveal drafts that the actor may not see. Checking a record that is new to the actor therefore
    finds such drafts only once they are public. An existing record was written by someone who could see what it
    refers to, so the check finds all records within the actor's organizations.
    """

    def __init__(self, connection: Connection, model: Model, owners: Owners, actor: Actor) -> None:
        self._connection, self._model, self._owners, self._actor = connection, model, owners, actor
        self._due: dict[tuple[str, str], Due] = {}
        self._read_before: dict[tuple[str, str, int], Document | None] = {}
        self._clean: set[tuple[str, str, Due]] = set()

    def written(self, entries: Iterable[Entry]) -> None:
        """Remember the entries that require a record without errors."""
        for entry in entries:
            action = self._model[entry.record_type].action(entry.action)
            if action is not None and action.checked:
                self._due[entry.record_type, entry.record_id] = Due(entry.action, entry.version)

    def problems(
        self, record_type: str, versions: Versions, today: datetime.date, action: str
    ) -> dict[str, list[Problem]]:
        """Return all problems of these versions for that action, by record id."""
        kind = self._model[record_type]
        step = kind.action(action)
        writes = step is None or step.writes
        contexts = {is_brought: self._context(today, action, is_brought) for is_brought in (True, False)}
        found: dict[str, list[Problem]] = {}
        for record_id, document in read_versions(self._connection, kind, versions):
            problems = check(kind, document, contexts[writes and versions[record_id] == 1]).problems
            named = f"{record_type}/{record_id}"
            found[record_id] = [msgspec.structs.replace(problem, record=named) for problem in problems]
            if not errors(found[record_id]):
                self._clean.add((record_type, record_id, Due(action, versions[record_id])))
        return found

    def check(self, record_type: str, raw: Any, today: datetime.date, action: str) -> Checked:
        """Check an input that is not stored."""
        kind = self._model[record_type]
        found = check(kind, raw, self._context(today, action, is_brought=True))
        if found.record is None or self._is_new(kind, kind.record_id_of(found.record)):
            return found
        return check(kind, raw, self._context(today, action, is_brought=False))

    def is_due(self) -> bool:
        """Return whether any version still has to be checked."""
        return bool(self._left())

    def close(self, today: datetime.date) -> None:
        """Check all remaining versions. Raises Invalid with every problem of each version that has errors."""
        alike: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for record_type, record_id, due in self._left():
            alike.setdefault((record_type, due.action), []).append((record_id, due.version))
        blocking: list[Problem] = []
        for (record_type, action), left in alike.items():
            for start in range(0, len(left), FEW):
                for problems in self.problems(record_type, dict(left[start : start + FEW]), today, action).values():
                    blocking += problems if errors(problems) else ()
        if blocking:
            names = sorted({str(problem.record) for problem in blocking})
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
            raise Invalid(f"{shown}: there are errors, and nothing was changed", blocking)

    def _context(self, today: datetime.date, action: str, is_brought: bool) -> Context:
        return Context(
            today=today,
            find=lambda record_type, record_id: known_by(self._head(record_type, record_id, is_brought)),
            read=lambda record_type, record_id: self._read(record_type, record_id, is_brought),
            first_act=self._first_act,
            any_below=self._any_below,
            action=action,
        )

    def _is_new(self, kind: RecordType, record_id: str) -> bool:
        """Return whether the actor sees no such record yet."""
        head = self._owners.head(kind.name, record_id, {})
        is_seen = head.public_state is not None or whole_is_seen(self._actor, head.state, self._lineage(head))
        return not (head.version and is_seen)

    def _left(self) -> Sequence[tuple[str, str, "Due"]]:
        return [(*record, due) for record, due in self._due.items() if (*record, due) not in self._clean]

    def _head(self, record_type: str, record_id: str, is_brought: bool) -> Head:
        head = self._owners.head(record_type, record_id, {})
        lineage = self._lineage(head)
        is_known = whole_is_seen(self._actor, head.state, lineage) if is_brought else reaches(self._actor, lineage)
        return head if is_known else as_public(head)

    def _read(self, record_type: str, record_id: str, is_brought: bool) -> Document | None:
        version = self._head(record_type, record_id, is_brought).version
        key = (record_type, record_id, version)
        if key in self._read_before or not version:
            return self._read_before.get(key)
        kind = self._model[record_type]
        found = dict(read_versions(self._connection, kind, {record_id: version})).get(record_id)
        if kind.read_by_rules:  # few records, so the cache stays small
            self._read_before[key] = found
        return found

    def _first_act(self, record_type: str, record_id: str, action: str) -> datetime.date | None:
        entry = first_act(self._connection, record_type, record_id, action)
        if entry is None:
            return None
        head = self._owners.head(record_type, record_id, {})
        is_known = entry.public_seq is not None or reaches(self._actor, self._lineage(head))
        return day_of(entry.recorded_at) if is_known else None

    def _any_below(self, record_type: str, above: str) -> bool:
        kind = self._model[record_type]
        head = self._owners.head(kind.owned_through or record_type, above, {})
        states = states_seen(self._actor, kind.states, self._lineage(head))
        return any_below(self._connection, record_type, above, states)

    def _lineage(self, head: Head) -> Sequence[str]:
        return () if reaches(self._actor, ()) else self._owners.lineage(head.organization_id, {})
