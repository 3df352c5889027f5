"""Loading: check every input, tell what it changes, then change it in one transaction."""

import datetime
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, Any

import msgspec
from msgspec import Struct

from datapackage.lookup import Lookup, record_key
from datapackage.readers import Input, Located
from datapackage.sources import SourceMatches, merged
from inventory.checking import Checked, check
from inventory.documents import changed_fields, document
from inventory.faults import SHAPE_FAULTS, shown
from inventory.lifecycle import Actor
from inventory.problems import ERROR, Problem, errors
from inventory.record_types import Document, Model, RecordType
from inventory.rules import Context
from inventory.store import Head, Store
from inventory.writing import Change, Clock, transaction

BATCH = 500
Progress = Callable[[str, int], None]


class Rejected(Struct, frozen=True, omit_defaults=True):
    """An input that could not be kept, as it came, with every problem."""

    raw: Any
    problems: list[Problem]
    record_type: str = ""
    file: str | None = None
    sheet: str | None = None
    row: int | None = None


class ChangeTold(Struct, frozen=True):
    """What a load does to one record, and to which of its fields."""

    record: str
    action: str
    fields: list[str]


class Report(Struct, kw_only=True):
    """What a load did, or would do. Counts: read, added, changed, unchanged, absent, rejected, normalized."""

    counts: dict[str, int]
    changes: list[ChangeTold]
    problem_counts: dict[str, int]
    problems: list[Problem]
    rejected: list[Rejected]


class Plan:
    """Checks inputs against the store and gathers the changes they ask for, without making any.

    matches: how the ids that another system gives are matched to records; None where inputs bear our own ids.
    """

    def __init__(
        self,
        model: Model,
        store: Store | None,
        today: datetime.date,
        matches: SourceMatches | None = None,
        progress: Progress = lambda what, count: None,
    ) -> None:
        self._model, self._store, self._matches, self._progress = model, store, matches, progress
        self._lookup = Lookup(model, store)
        self._context = Context(today=today, find=self._lookup.find)
        self._seen: dict[tuple[str, str], int] = {}
        self._owners: set[str] = set()
        self._number = 0
        self.counts: Counter[str] = Counter()
        self.report = Report(counts={}, changes=[], problem_counts={}, problems=[], rejected=[])

    def changes(self, inputs: Input) -> Iterator[Change]:
        """Check every input, in the order of the model's types, and yield the changes."""
        coming = self._lookup.expect(self._resolved(located) for located in inputs)
        for name in (name for name in (*self._model, "") if name in coming):
            chosen = inputs.of(name)
            while batch := [self._resolved(located) for located in islice(chosen, BATCH)]:
                yield from self._batch(batch)
                self._progress("checking", self.counts["read"])
        self._tell_absent()
        self._close()

    def _resolved(self, located: Located) -> Located:
        return self._matches.resolve(located) if self._matches else located

    def _batch(self, batch: list[Located]) -> Iterator[Change]:
        name = batch[0].record_type
        ids = [key[1] for located in batch if (key := record_key(self._model, located)) is not None]
        heads: dict[str, Head] = {}
        kept: dict[str, Document] = {}
        if self._store is not None and name in self._model:
            self._lookup.prepare(name, ids)
            heads, kept = self._store.heads(name, ids), self._store.documents(name, ids)
        for located in batch:
            change = self._one(located, heads, kept)
            if change is not None:
                yield change

    def _one(self, located: Located, heads: dict[str, Head], kept: dict[str, Document]) -> Change | None:
        self._number += 1
        record_type = self._model.get(located.record_type)
        if located.raw is None and located.problems:
            self._tell(list(located.problems), "")
            return None
        # What an input names in passing is not what it is a list of.
        self.counts["read"] += not located.proposed
        if record_type is None or not located.whole:
            self._reject(located, list(located.problems) or [located.at_cell(_unrecognized(self._model, located.raw))])
            return None
        key = record_key(self._model, located)
        before = kept.get(key[1]) if key else None
        raw, checked = self._checked(located, record_type, before)
        self.counts["normalized"] += checked.normalized + located.normalized
        problems = [*located.problems, *(located.at_cell(problem) for problem in checked.problems)]
        if checked.record is None or errors(located.problems):
            self._reject(located, problems)
            return None
        record_id = record_type.record_id_of(checked.record)
        if self._seen.setdefault((record_type.name, record_id), self._number) != self._number:
            self._reject(located, [*problems, _twice(record_type, record_id)])
            return None
        self._note_owner(record_type, raw)
        head = heads.get(record_id, Head(record_type=record_type.name, record_id=record_id))
        return self._difference(located, record_type, document(checked.record), before, head, problems)

    def _checked(self, located: Located, record_type: RecordType, before: Document | None) -> tuple[Any, Checked]:
        """The input, merged into what is kept where another system tells of it, and what checking finds."""
        lost = [problem for problem in located.problems if problem.pointer]
        if not before or not self._matches or located.proposed:
            return located.raw, check(record_type, located.raw, self._context, lost)
        raw = merged(record_type.shape, before, located.raw, self._matches.covers)
        alone, whole = check(record_type, located.raw), check(record_type, raw, self._context, lost)
        if alone.record is not None:
            return raw, whole
        # Faults of what came are told at its own cells; the rules are asked of the whole.
        broken = [problem for problem in whole.problems if problem.code not in SHAPE_FAULTS]
        return raw, msgspec.structs.replace(alone, problems=(*alone.problems, *broken))

    def _difference(
        self,
        located: Located,
        record_type: RecordType,
        after: Document,
        before: Document | None,
        head: Head,
        problems: list[Problem],
    ) -> Change | None:
        name = f"{record_type.name}/{head.record_id}"
        if before is not None and (located.proposed or after == before):
            self.counts["unchanged"] += not located.proposed
            self._tell(problems, name)
            return None
        taken = any(problem.code == "id-taken" for problem in problems)  # to save it would take it from its owner
        action = None if taken else _action(record_type, head, located.proposed, bool(errors(problems)))
        if action is None:
            self._reject(located, problems)
            return None
        fields = changed_fields(before or {}, after)
        told = "proposed" if located.proposed else "added" if before is None else "changed"
        self.counts[told] += 1
        self.report.changes.append(ChangeTold(name, told, fields))
        self._tell(problems, name)
        return Change(
            record_type=record_type.name,
            record_id=head.record_id,
            action=action,
            document=after,
            base_version=head.version,
        )

    def _reject(self, located: Located, problems: list[Problem]) -> None:
        self.counts["rejected"] += 1
        key = record_key(self._model, located)
        name = "/".join(key) if key else located.record_type
        self._tell(problems, name)
        place = {"file": located.file, "sheet": located.sheet, "row": located.row}
        self.report.rejected.append(Rejected(located.given or located.raw, problems, located.record_type, **place))  # type: ignore[arg-type]

    def _tell(self, problems: list[Problem], name: str) -> None:
        self.report.problems += [msgspec.structs.replace(problem, record=name or None) for problem in problems]

    def _note_owner(self, record_type: RecordType, raw: Document) -> None:
        if record_type.name == "service":
            self._owners.add(str(raw.get("organization_id")))

    def _tell_absent(self) -> None:
        if self._store is None or "service" not in self._model:
            return
        for head, known in self._store.all_documents("service"):
            if head.organization_id not in self._owners or ("service", head.record_id) in self._seen:
                continue
            if head.state in ("draft", "published") and (self._matches is None or self._matches.is_from(known)):
                self.counts["absent"] += 1
                self.report.changes.append(ChangeTold(f"service/{head.record_id}", "absent", []))

    def _close(self) -> None:
        names = ("read", "added", "changed", "unchanged", "absent", "rejected", "normalized")
        self.report.counts = {name: self.counts[name] for name in names}
        self.report.problem_counts = dict(sorted(Counter(p.code for p in self.report.problems).items()))


