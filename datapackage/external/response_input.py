"""Files of responses as an input. They become the measures of one collection of a quarter, and nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from datapackage.crosswalks.definition import COUNTED
from datapackage.external.response_counts import SCORE, Sink, SurveyType, Tally, counted, measures
from datapackage.external.source_ids import SourceMatches
from datapackage.formats.located import Input, Located
from inventory.calendar.fiscal import Period, period
from inventory.errors import NotFound, Unreadable
from inventory.ledger.store import Store
from inventory.problems import ERROR, WARNING, Problem, Severity, errors
from inventory.records.registry import Document, Model, RecordType
from inventory.schema.scalars import Slug

FORM = "PROVIDER/SERVICE/2026-Q1/COLLECTION"
Progress = Callable[[str, int], None]


class Destination(Struct, frozen=True):
    """The collection of a quarter that takes the responses."""

    provider_id: str
    service_id: str
    period: Period
    collection_id: str


def destination(text: str) -> Destination:
    """Parse a destination. Raises Unreadable."""
    parts = text.split("/")
    if len(parts) != 4 or not all(parts):
        raise Unreadable(f"{text} does not say where the responses go; say it as --into {FORM}")
    quarter = period(parts[2])
    if quarter is None:
        raise Unreadable(f"{parts[2]} is no quarter of a fiscal year; one is written like 2026-Q1")
    try:
        msgspec.convert(parts[3], Slug)
    except msgspec.ValidationError as fault:
        raise Unreadable(f"{parts[3]} is no id of a collection; one is written like phone-survey") from fault
    return Destination(parts[0], parts[1], quarter, parts[3])


class ResponseOptions(Struct, frozen=True, kw_only=True):
    """The user's options for a file of responses. leave_out: load the good rows even if others are bad."""

    survey_type: SurveyType | None = None
    into: str | None = None
    leave_out: bool = False


class ResponseFile(Input):
    """A file of responses, read once however often its results are used.

    into: the collection it becomes; None: its rows are only checked.
    """

    def __init__(self, path: Path, survey_type: SurveyType, into: Destination | None, asked: ResponseOptions) -> None:
        self._path, self._survey_type, self._into, self._asked = path, survey_type, into, asked
        self._progress: Progress = lambda what, count: None
        self._sink: Sink | None = None
        self._located: list[Located] | None = None
        self.tally = Tally()

    @property
    def brings_records(self) -> bool:
        """Return whether the responses become a collection of a quarter, or are only checked."""
        return self._into is not None

    def watch(self, progress: Progress, sink: Sink | None) -> None:
        """Set the receivers of progress and of bad rows."""
        self._progress, self._sink = progress, sink

    def __iter__(self) -> Iterator[Located]:
        if self._located is None:
            self._located = list(self._read())
        return iter(self._located)

    def _read(self) -> Iterator[Located]:
        name, asked = self._path.name, self._asked
        self.tally = counted(lambda: self._path.open("rb"), name, self._survey_type, self._sink, self._progress)
        found = problems(self.tally, name, self._survey_type, leave_out=asked.leave_out)
        if found:
            yield Located(record_type="", raw=None, whole=False, file=name, problems=tuple(found))
        if self._into is not None and not errors(found):
            yield Located(record_type="feedback", raw=self._document(self._into), file=name)

    def _document(self, into: Destination) -> Document:
        collection = {
            "collection_id": into.collection_id,
            "respondents": self.tally.respondents,
            "measures": measures(self.tally, self._survey_type),
        }
        return {
            "provider_id": into.provider_id,
            "service_id": into.service_id,
            "fiscal_year": into.period.fiscal_year,
            "quarter": into.period.quarter,
            "collections": [collection],
        }


