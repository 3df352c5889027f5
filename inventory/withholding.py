"""What of a quarter's feedback is too little to be shown: answers of so few that they could be told apart.

Only what is published is ever added up, so no pool gives a withheld cell away. What could still be had by subtracting
is withheld in pairs: answers by overall score from a measure's own counts, and one cell from another that holds it, in
the same version or in any that was public before (`subtracting.py`).
"""

from collections.abc import Collection, Sequence
from typing import Any

from inventory.subtracting import Earlier, Search, name_of, row_name, size, total
from inventory.summing import Name

FEWEST = 10
"""A cell with fewer answers is withheld."""
MOST_STEPS = 500_000
"""After so many steps of looking for sums, what is not yet looked through is withheld: rather too much than too little.

They take some seconds at most, and a quarter is published while others wait for the ledger.
"""

Item = dict[str, Any]
ANSWERS = ("counts", "by_score", "reported_mean")


def withheld(
    document: Item, earlier: Sequence[Earlier] = (), fewest: int = FEWEST, most_steps: int = MOST_STEPS
) -> Item:
    """The public part of a quarter's document without answers of fewer than so many, nor what would give them away.

    earlier: every version that was made public before, oldest first. most_steps: after so many steps of looking for
    sums, cells that were not looked through are withheld too.
    """
    if not document.get("collections"):
        return document
    paired: set[Name] = set()
    search = Search(earlier, fewest, most_steps)
    while True:
        shown = {**document, "collections": [_collection(item, fewest, paired) for item in document["collections"]]}
        more = search.given_away(document, shown) - paired
        if not more:
            return shown
        paired |= more


def answers(measure: Item, respondents: int | None = None) -> int | None:
    """How many answered a question, or for a mean alone, how many answered the survey; None where nobody says."""
    if measure.get("counts") or measure.get("by_score"):
        return total(measure)
    return respondents if "reported_mean" in measure else None


def _collection(collection: Item, fewest: int, paired: Collection[Name]) -> Item:
    respondents, given = collection.get("respondents"), collection.get("measures", ())
    paired_here = [name_of(collection, measure) in paired for measure in given]
    hidden = [
        one_of_two or _is_few(answers(measure, respondents), fewest)
        for measure, one_of_two in zip(given, paired_here, strict=True)
    ]
    # The answers by a score that is withheld would tell how many gave each of its points.
    overalls = {measure["measure"] for measure, is_hidden in zip(given, hidden, strict=True) if is_hidden}
    measures = [
        _without(measure) if is_hidden else _measure(collection, measure, overalls, fewest, paired)
        for measure, is_hidden in zip(given, hidden, strict=True)
    ]
    shown = {**collection, "measures": measures} if measures else collection
    # From whom a measure could be subtracted, those who answered it could be too.
    if _is_few(respondents, fewest) or (any(paired_here) and respondents is not None):
        return {name: value for name, value in shown.items() if name != "respondents"} | {"withheld": True}
    return shown


def _without(measure: Item) -> Item:
    return {name: value for name, value in measure.items() if name not in ANSWERS} | {"withheld": True}


def _measure(collection: Item, measure: Item, overalls: set[str], fewest: int, paired: Collection[Name]) -> Item:
    """A measure that is shown, with those of its answers by overall score that may be."""
    by_score = measure.get("by_score")
    if not by_score:
        return measure
    name = name_of(collection, measure)
    left = [row for row in by_score if row["overall"] not in overalls and row_name(name, row) not in paired]
    shown = _by_score(left, measure, fewest)
    rest = {name: value for name, value in measure.items() if name != "by_score"}
    return measure if shown == by_score else rest | ({"by_score": shown} if shown else {})


def _by_score(rows: list[Item], measure: Item, fewest: int) -> list[Item]:
    """The rows that may be shown: of each overall score those with enough answers, and what is left never alone."""
    shown: list[Item] = []
    for overall in {row["overall"]: None for row in rows}:
        given = [row for row in measure["by_score"] if row["overall"] == overall and size(row)]
        mine = sorted((row for row in rows if row["overall"] == overall and size(row) >= fewest), key=size)
        # What the shown rows leave of the measure's own counts is a cell too, and of one row alone it is that row.
        while mine and (0 < total(measure) - sum(map(size, mine)) < fewest or len(given) - len(mine) == 1):
            mine.pop(0)
        shown += mine + [row for row in rows if row["overall"] == overall and not size(row)]
    return [row for row in rows if row in shown]


def _is_few(count: int | None, fewest: int) -> bool:
    return count is not None and 0 < count < fewest
