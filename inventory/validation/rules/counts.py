"""Rules of a quarter's arithmetic: how its counts relate to each other (§280.10, .15)."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from inventory.codes import Measure, OfferedBasis, Origin, Scale
from inventory.problems import ERROR, WARNING
from inventory.records import Feedback, FeedbackCollection, FeedbackMeasure
from inventory.scores.statistics import mean_of
from inventory.validation.rules.rule import Breach, Context, rule

MEASURES = "collections.measures"
COARSEST = Decimal("0.05")
"""Largest difference between a mean of one decimal and the exact mean. Means have at least one decimal."""


@rule(
    "counts-shape",
    of=Feedback,
    severity=ERROR,
    clause="280.10",
    keeps=True,
    each=(MEASURES,),
    reads=(
        "origin",
        *(f"{MEASURES}.{name}" for name in ("measure", "scale", "asked", "counts", "reported_mean", "withheld")),
        f"{MEASURES}.by_score",
    ),
)
def counts_shape(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Counts have one figure per point of their scale, and counts by overall score are a part of them."""
    for pointer, collection, measure in _measures(feedback):
        counts, scale = measure.counts, measure.scale
        if counts and len(counts) != scale.size:
            message = f"{scale.label} has {scale.size} points; there are {len(counts)} counts"
            yield Breach(f"{pointer}/counts", value=list(counts), message=message, expected=_form(scale))
        elif not counts and measure.reported_mean is None and measure.asked is not False and not measure.withheld:
            yield Breach(
                f"{pointer}/counts",
                message=f"There are no answers on {measure.measure}, and nothing says that it was not asked",
                expected=f"{_form(scale)}; or asked: false where it was not asked",
                severity=WARNING if feedback.origin == Origin.HISTORICAL else None,
            )
        if measure.by_score:
            yield from _by_score(pointer, collection, measure)


