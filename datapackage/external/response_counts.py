"""Counts of a survey's responses, one row a respondent, in one pass and constant memory.

The rows are those of the response upload of Touchpoints v2. Respondents' words (`question_4`) are only tested for
being empty. No message and no file ever holds them. Their identity (`external_id`) is not read at all.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from enum import StrEnum
from itertools import islice
from operator import itemgetter

import msgspec
from msgspec import Struct

from datapackage.formats.located import Opener
from datapackage.sheets.sheet import read_csv
from inventory.codes import Measure, Scale
from inventory.errors import Unreadable
from inventory.problems import ERROR, Problem
from inventory.records.registry import Document

ID, SCORE, WORDS = "external_id", "question_1", "question_4"
DRIVERS = ("effectiveness", "ease", "efficiency", "transparency", "humanity", "employee", "other")
SIDES = {"positive": (Scale.TICK_POSITIVE, 2), "negative": (Scale.TICK_NEGATIVE, 3)}
"""The scale and the question number of a driver, by the side on which it was ticked."""
TICKS = tuple(f"{side}_{driver}" for side in SIDES for driver in DRIVERS)
COUNTED = (SCORE, *TICKS)
COLUMNS = frozenset({ID, WORDS, *COUNTED})
NULL = "null"
TICK_FORM = f"1 where it was ticked, 0 where it was offered and not ticked, {NULL} where it was not offered"
MOST_LISTED = 100  # listed bad cells; further ones are only counted
MOST_PATTERNS = 50_000  # different rows held in memory for counting
LONGEST_SHOWN = 20  # characters of a bad cell, because a shifted row could show a respondent's words
PROGRESS = 1 << 16  # rows

Pattern = tuple[str, ...]
"""The counted cells of a row."""
Sink = Callable[[int, Sequence[tuple[str, str]]], None]
"""A receiver of rejected rows: the row's number, and its bad columns with the part of their cells that may be shown."""


class SurveyType(StrEnum):
    """The answer scale of `question_1`, which the file does not state."""

    THUMBS = "thumbs"
    LIKERT = "likert"
    STARS = "stars"

    @property
    def scale(self) -> Scale:
        """Return its scale."""
        return {"thumbs": Scale.THUMBS_2, "likert": Scale.LIKERT_5, "stars": Scale.STARS_5}[self.value]


class Tally(Struct, kw_only=True):
    """The counts of a file's rows.

    respondents: rows that answer at least one question. unanswered: rows that answer none. left_out: rows with a bad
    cell, counted in nothing else. bad: the number of bad cells by column. scores: the number of respondents by
    point. ticks: by point of the score (empty: none given) and column, how many did not tick and how many did, of
    those offered it.
    """

    rows: int = 0
    respondents: int = 0
    unanswered: int = 0
    left_out: int = 0
    bad: Counter[str] = msgspec.field(default_factory=Counter)
    scores: Counter[str] = msgspec.field(default_factory=Counter)
    ticks: dict[str, list[list[int]]] = msgspec.field(default_factory=dict)
    listed: list[Problem] = msgspec.field(default_factory=list)

    def add(self, pattern: Pattern, count: int) -> None:
        """Add respondents who answered alike."""
        point = "" if pattern[0] == NULL else pattern[0]
        self.respondents += count
        self.scores[point] += count
        ticks = self.ticks.setdefault(point, [[0, 0] for _ in TICKS])
        for sums, cell in zip(ticks, pattern[1:], strict=True):
            if cell != NULL:
                sums[cell == "1"] += count


