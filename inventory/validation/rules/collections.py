"""Rules of a quarter's collections, held against each other: no customer counts twice (§280.15)."""

from collections.abc import Iterator

from inventory.disclosure.coverage import STATED, Coverage, coverage_of, overlapping
from inventory.problems import ERROR
from inventory.records import Feedback, FeedbackCollection
from inventory.validation.rules.rule import Breach, Context, rule

MEASURES = "collections.measures"


@rule(
    "collections-overlap",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    each=(MEASURES,),
    reads=(
        "collections.collection_id",
        *(f"collections.{name}" for name in STATED),
        f"{MEASURES}.measure",
        f"{MEASURES}.asked",
    ),
)
def collections_overlap(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Two collections that ask one measure with one survey count different customers, and say which."""
    collections = feedback.collections
    if len(collections) < 2:
        return
    asked = [{measure.measure for measure in item.measures if measure.asked is not False} for item in collections]
    seen = set()
    for first, second in overlapping([_coverage(item) for item in collections], asked):
        if second not in seen:
            seen.add(second)
            names = " and ".join(collections[at].collection_id for at in (first, second))
            common = ", ".join(sorted(asked[first] & asked[second]))
            yield Breach(
                f"/collections/{second}",
                value=collections[second].collection_id,
                message=f"The collections {names} may count the same customers: both ask {common}, "
                "and they state no different moment, transaction point, channel, unit or survey",
                expected="moment_id, transaction_point, channel or unit stated on both and different; "
                "or one collection, if one holds the answers of the other",
            )


def _coverage(collection: FeedbackCollection) -> Coverage:
    return coverage_of({name: getattr(collection, name) for name in STATED})
