"""Settling: what another system means by what its rows hold, said in our words once they are gathered."""

from collections.abc import Callable
from typing import Any

Item = dict[str, Any]
Origins = dict[str, tuple[int, str]]
"""By JSON pointer, the row and column that a value came from."""


def quarter(document: Item, origins: Origins) -> None:
    """A quarter of feedback: five zeros say that a question was not asked, and a measure without a figure says nothing.

    What no collection tells a figure of stands under not measured, for the source is silent.
    """
    collections = document.get("collections", [])
    silent: dict[str, None] = {}
    for index, collection in enumerate(collections):
        for measure in collection.get("measures", []):
            if measure.get("counts") and not any(measure["counts"]):
                del measure["counts"]
                measure["asked"] = False
        for measure in _take_out_silent(collection, f"/collections/{index}/measures", origins):
            silent[measure] = None
    told = {item.get("measure") for each in collections for item in each.get("measures", [])}
    reasons = [{"measure": measure, "reason": "source_silent"} for measure in silent if measure not in told]
    if reasons:
        document.setdefault("not_measured", []).extend(reasons)


def _take_out_silent(collection: Item, pointer: str, origins: Origins) -> list[str]:
    """Take out the measures without any figure; say which they were, and where the others now stand."""
    before = collection.get("measures", [])
    kept = [index for index, item in enumerate(before) if _says(item)]
    if len(kept) == len(before):
        return []
    places = {f"{pointer}/{old}": f"{pointer}/{new}" for new, old in enumerate(kept)}
    below = {known: origins.pop(known) for known in list(origins) if known.startswith(f"{pointer}/")}
    for known, origin in below.items():
        item = "/".join(known.split("/")[:5])
        if item in places:
            origins[places[item] + known[len(item) :]] = origin
    collection["measures"] = [before[index] for index in kept]
    return [item["measure"] for item in before if not _says(item) and "measure" in item]


def _says(item: Item) -> bool:
    return any(name in item for name in ("counts", "reported_mean", "asked"))


SETTLED: dict[str, Callable[[Item, Origins], None]] = {"quarter": quarter}
"""Ways to settle what was gathered, by name. Each changes a document and its origins in place."""
