"""Settling: what another system means by what its rows hold, said in our words once they are gathered."""

from collections.abc import Callable, Set
from typing import Any

Item = dict[str, Any]
Origins = dict[str, tuple[int, str]]
"""By JSON pointer, the row and column that a value came from."""
FIGURES = ("counts", "reported_mean")


def quarter(document: Item, origins: Origins, left_out: Set[str]) -> None:
    """A quarter of feedback: five zeros say that a question was not asked, and a measure without a figure says nothing.

    What no collection tells a figure of stands under not measured, for the source is silent; but not where it told two
    figures, which stand in left_out by their pointers: that measure stays, and checking asks for its figure.
    """
    collections = document.get("collections", [])
    silent: dict[str, Item] = {}
    for index, collection in enumerate(collections):
        for measure in collection.get("measures", []):
            if measure.get("counts") and not any(measure["counts"]):
                del measure["counts"]
                measure["asked"] = False
        for measure in _take_out_silent(collection, f"/collections/{index}/measures", origins, left_out):
            silent.setdefault(measure["measure"], {}).update(_note(measure))
    told = {item.get("measure") for each in collections for item in each.get("measures", [])}
    reasons = [
        {"measure": name, "reason": "source_silent", **note} for name, note in silent.items() if name not in told
    ]
    if reasons:
        document.setdefault("not_measured", []).extend(reasons)


def published(document: Item, origins: Origins, left_out: Set[str]) -> None:
    """A quarter of which another wrote why a figure is missing where the question would stand: that is the note."""
    for collection in document.get("collections", []):
        for measure in collection.get("measures", []):
            if "statement" in measure and not _says(measure):
                measure["note"] = measure.pop("statement")
    quarter(document, origins, left_out)


def _note(measure: Item) -> Item:
    return {"note": measure["note"]} if "note" in measure else {}


def _take_out_silent(collection: Item, pointer: str, origins: Origins, left_out: Set[str]) -> list[Item]:
    """Take out the measures without any figure; return them, and say where the others now stand."""
    before = collection.get("measures", [])
    two = {index for index in range(len(before)) if not left_out.isdisjoint(f"{pointer}/{index}/{n}" for n in FIGURES)}
    kept = [index for index, item in enumerate(before) if index in two or _says(item)]
    if len(kept) == len(before):
        return []
    places = {f"{pointer}/{old}": f"{pointer}/{new}" for new, old in enumerate(kept)}
    below = {known: origins.pop(known) for known in list(origins) if known.startswith(f"{pointer}/")}
    for known, origin in below.items():
        item = "/".join(known.split("/")[:5])
        if item in places:
            origins[places[item] + known[len(item) :]] = origin
    collection["measures"] = [before[index] for index in kept]
    return [item for index, item in enumerate(before) if index not in kept and "measure" in item]


def _says(item: Item) -> bool:
    return any(name in item for name in (*FIGURES, "asked"))


SETTLED: dict[str, Callable[[Item, Origins, Set[str]], None]] = {"quarter": quarter, "published": published}
"""Ways to settle what was gathered, by name. Each changes a document and its origins in place."""