class ResponseMatches(SourceMatches):
    """A merge of response counts into stored quarters."""

    def __init__(self, store: Store | None, kind: RecordType) -> None:
        super().__init__(None, kind, "touchpoints")
        self._quarters = store

    def resolve(self, located: Located) -> Located:
        """Return the stored quarter with the responses merged in, or the responses alone if there is none."""
        raw = located.raw
        if self._quarters is None or not isinstance(raw, dict):
            return located
        before = self._quarters.newest(self._kind.name, self._kind.record_id(raw))
        return located if before is None else msgspec.structs.replace(located, raw=self._brought_into(before, raw))

    def _brought_into(self, before: Document, raw: Document) -> Document:
        """Return the stored quarter with the collection's respondents and measures replaced. Known wordings stay."""
        [new] = raw["collections"]
        stored = before.get("collections", [])
        same: Document = next((one for one in stored if one["collection_id"] == new["collection_id"]), {})
        worded = {(m["measure"], m["scale"]): m["statement"] for m in same.get("measures", ()) if "statement" in m}
        replaced = [_worded(measure, worded.get((measure["measure"], measure["scale"]))) for measure in new["measures"]]
        others = [one for one in stored if one is not same]
        return {**before, "collections": [*others, {**same, **new, "measures": replaced}]}


def _worded(measure: Document, statement: str | None) -> Document:
    return measure if statement is None else {**measure, "statement": statement}


def response_file(
    path: Path, model: Model, store: Store | None, asked: ResponseOptions
) -> tuple[ResponseFile, SourceMatches]:
    """Return a file of responses as input, and its merge into stored records.

    Without a store its rows are only checked, because the responses become a part of a stored quarter. Raises
    Unreadable, NotFound.
    """
    if asked.survey_type is None:
        raise Unreadable(f"Say how question_1 was asked: --survey-type {'|'.join(SurveyType)}; the file does not tell")
    if path.suffix != ".csv":
        raise Unreadable(f"{path.name} does not end in .csv; {COUNTED} reads that")
    if asked.into is None and store is not None:
        raise Unreadable(f"Say where the responses go: --into {FORM}")
    into = None if asked.into is None else destination(asked.into)
    if store is not None and into is not None:
        for name, record_id in (("provider", into.provider_id), ("service", into.service_id)):
            if not store.head(name, record_id).version:
                raise NotFound(f"There is no {name} {record_id}")
    goes = into if store is not None else None
    return ResponseFile(path, asked.survey_type, goes, asked), ResponseMatches(store, model["feedback"])


def problems(tally: Tally, name: str, survey_type: SurveyType, *, leave_out: bool) -> list[Problem]:
    """Return the problems of the rows. leave_out: bad rows are left out and do not prevent loading the others."""
    found = [msgspec.structs.replace(problem, severity=WARNING if leave_out else ERROR) for problem in tally.listed]
    if tally.left_out:
        found.insert(0, _summed_up(tally, name, WARNING if leave_out and tally.left_out < tally.rows else ERROR))
    given = {point for point, count in tally.scores.items() if point and count}
    if survey_type is not SurveyType.THUMBS and given == {"1"}:
        message = f"Every answer to {SCORE} is 1: the lowest point of {survey_type}, but thumbs up of thumbs"
        expected = "--survey-type thumbs, if that is what was asked"
        found.append(
            Problem(
                code="all-alike",
                severity=WARNING,
                message=message,
                value="1",
                expected=expected,
                file=name,
                field=SCORE,
            )
        )
    return found


def _summed_up(tally: Tally, name: str, severity: Severity) -> Problem:
    cells = tally.bad.total()
    where = ", ".join(f"{count:,} in {column}" for column, count in sorted(tally.bad.items()) if column)
    short = f"; {tally.bad['']:,} rows have too many cells or too few" if tally.bad[""] else ""
    listed = f"; the first {len(tally.listed)} are listed" if cells > len(tally.listed) else ""
    done = "no row is loaded" if severity is ERROR else "they are left out of every count"
    return Problem(
        code="rows-unreadable",
        severity=severity,
        message=f"{tally.left_out:,} of {tally.rows:,} rows cannot be read, {done}. Bad cells: {where or 'none'}"
        f"{short}{listed}",
        value=tally.left_out,
        expected="a file whose every row can be read" + ("" if severity is WARNING else ", or --leave-out-bad-rows"),
        file=name,
    )


def told(tally: Tally) -> Document:
    """Return the figures on the rows read and rejected."""
    names = ("rows", "respondents", "unanswered", "left_out")
    bad = {column or "(row)": count for column, count in sorted(tally.bad.items())}
    return {**{name: getattr(tally, name) for name in names}, "bad_cells": bad}