class _Reading:
    """The reading of one file."""

    def __init__(self, name: str, survey_type: SurveyType, header: Sequence[str], sink: Sink | None) -> None:
        self.tally = Tally()
        self._name, self._sink = name, sink
        self._width, self._words = len(header), header.index(WORDS)
        self.pattern_of = itemgetter(*(header.index(column) for column in COUNTED))
        self._points = frozenset({*map(str, survey_type.scale.points), "", NULL})
        points = survey_type.scale.points
        every = f"{points[0]} or {points[-1]}" if len(points) == 2 else f"{points[0]} to {points[-1]}"
        self._score_form = f"{every} (--survey-type {survey_type}), or empty where it was not answered"

    def read(self, rows: Iterator[tuple[int, Sequence[str]]], progress: Callable[[str, int], None]) -> Tally:
        """Count every row."""
        known: dict[Pattern, int] = {}
        pattern_of, width, tally = self.pattern_of, self._width, self.tally
        for number, row in rows:
            if len(row) == width:
                pattern = pattern_of(row)
                if pattern in known:
                    known[pattern] += 1
                elif self._is_to_be_kept(number, row, pattern):
                    known[pattern] = 1
            elif any(row):
                self._refuse(number, [("", f"({len(row)} cells)", f"{width} cells, text with commas in quotes")])
            if len(known) >= MOST_PATTERNS:
                self._fold(known)
            if number % PROGRESS == 0:
                progress("counting responses", number)
        self._fold(known)
        tally.rows = tally.respondents + tally.unanswered + tally.left_out
        return tally

    def _fold(self, known: dict[Pattern, int]) -> None:
        for pattern, count in known.items():
            self.tally.add(pattern, count)
        known.clear()

    def _is_to_be_kept(self, number: int, row: Sequence[str], pattern: Pattern) -> bool:
        """Judge a row. Return True if all rows with the same pattern may be counted alike; count any other row here."""
        faults = list(self._faults(row, pattern))
        if faults:
            self._refuse(number, faults)
            return False
        if pattern[0] not in ("", NULL) or "1" in pattern:
            return True
        if row[self._words].strip() not in ("", NULL):
            self.tally.add(pattern, 1)
        else:
            self.tally.unanswered += 1
        return False

    def _faults(self, row: Sequence[str], pattern: Pattern) -> Iterator[tuple[str, str, str]]:
        for column, cell in zip(COUNTED, pattern, strict=True):
            fine = cell in self._points if column == SCORE else cell in ("0", "1", NULL)
            if not fine:
                form = self._score_form if column == SCORE else TICK_FORM
                yield column, _shown(cell, row[self._words]), form

    def _refuse(self, number: int, faults: Sequence[tuple[str, str, str]]) -> None:
        self.tally.left_out += 1
        self.tally.bad.update(column for column, _, _ in faults)
        for column, value, expected in faults[: MOST_LISTED - len(self.tally.listed)]:
            message = f"{column} cannot be read" if column else "The row has not the cells of the header"
            code = "unknown-code" if column else "wrong-type"
            problem = Problem(
                code=code,
                severity=ERROR,
                message=message,
                value=value,
                expected=expected,
                file=self._name,
                row=number,
                field=column or None,
            )
            self.tally.listed.append(problem)
        if self._sink is not None:
            self._sink(number, [(column, value) for column, value, _ in faults])


def _shown(cell: str, words: str) -> str:
    """Return the part of a bad cell that may be shown: nothing that could be a respondent's words."""
    if cell and cell.strip() == words.strip():
        return "(not shown: it is what question_4 says)"
    return cell if len(cell) <= LONGEST_SHOWN else f"(a text of {len(cell):,} characters)"


def counted(
    opener: Opener,
    name: str,
    survey_type: SurveyType,
    sink: Sink | None = None,
    progress: Callable[[str, int], None] = lambda what, count: None,
) -> Tally:
    """Count the responses of a CSV file. Raises Unreadable if it is not a response upload, or has no responses."""
    with closing(read_csv(opener, name)) as rows:
        header = next((row for _, row in islice(rows, 1)), ())
        _check_header(name, header)
        tally = _Reading(name, survey_type, header, sink).read(rows, progress)
    if not tally.rows:
        raise Unreadable(f"{name} holds no response below its header")
    return tally


def _check_header(name: str, header: Sequence[str]) -> None:
    """Raise Unreadable for a header of other columns. It may be a response instead, so little of it is shown."""
    given = set(header)
    missing = [column for column in (ID, *COUNTED, WORDS) if column not in given]
    if len(missing) > len(COLUMNS) // 2:
        raise Unreadable(
            f"{name} is no response upload: its first row does not name the columns {ID}, {SCORE} and so on"
        )
    twice = sorted({column for column in header if column in COLUMNS and header.count(column) > 1})
    more = [column if len(column) <= LONGEST_SHOWN else "(a long name)" for column in header if column not in COLUMNS]
    faults = [("lacks", missing), ("has twice", twice), ("has besides", more)]
    description = "; ".join(f"it {verb} {', '.join(map(repr, columns))}" for verb, columns in faults if columns)
    if description:
        raise Unreadable(f"{name} has not the {len(COLUMNS)} columns of a response upload: {description}")


def measures(tally: Tally, survey_type: SurveyType) -> list[Document]:
    """Return the counts as measures of a collection: trust, and each driver as ticked or not by those offered it."""
    scale = survey_type.scale
    counts = [tally.scores[str(point)] for point in scale.points]
    trust: Document = {"measure": str(Measure.TRUST), "scale": str(scale), "question": 1, "counts": counts}
    if tally.left_out:
        trust["note"] = (
            f"Of the {tally.rows:,} rows of the response file {tally.left_out:,} could not be read; no figure of this "
            "collection holds them."
        )
    if not any(counts):
        trust["asked"] = True
    return [trust, *(_driver(tally, scale, place) for place in range(len(TICKS)))]


def _driver(tally: Tally, scale: Scale, place: int) -> Document:
    side, _, driver = TICKS[place].partition("_")
    ticks, question = SIDES[side]
    measure: Document = {"measure": driver, "scale": str(ticks), "question": question}
    by_point = {point: sums[place] for point, sums in tally.ticks.items() if any(sums[place])}
    if not by_point:
        return {**measure, "asked": False}
    measure["counts"] = [sum(sums[ticked] for sums in by_point.values()) for ticked in (0, 1)]
    trust = str(Measure.TRUST)
    rows = [
        {"overall": trust, "point": point, "counts": by_point[str(point)]}
        for point in scale.points
        if str(point) in by_point
    ]
    return {**measure, "by_score": rows} if rows else measure
