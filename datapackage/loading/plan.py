"""Planning of a load: check every input against the store and determine its changes, without writing."""

import datetime
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, count
from typing import Any

import msgspec
from msgspec import Struct

from datapackage.external.source_ids import SourceMatches
from datapackage.formats.bounds import Bounds, batches
from datapackage.formats.located import Input, Located
from datapackage.loading.absent import absent
from datapackage.loading.conflicts import told_by_another, told_otherwise
from datapackage.loading.lookup import Lookup, record_key
from datapackage.loading.merge import merged
from datapackage.loading.ordering import parents_first
from datapackage.loading.permissions import Leave
from datapackage.loading.report import (
    Report,
    nothing_read,
    second,
    twice,
    unrecognized,
)
from inventory.errors import Stopped
from inventory.ledger.heads import PAGE, Head, as_public, whole_document
from inventory.ledger.store import Store
from inventory.problems import Problem, bounded, errors
from inventory.records.documents import changed_fields, document, given_fields
from inventory.records.lifecycle import Action, Actor
from inventory.records.registry import Document, Model, RecordType
from inventory.schema.fields import Part
from inventory.validation.check import Checked, check
from inventory.validation.normalize import Intake
from inventory.validation.rules import Context
from inventory.validation.shape_problems import SHAPE_FAULTS
from inventory.writes.change import Change

Progress = Callable[[str, int], None]


class Planned(Struct, frozen=True):
    """A planned change: the record to store, its current head, and the action."""

    record: Part
    head: Head
    action: Action

    def change(self) -> Change:
        """Return the change to write."""
        return Change(
            record_type=self.head.record_type,
            record_id=self.head.record_id,
            action=self.action.name,
            document=document(self.record),
            as_kept=True,
            base_version=self.head.version,
        )


