"""Rules of the wording and form of ratings, in surveys and in feedback (§280.10)."""

from collections.abc import Iterator

from msgspec import Struct

from inventory.codes import Measure, QuestionKind, Scale
from inventory.problems import WARNING
from inventory.records import Feedback, FeedbackCollection, Instrument
from inventory.validation.rules.baseline_statements import baseline, departs, is_on, measured_by
from inventory.validation.rules.rule import Breach, Context, rule

FIVE = 5
ICONS = (Scale.THUMBS_2, Scale.STARS_5)
RATED = ("questions", "collections.measures")
SCALES = (
    *(f"questions.{name}" for name in ("kind", "measure", "scale")),
    *(f"collections.measures.{name}" for name in ("measure", "scale", "asked")),
)
FORMS = (
    *SCALES,
    *("omb_approval", "questions.statement", "collections.instrument_id", "collections.measures.statement"),
)


class Rated(Struct, frozen=True):
    """A question that asked for a rating. approved: whether OMB agreed to its form; None if unknown."""

    pointer: str
    measure: Measure
    scale: Scale | None
    wording: str | None
    approved: bool | None


@rule("wording-departs", of=(Instrument, Feedback), severity=WARNING, clause="280.10", each=RATED, reads=FORMS)
def wording_departs(record: Instrument | Feedback, context: Context) -> Iterator[Breach]:
    """The wording of a rating is a baseline statement of the circular, up to names, or OMB has approved it."""
    for rated in _rated(record, context):
        wording, ticked = rated.wording, rated.scale is not None and rated.scale.is_tick
        if wording is None or ticked or rated.approved is not False:
            continue  # A tick is an option, and options may use any words.
        nearest = departs(rated.measure, wording)
        if nearest is not None:
            message = _departure(rated.measure, measured_by(wording))
            yield Breach(f"{rated.pointer}/statement", value=wording, message=message, expected=nearest.text)


@rule("iconography-unapproved", of=(Instrument, Feedback), severity=WARNING, clause="280.10", each=RATED, reads=FORMS)
def iconography_unapproved(record: Instrument | Feedback, context: Context) -> Iterator[Breach]:
    """Thumbs and stars need OMB's approval, but for the circular's own satisfaction question with five stars."""
    for rated in _rated(record, context):
        scale, measure = rated.scale, rated.measure
        if rated.approved is not False or scale is None or measure is Measure.OTHER:
            continue
        if scale in ICONS and not _is_circulars_own(rated):
            message = f"{scale.label} for {measure} need OMB's approval (omb_approval of the survey)"
            yield Breach(f"{rated.pointer}/scale", value=str(scale), message=message, expected=_without_icons(measure))


@rule("scale-not-preferred", of=(Instrument, Feedback), severity=WARNING, clause="280.10", each=RATED, reads=SCALES)
def scale_not_preferred(record: Instrument | Feedback, context: Context) -> Iterator[Breach]:
    """Trust, satisfaction and drivers are rated on five points, so that they compare across the government."""
    for rated in _rated(record, context):
        scale, measure = rated.scale, rated.measure
        if scale is None or scale.size == FIVE or measure is Measure.OTHER:
            continue
        if scale.is_tick and not measure.is_overall and isinstance(record, Feedback):
            continue  # Drivers may be ticked below a score.
        message = f"{scale.label} is not the five-point scale that the circular prefers"
        if scale.is_tick:
            message = f"{measure.label} is rated on points, not ticked"
        yield Breach(f"{rated.pointer}/scale", value=str(scale), message=message, expected="likert_5")


def _rated(record: Instrument | Feedback, context: Context) -> Iterator[Rated]:
    """Yield every rating that was asked for."""
    if isinstance(record, Instrument):
        approved = record.omb_approval is not None
        for index, question in enumerate(record.questions):
            if question.kind is QuestionKind.RATING and question.measure is not None:
                yield Rated(f"/questions/{index}", question.measure, question.scale, question.statement, approved)
        return
    for index, collection in enumerate(record.collections):
        approved_there = _approved(collection, context)
        for place, measure in enumerate(collection.measures):
            if measure.asked is not False:
                pointer = f"/collections/{index}/measures/{place}"
                yield Rated(pointer, measure.measure, measure.scale, measure.statement, approved_there)


def _approved(collection: FeedbackCollection, context: Context) -> bool | None:
    """Return whether OMB approved the form of the survey; None if the named survey cannot be read."""
    if collection.instrument_id is None:
        return False
    instrument = context.read("instrument", collection.instrument_id)
    return None if instrument is None else bool(instrument.get("omb_approval"))


def _departure(measure: Measure, other: Measure | None) -> str:
    if other is not None:
        return f"This is the circular's statement for {other}, not for {measure}"
    departure = f"This is none of the circular's statements for {measure}"
    if measure.is_overall:
        return (
            f"{departure}; only names may differ, and other wording needs OMB's approval (omb_approval of the survey)"
        )
    return f"{departure}; an agency may adjust it to its mission, but such figures compare less across the government"


def _is_circulars_own(rated: Rated) -> bool:
    """Return whether the circular itself uses stars for this question: to rate, not to agree with a statement."""
    agreeing = rated.wording is not None and is_on(Scale.LIKERT_5, rated.wording)
    return rated.measure is Measure.SATISFACTION and rated.scale is Scale.STARS_5 and not agreeing


def _without_icons(measure: Measure) -> str:
    stars = [statement for statement in baseline(measure) if statement.scale is Scale.STARS_5]
    return "likert_5" + "".join(f", or stars_5 under “{statement.text}”" for statement in stars)
