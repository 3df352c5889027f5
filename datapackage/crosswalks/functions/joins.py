"""Joins: one table made of several that form a record only together."""

from collections.abc import Callable, Iterator, Sequence

from slugify import slugify

from datapackage.crosswalks.functions.cell_forms import day_in
from datapackage.formats.located import Place
from datapackage.sheets.sheet import Grid, Numbered, in_blocks
from inventory.calendar.fiscal import period_of
from inventory.errors import Unreadable

HEADER_HAS, QUESTIONS_HAVE = "transaction_point", "standardized_question_number"
DERIVED = ("quarter's year", "quarter", "collection", "question")


def header_and_questions(grids: Sequence[Grid]) -> Grid:
    """Return one row a question, preceded by the header's values, the quarter of its last day, and ids.

    The source has a block of one header row and a block of questions. Only their being given together connects them.
    Raises Unreadable unless there is one of each.
    """
    headers = [grid for grid in grids if HEADER_HAS in grid.header]
    questions = [grid for grid in grids if QUESTIONS_HAVE in grid.header]
    if len(grids) != 2 or len(headers) != 1 or len(questions) != 1:
        raise Unreadable(
            f"Give two tables: the header, with a column {HEADER_HAS}, and its questions, with {QUESTIONS_HAVE}"
        )
    [header], [asked] = headers, questions
    rows = list(header.read())
    if len(rows) != 1:
        raise Unreadable(f"{header.name} holds {len(rows)} rows below its header; it is one submission, in one row")
    [(number, row)] = rows
    names = tuple(f"header {name}" if name in asked.header else name for name in header.header)
    return Grid(
        file=asked.file,
        sheet=asked.sheet,
        header=(*DERIVED, *names, *asked.header),
        given=lambda: in_blocks(_joined(header, row, asked)),
        elsewhere=_elsewhere(header, number, names, asked),
    )


def _elsewhere(header: Grid, number: int, names: Sequence[str], asked: Grid) -> dict[str, Place]:
    """Return the places of the header's columns and of derived columns."""
    places = {name: header.place(number, column) for name, column in zip(names, header.header, strict=True)}
    own = Place(asked.sheet, None, QUESTIONS_HAVE, asked.file)
    derived = (header.place(number, "end_date"),) * 2, (header.place(number, HEADER_HAS), own)
    return places | dict(zip(DERIVED, (place for pair in derived for place in pair), strict=True))


def _joined(header: Grid, shared: Sequence[str], asked: Grid) -> Iterator[Numbered]:
    row = [*shared, *([""] * (len(header.header) - len(shared)))][: len(header.header)]
    values = dict(zip(header.header, row, strict=True))
    of_all = (
        *_period(values.get("end_date", "")),
        slugify(f"{values[HEADER_HAS]} {values.get('mode', '')}", max_length=80),
    )
    yield 1, ()
    for number, question in asked.read():
        own = dict(zip(asked.header, question, strict=False))
        yield number, [*of_all, own[QUESTIONS_HAVE], *row, *question]


def _period(end: str) -> tuple[str, str]:
    day = day_in(end)
    if day is None:
        return "", ""
    period = period_of(day)
    return str(period.fiscal_year), str(period.quarter)


JOINS: dict[str, Callable[[Sequence[Grid]], Grid]] = {"header_and_questions": header_and_questions}
