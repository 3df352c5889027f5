"""Agreements: checks of one row's cells against each other, even if not all of them are used."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from datapackage.crosswalks.functions.cell_forms import day_in
from datapackage.tables.cells import is_count
from inventory.codes import Measure

Given = Mapping[str, str]
"""The non-empty cells of a row, by column."""
POINTS = tuple(f"likert_scale_{point}" for point in range(1, 6))
MEASURES = dict(enumerate((measure for measure in Measure if measure is not Measure.OTHER), start=1))
"""Measures by the numbers of the circular's questions."""


class Disagreement(Struct, frozen=True):
    """A cell that another one contradicts, in words, and its value by that other one."""

    column: str
    told: str
    expected: str


def question_and_header(given: Given) -> Iterator[Disagreement]:
    """Check a question of the A-11 v1 template.

    Its answers add up, its number and name have the same measure, and its days are the survey's.
    """
    yield from _sum(given)
    yield from _measure(given)
    for column in ("start_date", "end_date"):
        own, of_all = day_in(given.get(column, "")), day_in(given.get(f"header {column}", ""))
        if own is not None and of_all is not None and own != of_all:
            yield Disagreement(column, "The header gives another day, and that was taken", of_all.isoformat())


def _sum(given: Given) -> Iterator[Disagreement]:
    volume = given.get("response_volume", "").replace(",", "")
    counts = [given.get(point, "").replace(",", "") for point in POINTS]
    if all(map(is_count, (volume, *counts))) and int(volume) != (total := sum(map(int, counts))):
        yield Disagreement("response_volume", "The answers do not add up to it; they were taken", str(total))


def _measure(given: Given) -> Iterator[Disagreement]:
    column = "standardized_question_identifier"
    name, number = given.get(column, "").strip().casefold(), given.get("standardized_question_number", "").strip()
    meant = MEASURES.get(int(number)) if is_count(number) else None
    if meant is not None and name != meant and name in MEASURES.values():
        yield Disagreement(column, "The question's number stands for another measure, and that was taken", meant)


AGREEMENTS: dict[str, Callable[[Given], Iterator[Disagreement]]] = {"question_and_header": question_and_header}
"""The checks of each row, by name."""
