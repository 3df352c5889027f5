"""Planning a load: check every input against the store, and tell what it would change. Nothing is written."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from datapackage.lookup import Lookup, record_key
from datapackage.merging import merged
from datapackage.ordering import parents_first
from datapackage.readers import Input, Located
from datapackage.sources import SourceMatches
from inventory.checking import Checked, check
from inventory.documents import changed_fields, document
from inventory.faults import SHAPE_FAULTS, shown
from inventory.lifecycle import Action
from inventory.problems import ERROR, Problem, errors
from inventory.reading import PAGE, Head
from inventory.record_types import Document, Model, RecordType
from inventory.rules import Context
from inventory.store import Store
from inventory.writing import Change

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
    """What a load did, or would do. Counts: read, added, changed, unchanged, absent, rejected, normalized.

    untold: the tables, and columns as `table.column`, that the input does not hold: what is kept of them stays.
    """

    counts: dict[str, int]
    changes: list[ChangeTold]
    problem_counts: dict[str, int]
    problems: list[Problem]
    rejected: list[Rejected]
    untold: list[str] = []


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
        self._model, self._store, self._matches, self.progress = model, store, matches, progress
        self._lookup = Lookup(model, store)
        self._context = Context(
            today=today, find=self._lookup.find, read=self._lookup.read, first_act=self._lookup.first_act
        )
        self._listed: set[tuple[str, str]] = set()
        self._kept: set[tuple[str, str]] = set()
        self._owners: set[tuple[str, str]] = set()
        self.counts: Counter[str] = Counter()
        self.report = Report(counts={}, changes=[], problem_counts={}, problems=[], rejected=[])

    def changes(self, inputs: Input) -> Iterator[Change]:
        """Check every input, in the order of the model's types, and yield the changes."""
        self.report.untold = list(inputs.untold)
        coming = self._lookup.expect(self._resolved(located) for located in inputs)
        for name in (name for name in (*self._model, "") if name in coming):
            chosen = self._in_order(name, inputs)
            while batch := list(islice(chosen, PAGE)):
                yield from self._batch(batch)
                self.progress("checking", self.counts["read"])
        self._tell_absent()
        self._close()

    def kept(self) -> list[tuple[str, str]]:
        """The records that the inputs told of and that are kept, changed or not, by type and id."""
        return sorted(self._kept)

    def _in_order(self, name: str, inputs: Input) -> Iterator[Located]:
        chosen = (self._resolved(located) for located in inputs.of(name))
        kind = self._model.get(name)
        return iter(parents_first(kind, chosen)) if kind is not None and kind.refers_to_itself else chosen

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
        if key is not None:
            self._note(record_type, key, located, kept.get(key[1]))
        before = kept.get(key[1]) if key else None
        checked = self._checked(located, record_type, before)
        self.counts["normalized"] += checked.normalized + located.normalized
        problems = [*located.problems, *(located.at_cell(problem) for problem in checked.problems)]
        if checked.record is None or errors(located.problems):
            self._reject(located, problems)
            return None
        record_id = record_type.record_id_of(checked.record)
        if (record_type.name, record_id) in self._kept:
            self._reject(located, [*problems, located.at_cell(_twice(record_type, record_id))])
            return None
        head = heads.get(record_id, Head(record_type=record_type.name, record_id=record_id))
        return self._difference(located, record_type, document(checked.record), before, head, problems)

    def _checked(self, located: Located, record_type: RecordType, before: Document | None) -> Checked:
        """What checking finds; where an input tells of some fields alone, in what is kept with its facts brought in."""
        lost = [problem for problem in located.problems if problem.pointer]
        if not before or located.covers is None or located.proposed or not isinstance(located.raw, dict):
            return check(record_type, located.raw, self._context, lost)
        raw, unmatched = merged(record_type.shape, before, located.raw, located.covers)
        whole = check(record_type, raw, self._context, lost)
        if not located.covers.adds:
            return msgspec.structs.replace(whole, problems=(*whole.problems, *unmatched))
        alone = check(record_type, located.raw)
        if alone.record is not None:
            return whole
        # Faults of what came are told at its own cells; the rules are asked of the whole.
        broken = [problem for problem in whole.problems if problem.code not in SHAPE_FAULTS]
        return msgspec.structs.replace(alone, problems=(*alone.problems, *broken))

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
            self._kept.add((record_type.name, head.record_id))
            self.counts["unchanged"] += not located.proposed
            self._tell(problems, name)
            return None
        taken = any(problem.code == "id-taken" for problem in problems)  # to save it would take it from its owner
        action = _action(record_type, located.proposed, bool(errors(problems)))
        if taken or action is None:
            self._reject(located, problems)
            return None
        if head.state not in action.from_states:
            self._reject(located, [*problems, located.at_cell(_forbidden(head, action))])
            return None
        self._kept.add((record_type.name, head.record_id))
        self._lookup.settle(record_type.name, head.record_id, action.to_state)
        fields = changed_fields(before or {}, after)
        told = "proposed" if located.proposed else "added" if before is None else "changed"
        self.counts[told] += 1
        self.report.changes.append(ChangeTold(name, told, fields))
        self._tell(problems, name)
        return Change(
            record_type=record_type.name,
            record_id=head.record_id,
            action=action.name,
            document=after,
            base_version=head.version,
        )

    def _reject(self, located: Located, problems: list[Problem]) -> None:
        self.counts["rejected"] += 1
        key = record_key(self._model, located)
        if key is not None and key not in self._kept:
            self._lookup.forget(*key)
        self._tell(problems, "/".join(key) if key else located.record_type)
        place = {"file": located.file, "sheet": located.sheet, "row": located.row}
        self.report.rejected.append(Rejected(located.given or located.raw, problems, located.record_type, **place))  # type: ignore[arg-type]

    def _tell(self, problems: list[Problem], name: str) -> None:
        self.report.problems += [msgspec.structs.replace(problem, record=name or None) for problem in problems]

    def _note(self, record_type: RecordType, key: tuple[str, str], located: Located, before: Document | None) -> None:
        """Remember that the input lists the record, kept or not; and whose records it lists."""
        self._listed.add(key)
        if record_type.listed_whole:
            owner = record_type.owner_named(located.raw) or record_type.owner_named(before or {})
            self._owners.add((record_type.name, owner))

    def _tell_absent(self) -> None:
        if self._store is None:
            return
        for name in sorted({name for name, _ in self._owners}):
            states = self._model[name].saves.from_states
            for head, known in self._store.all_documents(name):
                is_listed = (name, head.record_id) in self._listed or (name, head.organization_id) not in self._owners
                if is_listed or head.state not in states or (self._matches and not self._matches.is_from(known)):
                    continue
                self.counts["absent"] += 1
                self.report.changes.append(ChangeTold(f"{name}/{head.record_id}", "absent", []))

    def _close(self) -> None:
        names = ("read", "added", "changed", "unchanged", "absent", "rejected", "normalized")
        self.report.counts = {name: self.counts[name] for name in names}
        self.report.problem_counts = dict(sorted(Counter(p.code for p in self.report.problems).items()))


def _action(kind: RecordType, proposed: bool, has_errors: bool) -> Action | None:
    """How to keep a record: saved, or proposed where it is only named or saving would make errors public."""
    return kind.proposes if proposed or (has_errors and kind.saves.checked) else kind.saves


def _unrecognized(model: Model, raw: Any) -> Problem:
    keys = "; ".join(f"{name}: {', '.join(field.name for field in kind.shape.key)}" for name, kind in model.items())
    return Problem(
        code="not-a-record",
        severity=ERROR,
        message="The input has the key of no kind of record",
        value=shown(raw),
        expected=f"an object with the key of its kind ({keys})",
    )


def _forbidden(head: Head, action: Action) -> Problem:
    starts = ", ".join(sorted(action.from_states - {""})) or "no record of that id"
    return Problem(
        code="state-forbids",
        severity=ERROR,
        message=f"It is {head.state}, and {action.name} does not start from there",
        value=head.state,
        expected=starts,
    )


def _twice(record_type: RecordType, record_id: str) -> Problem:
    return Problem(
        code="duplicate",
        severity=ERROR,
        message=f"{record_type.name} {record_id} occurs twice in the input; the first is kept",
        value=record_id,
        expected="one of each",
    )
