"""Prefilled drafts of quarters, so that nothing is typed twice, as pure functions of documents.

A draft holds the expected collections, measures and indicators, never a figure. A measure without counts is still
undecided: neither zero nor not asked. Validation reports the figures to fill in.
"""

from collections.abc import Iterable, Iterator

from inventory.calendar.fiscal import Period
from inventory.codes import QuestionKind, Scale
from inventory.records.registry import Document

LASTING = (
    "collection_id",
    "moment_id",
    "transaction_point",
    "measurement_point",
    "channel",
    "unit",
    "instrument_id",
    "survey_title",
    "omb_control_number",
    "federal_register_url",
    "offered_basis",
)
"""Fields of a collection that stay from quarter to quarter. Its days and figures do not."""
ASKED = ("measure", "scale", "question", "statement")
"""Fields of a measure that stay: the question, not the answers."""
COUNTED = ("name", "unit", "direction", "target")
"""Fields of an indicator that stay: the target, not the value."""


def prefilled(
    designation: Document, quarter: Period, instruments: Iterable[Document], earlier: Document | None
) -> Document:
    """Return a draft quarter of a designated service.

    instruments: the service's surveys, each of which becomes a collection. Without surveys, the collections of an
    earlier quarter are repeated. A collection of an earlier quarter that used a survey keeps its id and place.
    """
    draft: Document = {
        "provider_id": designation["provider_id"],
        "service_id": designation["service_id"],
        "fiscal_year": quarter.fiscal_year,
        "quarter": quarter.quarter,
    }
    before = list((earlier or {}).get("collections", ()))
    surveys = list(instruments)
    collections = [one for survey in surveys for one in _surveyed(survey, before)] if surveys else _again(before)
    if collections:
        draft["collections"] = collections
    if earlier is not None and "indicators" in earlier:
        draft["indicators"] = [_of(one, COUNTED) for one in earlier["indicators"]]
    if earlier is not None and "contact" in earlier:
        draft["contact"] = earlier["contact"]
    return draft


def _again(before: Iterable[Document]) -> list[Document]:
    return [_with_measures(_of(one, LASTING), (_of(m, ASKED) for m in one.get("measures", ()))) for one in before]


def _surveyed(survey: Document, before: Iterable[Document]) -> Iterator[Document]:
    used = [_of(one, LASTING) for one in before if one.get("instrument_id") == survey["instrument_id"]]
    own = _of(survey, ("measurement_point", "channel", "instrument_id"))
    for one in used or [{"collection_id": survey["instrument_id"]}]:
        yield _with_measures({**own, **one}, _questions(survey))


def _questions(survey: Document) -> Iterator[Document]:
    """Yield a measure for each rating, and for each driver that a tapping or a choice offers."""
    for question in survey.get("questions", ()):
        asked = {"question": question["number"], "statement": question["statement"]}
        if question["kind"] == QuestionKind.RATING and "measure" in question and "scale" in question:
            yield {"measure": question["measure"], "scale": question["scale"], **asked}
        elif question["kind"] in (QuestionKind.TAPPING, QuestionKind.MULTIPLE_CHOICE):
            drivers = dict.fromkeys(o["measure"] for o in question.get("options", ()) if "measure" in o)
            yield from ({"measure": driver, "scale": str(Scale.TICK), **asked} for driver in drivers)


def _with_measures(collection: Document, measures: Iterable[Document]) -> Document:
    found = list(measures)
    return {**collection, "measures": found} if found else collection


def _of(item: Document, names: Iterable[str]) -> Document:
    return {name: item[name] for name in names if name in item}
