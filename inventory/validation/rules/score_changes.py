"""The rule that a changed score is explained, because readers will ask why (§280.15)."""

from collections.abc import Iterator, Mapping, Sequence

from inventory.calendar.fiscal import Period
from inventory.codes import Measure, Scale
from inventory.problems import WARNING
from inventory.records import Feedback
from inventory.records.registry import Document
from inventory.scores.statistics import has_notably_shifted, mean_of
from inventory.validation.rules.rule import Breach, Context, rule

MEASURES, SCALES = {str(measure): measure for measure in Measure}, {str(scale): scale for scale in Scale}
Key = tuple[Measure, Scale]
Pools = dict[Key, list[int]]
"""Counts by measure and scale, added up over the collections of a quarter."""


@rule(
    "shifted",
    of=Feedback,
    severity=WARNING,
    clause="280.15",
    reads=(
        *("provider_id", "service_id", "fiscal_year", "quarter"),
        *(f"collections.measures.{name}" for name in ("measure", "scale", "asked", "counts", "note")),
    ),
)
def shifted(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A score that moved by more than chance and than a tenth of its scale is explained in a note of the measure."""
    before = Period(feedback.fiscal_year, feedback.quarter).previous
    earlier = context.read("feedback", f"{feedback.provider_id}/{feedback.service_id}/{before}")
    if earlier is None:
        return
    then = _pooled_then(earlier)
    now, pointers, noted = _pooled_now(feedback)
    for key, counts in now.items():
        measure, scale = key
        if key in then and key not in noted and has_notably_shifted(then[key], counts, scale.lowest):
            old, new = mean_of(then[key], scale.lowest), mean_of(counts, scale.lowest)
            movement = f"{measure.label} went from {old:.2f} in {before} to {new:.2f}"
            message = f"{movement}, more than chance alone would do: explain"
            yield Breach(pointers[key], value=round(new, 2), message=message, expected="a note that says why it moved")


def _pooled_now(feedback: Feedback) -> tuple[Pools, dict[Key, str], set[Key]]:
    """Return the pools of a quarter, the pointer where each begins, and the pools with a note."""
    answers: dict[Key, list[Sequence[int]]] = {}
    pointers: dict[Key, str] = {}
    noted = set()
    for at, collection in enumerate(feedback.collections):
        for place, measure in enumerate(collection.measures):
            key, counts = (measure.measure, measure.scale), measure.counts
            if measure.asked is False or not _has_mean(key[1], counts):
                continue
            if key in answers:
                answers[key].append(counts)
            else:
                answers[key], pointers[key] = [counts], f"/collections/{at}/measures/{place}/counts"
            if measure.note is not None:
                noted.add(key)
    return _added_up(answers), pointers, noted


def _pooled_then(earlier: Document) -> Pools:
    answers: dict[Key, list[Sequence[int]]] = {}
    for collection in earlier.get("collections", ()):
        for measure in collection.get("measures", ()):
            scale, counts = SCALES[measure["scale"]], measure.get("counts", ())
            if measure.get("asked") is not False and _has_mean(scale, counts):
                answers.setdefault((MEASURES[measure["measure"]], scale), []).append(counts)
    return _added_up(answers)


def _has_mean(scale: Scale, counts: Sequence[int]) -> bool:
    """Return whether counts have a mean. Ticks, empty counts and counts that do not fit their scale have none."""
    return len(counts) == scale.size and any(counts) and not scale.is_tick


def _added_up(answers: Mapping[Key, Sequence[Sequence[int]]]) -> Pools:
    return {key: [sum(point) for point in zip(*many, strict=True)] for key, many in answers.items()}