@rule(
    "not-asked-as-zero",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    each=(MEASURES,),
    reads=(f"{MEASURES}.asked", f"{MEASURES}.counts"),
)
def not_asked_as_zero(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Not asked is not zero: where all counts are zero, the measure says whether it was asked."""
    for pointer, _, measure in _measures(feedback):
        if measure.counts and measure.asked is None and not any(measure.counts):
            message = "All counts are zero: was it not asked, or did nobody answer?"
            expected = "asked: false and no counts where it was not asked; asked: true where nobody answered"
            yield Breach(f"{pointer}/counts", value=list(measure.counts), message=message, expected=expected)


@rule(
    "not-asked-contradicted",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    each=(MEASURES,),
    reads=tuple(f"{MEASURES}.{name}" for name in ("asked", "counts", "reported_mean", "by_score")),
)
def not_asked_contradicted(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A question that was not asked has no answers."""
    for pointer, _, measure in _measures(feedback):
        if measure.asked is False and (measure.counts or measure.by_score or measure.reported_mean is not None):
            expected = "no counts, by_score or reported_mean; or asked: true"
            yield Breach(f"{pointer}/asked", value=False, expected=expected)


@rule(
    "counts-exceed-respondents",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    each=(MEASURES,),
    reads=("collections.respondents", f"{MEASURES}.counts"),
)
def counts_exceed_respondents(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """No question has more answers than the collection has respondents."""
    for pointer, collection, measure in _measures(feedback):
        if collection.respondents is not None and sum(measure.counts) > collection.respondents:
            message = f"{sum(measure.counts):,} answers of {collection.respondents:,} respondents"
            expected = f"counts that add up to at most {collection.respondents:,}"
            yield Breach(f"{pointer}/counts", value=list(measure.counts), message=message, expected=expected)


@rule(
    "respondents-exceed-offered",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    each=("collections",),
    reads=tuple(f"collections.{name}" for name in ("respondents", "offered", "offered_basis")),
)
def respondents_exceed_offered(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """No more answer a survey than were offered it; only of invitations is the number offered exact."""
    for at, collection in enumerate(feedback.collections):
        respondents, offered = collection.respondents, collection.offered
        if respondents is not None and offered is not None and respondents > offered:
            pointer, expected = f"/collections/{at}/respondents", f"at most the {offered:,} offered"
            severity = None if collection.offered_basis is OfferedBasis.INVITED else WARNING
            yield Breach(pointer, value=respondents, expected=expected, severity=severity)


@rule(
    "offered-exceed-customers",
    of=Feedback,
    severity=WARNING,
    clause="280.15",
    each=("collections",),
    reads=("customers", "collections.offered", "collections.customers_at_point"),
)
def offered_exceed_customers(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """No more are offered a survey than customers came by; where that is not known, than the service has customers."""
    for at, collection in enumerate(feedback.collections):
        at_point = collection.customers_at_point
        customers = feedback.customers if at_point is None else at_point
        if collection.offered is not None and customers is not None and collection.offered > customers:
            whose = "of the service" if at_point is None else "at this point"
            pointer, expected = f"/collections/{at}/offered", f"at most the {customers:,} customers {whose}"
            yield Breach(pointer, value=collection.offered, expected=expected)


@rule(
    "mean-contradicts-counts",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    each=(MEASURES,),
    reads=tuple(f"{MEASURES}.{name}" for name in ("scale", "counts", "reported_mean")),
)
def mean_contradicts_counts(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A reported mean lies on its scale, and is the rounded mean of the counts where there are any."""
    for pointer, _, measure in _measures(feedback):
        mean, scale = measure.reported_mean, measure.scale
        if mean is None:
            continue
        lowest, highest = scale.points[0], scale.points[-1]
        if not lowest <= mean <= highest:
            message = f"The mean {mean} is not on the scale {scale}"
            expected = f"from {lowest} to {highest}"
        elif len(measure.counts) == scale.size and not _rounds_to(mean, measure.counts, lowest):
            exact_mean = f"{mean_of(measure.counts, lowest):.4g}" if any(measure.counts) else "no mean"
            message = f"The mean is reported as {mean}; the counts give {exact_mean}"
            expected = "the mean of the counts, or only one of the two"
        else:
            continue
        yield Breach(f"{pointer}/reported_mean", value=str(mean), message=message, expected=expected)


def _measures(feedback: Feedback) -> Iterator[tuple[str, FeedbackCollection, FeedbackMeasure]]:
    """Yield every measure with its pointer and its collection."""
    for at, collection in enumerate(feedback.collections):
        for place, measure in enumerate(collection.measures):
            yield f"/collections/{at}/measures/{place}", collection, measure


def _form(scale: Scale) -> str:
    if scale.is_tick:
        return "2 counts: those offered it who did not tick, then those who did"
    return f"{scale.size} counts, of the points {scale.points[0]} to {scale.points[-1]}, lowest first"


def _rounds_to(mean: Decimal, counts: Sequence[int], lowest: int) -> bool:
    """Return whether the exact mean of the counts may be rounded to this mean."""
    exponent = mean.as_tuple().exponent
    slack = min(COARSEST, Decimal(5).scaleb(int(exponent) - 1))
    answers, total = sum(counts), sum((lowest + place) * count for place, count in enumerate(counts))
    return answers > 0 and abs(mean * answers - total) <= slack * answers


def _by_score(place: str, collection: FeedbackCollection, measure: FeedbackMeasure) -> Iterator[Breach]:
    """Yield problems of the counts by overall score of the measure at that place."""
    sums: dict[Measure, list[int]] = {}
    others = place.rpartition("/")[0]
    for at, row in enumerate(measure.by_score):
        pointer, counts = f"{place}/by_score/{at}", row.counts
        if not row.overall.is_overall:
            yield Breach(f"{pointer}/overall", str(row.overall), expected="an overall score: satisfaction or trust")
            continue
        if len(counts) != measure.scale.size:
            message = f"{measure.scale.label} has {measure.scale.size} points; there are {len(counts)} counts"
            yield Breach(f"{pointer}/counts", list(counts), message=message, expected=_form(measure.scale))
            continue
        scores = [m for m in collection.measures if m.measure is row.overall and m.counts]
        if scores and row.point not in _points(scores):
            message = f"{row.overall.label} has no point {row.point} on the scale it was asked on"
            expected = f"one of {_points(scores)}"
            yield Breach(f"{pointer}/point", row.point, message=message, expected=expected, beside=others)
        elif scores and sum(counts) > (most := _gave(scores, row.point)):
            message = f"{sum(counts):,} answers of those who gave {row.overall} {row.point}, which {most:,} gave"
            expected = f"at most {most:,} answers"
            yield Breach(f"{pointer}/counts", list(counts), message=message, expected=expected, beside=others)
        mine = sums.setdefault(row.overall, [0] * measure.scale.size)
        sums[row.overall] = [one + other for one, other in zip(mine, counts, strict=True)]
    for overall, total in sums.items():
        if len(measure.counts) == len(total) and any(a > b for a, b in zip(total, measure.counts, strict=True)):
            message = f"By {overall}, there are more answers than the measure itself has"
            expected = f"counts that add up to at most {list(measure.counts)}"
            yield Breach(f"{place}/by_score", total, message=message, expected=expected)


def _points(scores: Iterable[FeedbackMeasure]) -> list[int]:
    return sorted({point for score in scores for point in score.scale.points})


def _gave(scores: Iterable[FeedbackMeasure], point: int) -> int:
    """Return how many respondents chose that point of an overall score."""
    places = ((score.counts, point - score.scale.lowest) for score in scores)
    return sum(counts[place] for counts, place in places if 0 <= place < len(counts))
