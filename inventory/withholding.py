"""What of a quarter's feedback is too little to be shown: answers of so few that they could be told apart.

Only what is published is ever added up, so no total gives a withheld cell away; what can still be had by subtracting,
the answers by overall score from a measure's own counts, is withheld in pairs.
"""

from collections.abc import Iterable
from typing import Any

FEWEST = 10
"""A cell with fewer answers is withheld."""

Item = dict[str, Any]
ANSWERS = ("counts", "by_score", "reported_mean")


def withheld(document: Item, fewest: int = FEWEST) -> Item:
    """The public part of a quarter's document without answers of fewer than so many."""
    collections = document.get("collections")
    if not collections:
        return document
    return {**document, "collections": [_collection(item, fewest) for item in collections]}


def answers(measure: Item, respondents: int | None = None) -> int | None:
    """How many answered a question, or for a mean alone, how many answered the survey; None where nobody says."""
    counts = measure.get("counts")
    if counts:
        return sum(counts)
    return respondents if "reported_mean" in measure else None


def _collection(collection: Item, fewest: int) -> Item:
    respondents = collection.get("respondents")
    too_few = {
        measure["measure"]
        for measure in collection.get("measures", ())
        if _is_few(answers(measure, respondents), fewest)
    }
    measures = [_measure(measure, respondents, too_few, fewest) for measure in collection.get("measures", ())]
    shown = {**collection, "measures": measures} if measures else collection
    if _is_few(respondents, fewest):
        shown = {name: value for name, value in shown.items() if name != "respondents"} | {"withheld": True}
    return shown


def _measure(measure: Item, respondents: int | None, too_few: set[str], fewest: int) -> Item:
    if _is_few(answers(measure, respondents), fewest):
        return {name: value for name, value in measure.items() if name not in ANSWERS} | {"withheld": True}
    by_score = measure.get("by_score")
    if not by_score:
        return measure
    # The answers by a score that is withheld would tell how many gave each of its points.
    shown = _by_score([row for row in by_score if row["overall"] not in too_few], measure.get("counts", ()), fewest)
    rest = {name: value for name, value in measure.items() if name != "by_score"}
    return measure if shown == by_score else rest | ({"by_score": shown} if shown else {})


def _by_score(rows: list[Item], counts: Iterable[int], fewest: int) -> list[Item]:
    """The rows that may be shown: of each overall score those with enough answers, and what is left never alone."""
    shown: list[Item] = []
    for overall in sorted({row["overall"] for row in rows}):
        mine = sorted((row for row in rows if row["overall"] == overall), key=_size)
        while mine and _size(mine[0]) < fewest and _size(mine[0]) > 0:
            mine.pop(0)
        hidden = sum(counts) - sum(map(_size, mine))
        # What the shown rows leave of the measure's own counts is a cell too.
        while mine and 0 < hidden < fewest:
            hidden += _size(mine.pop(0))
        shown += mine
    order = [(row["overall"], row["point"]) for row in rows]
    return sorted(shown, key=lambda row: order.index((row["overall"], row["point"])))


def _size(row: Item) -> int:
    return sum(row.get("counts", ()))


def _is_few(count: int | None, fewest: int) -> bool:
    return count is not None and 0 < count < fewest