class Plan:
    """A check of inputs against the store that collects their changes without making any.

    matches: the match of another system's ids to records; None if inputs use our own ids. actor: the loader, if
    permissions apply: records without access are rejected, and nothing about them is revealed. bounds: limits of the
    load.
    """

    def __init__(
        self,
        model: Model,
        store: Store | None,
        today: datetime.date,
        matches: SourceMatches | None = None,
        progress: Progress = lambda what, count: None,
        actor: Actor | None = None,
        bounds: Bounds = Bounds(),  # noqa: B008 - it never changes
    ) -> None:
        self._model, self._store, self._matches, self.progress = model, store, matches, progress
        self._bounds, self.go_on = bounds, bounds.go_on
        self._lookup = Lookup(model, store, actor)
        self._leave = Leave(actor, self._lookup)
        self._context = Context(
            today=today,
            find=self._lookup.find,
            read=self._lookup.read,
            first_act=self._lookup.first_act,
            any_below=self._lookup.any_below,
        )
        self._heads: dict[str, Head] = {}
        self._before: dict[str, Document] = {}
        self._listed: set[tuple[str, str]] = set()
        self._kept: set[tuple[str, str]] = set()
        self._owners: set[tuple[str, str]] = set()
        self._added: dict[str, Document] = {}
        self._moved: dict[str, Head] = {}
        self.report = Report(bounds.problems)

    def changes(self, inputs: Input) -> Iterator[Planned]:
        """Check every input, in the order of the model's types, and yield the changes. Raises Stopped at its limits."""
        try:
            yield from self._changes(inputs)
        except Stopped as stopped:
            stopped.problems, stopped.found = list(self.report.problems), self.report.found
            raise

    def _changes(self, inputs: Input) -> Iterator[Planned]:
        self.report.untold = list(inputs.untold)
        coming = self._lookup.expect(map(self._resolved, self._bounds.counted(inputs.outline())))
        for name in (name for name in (*self._model, "") if name in coming):
            numbers = count(1)
            for located in self._looked_up(name, self._in_order(name, inputs)):
                self.go_on()
                planned = self._one(located)
                del located  # free it before the next is read: each may take 50 MB
                if planned is not None:
                    yield planned
                    self._remember(planned)
                    del planned
                if next(numbers) % PAGE == 0:
                    self.progress("checking", self.report.counts["read"])
            self.progress("checking", self.report.counts["read"])
        if inputs.brings_records and not (self.report.counts["read"] or self.report.problem_counts):
            self.report.tell([nothing_read()], "")
        if self._store is not None:
            found = absent(self._store, self._owners, self._listed, self._matches, self._lookup.is_seen)
            for name, record_id in found:
                self.report.change(f"{name}/{record_id}", "absent", [])

    def kept(self) -> list[tuple[str, str]]:
        """Return type and id of the inputs' records that are stored, changed or not."""
        return sorted(self._kept)

    def _in_order(self, name: str, inputs: Input) -> Iterator[Located]:
        chosen = (self._resolved(located) for located in inputs.of(name))
        kind = self._model.get(name)
        if kind is None or not kind.refers_to_itself:
            return chosen
        return iter(parents_first(kind, self._bounds.held(chosen)))

    def _resolved(self, located: Located) -> Located:
        return self._matches.resolve(located) if self._matches else located

    def _looked_up(self, name: str, chosen: Iterator[Located]) -> Iterator[Located]:
        """Yield the inputs after their stored records were read.

        If none are stored, only one input is in memory at a time.
        """
        if self._store is None or name not in self._model:
            yield from chosen
            return
        for batch in batches(chosen):
            ids = [key[1] for located in batch if (key := record_key(self._model, located)) is not None]
            self._lookup.prepare(name, ids)
            heads = self._store.heads(name, ids)
            public = {i: as_public(head) for i, head in heads.items() if self._lookup.sees_only_public(head)}
            reached = [i for i, head in heads.items() if self._lookup.sees_newest(head)]
            self._heads = heads | public | self._moved
            self._before = self._store.documents(name, reached) | self._in_version(name, public) | self._added
            batch.reverse()
            while batch:
                yield batch.pop()

    def _in_version(self, name: str, heads: Mapping[str, Head]) -> dict[str, Document]:
        """Return the documents of records by id, in the versions of these heads."""
        if self._store is None or not heads:
            return {}
        rows = self._store.bodies([(name, record_id, head.version) for record_id, head in heads.items()])
        return {record_id: whole_document(self._model[name], row) for (_, record_id, _), row in rows.items()}

    def _remember(self, planned: Planned) -> None:
        """Cache the planned record of a source, because another file may add to it."""
        if self._matches is None or not self._matches.adds:
            return
        head = msgspec.structs.replace(planned.head, state=planned.action.to_state, version=planned.head.version + 1)
        self._added[head.record_id], self._moved[head.record_id] = document(planned.record), head
        self._before[head.record_id], self._heads[head.record_id] = self._added[head.record_id], head

    def _one(self, located: Located) -> Planned | None:
        record_type = self._model.get(located.record_type)
        if located.problems and located.raw is None:
            self.report.tell(list(located.problems), "")
            return None
        # Records that an input only mentions are not among those it lists.
        self.report.counts["read"] += not located.proposed
        if record_type is None or not located.whole:
            self._reject(located, list(located.problems) or [located.at_cell(unrecognized(self._model, located.raw))])
            return None
        key = record_key(self._model, located)
        if key is not None and (beyond := self._leave.beyond(record_type, self._heads.get(key[1]), key[1], located)):
            self._reject(located, [*located.problems, *beyond])
            return None
        adds = self._matches is not None and self._matches.adds
        again = key is not None and key in self._listed and not (located.proposed or adds)
        if key is not None:
            self._note(record_type, key, located, self._before.get(key[1]))
        before = self._before.get(key[1]) if key else None
        checked = self._checked(located, record_type, before)
        self.report.counts["normalized"] += checked.normalized + located.normalized
        problems = bounded(chain(located.problems, map(located.at_cell, checked.problems)))
        if key is not None and again and not any(problem.code == "duplicate" for problem in located.problems):
            problems.append(located.at_cell(twice(*key) if key in self._kept else second(*key)))
        if checked.record is None or errors(located.problems):
            self._reject(located, problems)
            return None
        record_id = record_type.record_id_of(checked.record)
        if (record_type.name, record_id) in self._kept and not adds:
            reported = problems if again else [*problems, located.at_cell(twice(record_type.name, record_id))]
            self._reject(located, reported)
            return None
        head = self._heads.get(record_id) or Head(record_type=record_type.name, record_id=record_id)
        return self._difference(located, record_type, checked.record, before, head, problems)

    def _checked(self, located: Located, record_type: RecordType, before: Document | None) -> Checked:
        """Check an input. A partial input is checked merged into its stored record."""
        lost = [problem for problem in located.problems if problem.pointer]
        if (
            not before
            or located.covers is None
            or located.proposed
            or told_by_another(before, located.raw, located.covers)
        ):
            return check(record_type, _taken_in(located), self._context, lost)
        raw, unmatched = merged(record_type.shape, before, located.raw, located.covers)
        whole = check(record_type, raw, self._context, lost)
        if not located.covers.adds:
            return msgspec.structs.replace(whole, problems=(*whole.problems, *unmatched))
        alone = check(record_type, located.raw)
        if alone.record is not None:
            return whole
        # Faults of the input point to its own cells; the rules check the merged record.
        broken = [problem for problem in whole.problems if problem.code not in SHAPE_FAULTS]
        return msgspec.structs.replace(alone, problems=(*alone.problems, *broken))

    def _difference(
        self,
        located: Located,
        record_type: RecordType,
        record: Part,
        before: Document | None,
        head: Head,
        problems: list[Problem],
    ) -> Planned | None:
        """Return the planned change; None if the record does not change or cannot be stored."""
        fields = given_fields(record) if before is None else changed_fields(before, document(record))
        waits = head.state in record_type.saves.from_states - record_type.public_states - {record_type.saves.to_state}
        taken = [problem for problem in problems if problem.code == "id-taken"]  # saving would take it from its owner
        if taken and head.state in record_type.settled_states and not located.proposed:
            self._reject(located, taken)  # no other correction would help
            return None
        if before is not None and (located.proposed or not (fields or waits)):  # a returned record is loaded again
            self._kept.add((record_type.name, head.record_id))
            self.report.counts["unchanged"] += not located.proposed
            self.report.tell(problems, f"{record_type.name}/{head.record_id}")
            return None
        action = self._leave.action(record_type, located.proposed, bool(errors(problems)))
        if taken or action is None:
            self._reject(located, problems)
            return None
        if refused := self._leave.refusal(record_type, head, action):
            self._reject(located, [*problems, located.at_cell(refused)])
            return None
        if before is not None:
            differing = told_otherwise(record_type.shape, before, document(record), located.raw)
            problems = [*problems, *(located.at_cell(problem) for problem in differing)]
        outcome = "proposed" if located.proposed else "added" if before is None else "changed"
        return self._planned(Planned(record, head, action), outcome, fields or ["state"], problems)

    def _planned(self, planned: Planned, outcome: str, fields: list[str], problems: list[Problem]) -> Planned:
        head = planned.head
        self._kept.add((head.record_type, head.record_id))
        parent = getattr(planned.record, "parent_id", None)
        self._lookup.settle(head.record_type, head.record_id, planned.action.to_state, parent)
        self.report.change(f"{head.record_type}/{head.record_id}", outcome, fields)
        self.report.tell(problems, f"{head.record_type}/{head.record_id}")
        return planned

    def _reject(self, located: Located, problems: list[Problem]) -> None:
        key = record_key(self._model, located)
        if key is not None and key not in self._kept:
            self._lookup.forget(*key)
        self.report.reject(located, problems, "/".join(key) if key else located.record_type)
        self._bounds.check(self.report.refused, self.report.counts["read"])

    def _note(self, record_type: RecordType, key: tuple[str, str], located: Located, before: Document | None) -> None:
        """Remember that the input lists the record, stored or not, and the owner whose records it lists."""
        self._listed.add(key)
        if record_type.listed_whole:
            named = record_type.owner_of(located.record) if located.record else record_type.owner_named(located.raw)
            owner = named or record_type.owner_named(before or {})
            self._owners.add((record_type.name, owner))


def _taken_in(located: Located) -> Any:
    """Return the input to check, marked as normalized if nothing in it needs normalizing."""
    if located.record is not None:
        return Intake(None, record=located.record)
    return Intake(located.raw) if located.plain else located.raw
