"""Interpretation of another system's gathered rows in our terms."""

from collections.abc import Callable, Set
from typing import Any

Item = dict[str, Any]
Origins = dict[str, tuple[int, str]]
"""The row and column of a value, by JSON pointer."""
FIGURES = ("counts", "reported_mean")


def quarter(document: Item, origins: Origins, left_out: Set[str]) -> None:
    """Interpret a quarter of feedback: five zeros mean that a question was not asked.

    Measures without a figure in any collection become not measured, because the source is silent. Measures with two
    contradicting figures, given in left_out by their pointers, stay, and validation asks for their figure.
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
    measured = {item.get("measure") for each in collections for item in each.get("measures", [])}
    reasons = [
        {"measure": name, "reason": "source_silent", **note} for name, note in silent.items() if name not in measured
    ]
    if reasons:
        document.setdefault("not_measured", []).extend(reasons)


def published(document: Item, origins: Origins, left_out: Set[str]) -> None:
    """Interpret a quarter from a source that gives the reason for a missing figure in place of the question: it
    becomes the note.
    """
    for collection in document.get("collections", []):
        for measure in collection.get("measures", []):
            if "statement" in measure and not _says(measure):
                measure["note"] = measure.pop("statement")
    quarter(document, origins, left_out)


def _note(measure: Item) -> Item:
    return {"note": measure["note"]} if "note" in measure else {}


def _take_out_silent(collection: Item, pointer: str, origins: Origins, left_out: Set[str]) -> list[Item]:
    """Remove the measures without any figure, return them, and update the pointers of the others."""
    before = collection.get("measures", [])
    two = {index for index in range(len(before)) if not left_out.isdisjoint(f"{pointer}/{index}/{n}" for n in FIGURES)}
    remaining = [index for index, item in enumerate(before) if index in two or _says(item)]
    if len(remaining) == len(before):
        return []
    places = {f"{pointer}/{old}": f"{pointer}/{new}" for new, old in enumerate(remaining)}
    below = {known: origins.pop(known) for known in list(origins) if known.startswith(f"{pointer}/")}
    for known, origin in below.items():
        item = "/".join(known.split("/")[:5])
        if item in places:
            origins[places[item] + known[len(item) :]] = origin
    collection["measures"] = [before[index] for index in remaining]
    return [item for index, item in enumerate(before) if index not in remaining and "measure" in item]


def _says(item: Item) -> bool:
    return any(name in item for name in (*FIGURES, "asked"))


SETTLED: dict[str, Callable[[Item, Origins, Set[str]], None]] = {"quarter": quarter, "published": published}
"""Interpreters by name. Each changes a document and its origins in place."""