def load(store: Store, plan: Plan, inputs: Input, actor: Actor, now: Clock) -> Report:
    """Carry a plan out in one transaction: all of it is kept, or nothing. Raises Conflict where the store moved on."""
    with tempfile.TemporaryFile() as spool:
        for change in plan.changes(inputs):
            _spool(spool, change)
        spool.seek(0)
        with transaction(store, actor, now) as writer:
            changes = _spooled(spool)
            done = 0
            while batch := list(islice(changes, BATCH)):
                writer.append(batch)
                done += len(batch)
                plan._progress("writing", done)
    return plan.report


def preview(plan: Plan, inputs: Input) -> Report:
    """What a load would do. Changes nothing."""
    for _ in plan.changes(inputs):
        pass
    return plan.report


def _action(record_type: RecordType, head: Head, proposed: bool, has_errors: bool) -> str | None:
    """How to keep a record: saved; proposed, where saving would make faults public; None where it cannot be kept."""
    wanted = "propose" if proposed else "save"
    action = next(action for action in record_type.actions if action.name == wanted)
    if has_errors and action.to_state in record_type.public_states and not proposed:
        wanted = "propose"
    allowed = [a for a in record_type.actions if a.name == wanted and head.state in a.from_states]
    return wanted if allowed else None


def _unrecognized(model: Model, raw: Any) -> Problem:
    keys = "; ".join(f"{name}: {', '.join(field.name for field in kind.shape.key)}" for name, kind in model.items())
    return Problem(
        code="not-a-record",
        severity=ERROR,
        message="The input has the key of no kind of record",
        value=shown(raw),
        expected=f"an object with the key of its kind ({keys})",
    )


def _twice(record_type: RecordType, record_id: str) -> Problem:
    return Problem(
        code="duplicate",
        severity=ERROR,
        message=f"{record_type.name} {record_id} occurs twice in the input; the first is kept",
        value=record_id,
        expected="one of each",
    )


def _spool(spool: IO[bytes], change: Change) -> None:
    body = msgspec.msgpack.encode(change)
    spool.write(len(body).to_bytes(4, "big") + body)


def _spooled(spool: IO[bytes]) -> Iterator[Change]:
    while size := spool.read(4):
        yield msgspec.msgpack.decode(spool.read(int.from_bytes(size, "big")), type=Change)
