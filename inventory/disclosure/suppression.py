"""Disclosure control: which figures of a quarter are suppressed, by rules a reader can state.

1. Collections are disjoint (the rule `collections-overlap` of feedback), so no published figure contains another. A
   total under another label is suppressed with its parts (`totals.py`).
2. A number of people below the threshold is not published.
3. A table of answers by overall score is published whole or not at all.
4. What was suppressed in one version does not follow from another (`linkage.py`).
5. Pools are made of published figures only (`inventory/scores/pools.py`).
"""

from collections.abc import Collection, Sequence
from typing import Any

from inventory.disclosure.linkage import linked_places, place_of
from inventory.disclosure.totals import totals

FEWEST = 10
"""A number of people below it is suppressed."""

Item = dict[str, Any]
ANSWERS = ("counts", "by_score", "reported_mean")
PEOPLE = ("respondents", "offered", "customers_at_point")


def suppressed(document: Item, earlier: Sequence[Item] = (), fewest: int = FEWEST) -> Item:
    """Return the public part of a quarter's document without the figures that are suppressed.

    earlier: the public parts of every version that was ever public. fewest: the threshold.
    """
    public = _collections_suppressed(document, earlier, fewest) if document.get("collections") else document
    if _is_few(document.get("customers"), fewest) or any(map(_is_withheld, (*earlier, public))):
        return {name: value for name, value in public.items() if name != "customers"}
    return public


def _collections_suppressed(document: Item, earlier: Sequence[Item], fewest: int) -> Item:
    """Apply rules 2 to 4 to the collections."""
    small = {**document, "collections": [_without_few(item, fewest) for item in document["collections"]]}
    versions = [*earlier, small]
    linked = linked_places(versions, by_score=False)
    bare = linked_places(versions, by_score=True) if any(map(_has_tables, small["collections"])) else linked
    shown = [_unlinked(item, linked, bare) for item in small["collections"]]
    for total, parts in totals(document["collections"]):
        if any(_hides(shown[part]) for part in parts):
            shown[total] = _without_figures(shown[total])
        elif any(_lost_tables(document["collections"][part], shown[part]) for part in parts):
            measures = [_without_tables(measure, _overalls(measure)) for measure in shown[total]["measures"]]
            shown[total] = {**shown[total], "measures": measures}
    return {**small, "collections": shown}


def _is_withheld(public: Item) -> bool:
    """Whether any collection has a suppressed number, which the customers of the whole quarter could give away."""
    return any(map(_hides, public.get("collections", ())))


def _hides(collection: Item) -> bool:
    return any(part.get("withheld") for part in (collection, *collection.get("measures", ())))


def _without_few(collection: Item, fewest: int) -> Item:
    """Rules 2 and 3 within a collection."""
    given = collection.get("measures", ())
    hidden = [_is_small(measure, collection.get("respondents"), fewest) for measure in given]
    overalls = {measure["measure"] for measure, is_hidden in zip(given, hidden, strict=True) if is_hidden}
    measures = [
        _without_answers(measure)
        if is_hidden
        else _without_tables(measure, _bad_tables(measure, collection.get("respondents"), fewest) | overalls)
        for measure, is_hidden in zip(given, hidden, strict=True)
    ]
    shown = {**collection, "measures": measures} if measures else collection
    return _without_people(shown, [name for name in PEOPLE if _is_few(collection.get(name), fewest)])


def _is_small(measure: Item, respondents: int | None, fewest: int) -> bool:
    """Whether too few answered a measure. A mean without other answers counts its respondents, and needs them."""
    if (size := _size(measure)) or "reported_mean" not in measure:
        return _is_few(size, fewest)
    return respondents is None or respondents < fewest


def _size(measure: Item) -> int:
    """Return how many answered a measure: by its counts or, where it has none, by overall score at least."""
    tables = [sum(sum(row.get("counts", ())) for row in _rows(measure, overall)) for overall in _overalls(measure)]
    return max(sum(measure.get("counts", ())), *tables, 0)


def _answers(measure: Item, respondents: int | None) -> int | None:
    """Return how many answered a measure, by its counts. A mean without other answers counts its respondents."""
    counts = measure.get("counts", ())
    if "reported_mean" in measure and not any(counts):
        return respondents or 0
    return sum(counts) if counts else None


def _bad_tables(measure: Item, respondents: int | None, fewest: int) -> set[str]:
    """Return the overall scores by which a measure's answers are not published: a row, or what no row has, is few."""
    bad, answers = set(), _answers(measure, respondents)
    for overall in _overalls(measure):
        sizes = [sum(row.get("counts", ())) for row in _rows(measure, overall)]
        rest = 0 if answers is None else answers - sum(sizes)
        if rest < 0 or any(_is_few(size, fewest) for size in (*sizes, rest)):
            bad.add(overall)
    return bad


def _unlinked(collection: Item, linked: Collection[object], bare: Collection[object]) -> Item:
    """Rule 4 within a collection. linked: places without figures. bare: places without tables by score."""
    place, given = place_of(collection), collection.get("measures")
    if place in linked:
        return _without_figures(collection)
    if place not in bare or not given:
        return collection
    return {**collection, "measures": [_without_tables(measure, _overalls(measure)) for measure in given]}


def _lost_tables(given: Item, shown: Item) -> bool:
    """Whether a table by score of a collection is suppressed."""
    pairs = zip(given.get("measures", ()), shown.get("measures", ()), strict=True)
    return any(_overalls(whole) != _overalls(public) for whole, public in pairs)


def _without_figures(collection: Item) -> Item:
    shown = _without_people(collection, [name for name in PEOPLE if name in collection])
    measures = [_without_answers(m) if _has_answers(m) else m for m in collection.get("measures", ())]
    return {**shown, "measures": measures} if measures else shown


def _without_people(collection: Item, names: Collection[str]) -> Item:
    if not names:
        return collection
    return {name: value for name, value in collection.items() if name not in names} | {"withheld": True}


def _without_answers(measure: Item) -> Item:
    return {name: value for name, value in measure.items() if name not in ANSWERS} | {"withheld": True}


def _without_tables(measure: Item, overalls: Collection[str]) -> Item:
    rows = [row for row in measure.get("by_score", ()) if row["overall"] not in overalls]
    rest = {name: value for name, value in measure.items() if name != "by_score"}
    return rest | ({"by_score": rows} if rows else {})


def _has_tables(collection: Item) -> bool:
    return any(measure.get("by_score") for measure in collection.get("measures", ()))


def _has_answers(measure: Item) -> bool:
    return any(name in measure for name in ANSWERS)


def _overalls(measure: Item) -> set[str]:
    return {row["overall"] for row in measure.get("by_score", ())}


def _rows(measure: Item, overall: str) -> list[Item]:
    return [row for row in measure.get("by_score", ()) if row["overall"] == overall]


def _is_few(count: int | None, fewest: int) -> bool:
    return count is not None and 0 < count < fewest
