"""Rules of a quarter of feedback: it is complete, and contradicts neither itself nor the records it refers to."""

from collections.abc import Iterator
from decimal import Decimal

from inventory.calendar.designations import THIS_EDITION
from inventory.codes import Measure, NotMeasuredReason, Unit
from inventory.problems import ERROR, WARNING
from inventory.records import Feedback, FeedbackCollection, FeedbackMeasure
from inventory.validation.rules.rule import Breach, Context, rule

ENOUGH = 30
"""The number of respondents from which a score is taken to represent all customers."""
NEEDED = tuple(measure for measure in Measure if measure.is_overall or measure.is_driver)
REASONS = ", ".join(NotMeasuredReason)
MEASURES = "collections.measures"
ANSWERS = (f"{MEASURES}.measure", f"{MEASURES}.asked", f"{MEASURES}.counts", f"{MEASURES}.reported_mean")
TIMES_AND_COUNTS = (Unit.SECONDS, Unit.MINUTES, Unit.HOURS, Unit.DAYS, Unit.BUSINESS_DAYS, Unit.COUNT)


@rule(
    "collections-missing",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    reads=("collections.collection_id", "not_reported"),
)
def collections_missing(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A quarter has feedback, or says why it has none: not reported is not missing."""
    if not feedback.collections and feedback.not_reported is None:
        yield Breach("/collections", expected="at least one collection, or not_reported with its reason")


@rule(
    "not-reported-contradicted",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    reads=("collections.collection_id", "not_reported"),
)
def not_reported_contradicted(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A quarter that has feedback does not say that it has none; what it lacks stands in its gaps."""
    if feedback.collections and feedback.not_reported is not None:
        yield Breach("/not_reported", expected="no not_reported beside collections; gaps tell what is missing of them")


@rule(
    "measure-missing",
    of=Feedback,
    severity=ERROR,
    clause="280.10",
    since=THIS_EDITION,
    reads=(*ANSWERS, f"{MEASURES}.withheld", "not_measured.measure", "not_reported"),
)
def measure_missing(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Satisfaction, trust and each driver is measured, or the quarter says why it is not."""
    if feedback.not_reported is not None or not feedback.collections:
        return
    explained = {item.measure for item in feedback.not_measured}
    answered = {m.measure for c in feedback.collections for m in c.measures if _is_answered(m) or m.withheld}
    lacking = [measure for measure in NEEDED if measure not in answered and measure not in explained]
    named = {m.measure for c in feedback.collections for m in c.measures} if lacking else set()
    for measure in lacking:
        found = "has no answers in any collection" if measure in named else "is in no collection"
        message = f"{measure.label} {found}, and not_measured does not say why"
        expected = f"answers on {measure} in a collection, or {measure} in not_measured with its reason: {REASONS}"
        yield Breach("/collections", value=str(measure), message=message, expected=expected)


@rule(
    "not-measured-contradicted",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    each=(MEASURES, "not_measured"),
    reads=(*ANSWERS, "not_measured.measure"),
)
def not_measured_contradicted(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A measure that was answered is not said to be not measured; what is missing of it stands in the gaps."""
    if not feedback.not_measured:
        return
    answered = {m.measure for c in feedback.collections for m in c.measures if _is_answered(m)}
    for at, item in enumerate(feedback.not_measured):
        if item.measure in answered:
            message = f"{item.measure.label} is answered in a collection"
            expected = "only measures without answers; gaps tell of channels and moments without feedback"
            yield Breach(f"/not_measured/{at}/measure", value=str(item.measure), message=message, expected=expected)


@rule(
    "withheld-not-given",
    of=Feedback,
    severity=ERROR,
    clause="280.15",
    each=(MEASURES,),
    reads=("collections.withheld", f"{MEASURES}.withheld"),
)
def withheld_not_given(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """The inventory withholds what is too few to be shown; a provider reports all of it."""
    expected = "the answers, however few, and no word of withholding"
    for at, collection in enumerate(feedback.collections):
        if collection.withheld:
            yield Breach(f"/collections/{at}/withheld", value=True, expected=expected)
        for place, measure in enumerate(collection.measures):
            if measure.withheld:
                yield Breach(f"/collections/{at}/measures/{place}/withheld", value=True, expected=expected)


@rule("service-not-public", of=Feedback, severity=ERROR, clause="280.15", reads=("service_id",), keeps=True)
def service_not_public(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Feedback is published on services that the public can see."""
    known = context.find("service", feedback.service_id)
    if known is None or known.public_state is not None or known.state not in ("draft", "withdrawn"):
        return
    message = f"The service {feedback.service_id} is {known.state}: feedback on it cannot be published"
    yield Breach(
        "/service_id",
        value=feedback.service_id,
        message=message,
        expected="a published service",
        severity=None if context.action == "publish" else WARNING,
    )


@rule(
    "moment-unknown",
    of=Feedback,
    severity=WARNING,
    clause="280.14",
    each=("collections", "gaps"),
    reads=("service_id", "collections.moment_id", "gaps.moment_id"),
)
def moment_unknown(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A moment of the journey is one that the service's entry lists."""
    listed = [(f"/collections/{at}", item.moment_id) for at, item in enumerate(feedback.collections)]
    listed += [(f"/gaps/{at}", item.moment_id) for at, item in enumerate(feedback.gaps)]
    named = [(f"{pointer}/moment_id", moment) for pointer, moment in listed if moment is not None]
    service = context.read("service", feedback.service_id) if named else None
    if service is None:
        return
    moments = [moment["moment_id"] for moment in service.get("moments", ())]
    expected = f"one of {', '.join(moments)}" if moments else "a moment of the service's entry, which lists none yet"
    for pointer, moment in named:
        if moment not in moments:
            message = f"The entry of {feedback.service_id} does not list the moment {moment}"
            yield Breach(pointer, value=moment, message=message, expected=expected)


@rule(
    "instrument-elsewhere",
    of=Feedback,
    severity=ERROR,
    clause="280.10",
    each=("collections",),
    reads=("provider_id", "service_id", "collections.instrument_id"),
)
def instrument_elsewhere(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Feedback was gathered with a survey of its own provider and, as a rule, on its own service."""
    for at, collection in enumerate(feedback.collections):
        named = collection.instrument_id
        instrument = context.read("instrument", named) if named is not None else None
        if instrument is None:
            continue
        provider, service = instrument.get("provider_id"), instrument.get("service_id")
        if (provider, service) == (feedback.provider_id, feedback.service_id):
            continue
        own = provider == feedback.provider_id
        message = f"The survey {named} is {f'on {service}' if own else f'of the provider {provider}'}"
        expected = f"a survey of {feedback.provider_id} on {feedback.service_id}"
        pointer, severity = f"/collections/{at}/instrument_id", WARNING if own else None
        yield Breach(pointer, value=named, message=message, expected=expected, severity=severity)


@rule(
    "few-respondents",
    of=Feedback,
    severity=WARNING,
    clause="280.10",
    each=("collections",),
    reads=("collections.respondents",),
)
def few_respondents(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """The answers of fewer than 30 respondents tell little of all customers."""
    for at, collection in enumerate(feedback.collections):
        if collection.respondents is not None and collection.respondents < ENOUGH:
            pointer, expected = f"/collections/{at}/respondents", f"{ENOUGH} respondents or more"
            yield Breach(pointer, value=collection.respondents, expected=expected)


@rule(
    "collection-repeated",
    of=Feedback,
    severity=WARNING,
    clause="280.15",
    each=("collections",),
    reads=("collections.collection_id", "collections.respondents", f"{MEASURES}.counts"),
)
def collection_repeated(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Two collections with the very same answers are likely one, entered twice."""
    seen: dict[object, int] = {}
    for at, collection in enumerate(feedback.collections):
        answers = _answers(collection)
        if answers is None:
            continue
        first = seen.setdefault(answers, at)
        if first != at:
            message = (
                f"It has the same respondents and answers as the collection {feedback.collections[first].collection_id}"
            )
            yield Breach(f"/collections/{at}", message=message, expected="answers of its own, or one collection")


@rule(
    "indicator-implausible",
    of=Feedback,
    severity=WARNING,
    clause="280.15",
    each=("indicators",),
    reads=("indicators.value", "indicators.target", "indicators.unit"),
)
def indicator_implausible(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A percentage is from 0 to 100, and times and counts are not negative."""
    for at, indicator in enumerate(feedback.indicators):
        for name, value in (("value", indicator.value), ("target", indicator.target)):
            expected = _out_of_range(indicator.unit, value)
            if value is not None and expected is not None:
                yield Breach(f"/indicators/{at}/{name}", value=str(value), expected=expected)


def _is_answered(measure: FeedbackMeasure) -> bool:
    """Return whether the question was asked and its answers are given."""
    return measure.asked is not False and (bool(measure.counts) or measure.reported_mean is not None)


def _answers(collection: FeedbackCollection) -> object | None:
    """Return a collection's answers for comparison with others; None if too few respondents could answer alike by
    chance.
    """
    if collection.respondents is None or collection.respondents < ENOUGH:
        return None
    counts = tuple(measure.counts for measure in collection.measures)
    return (collection.respondents, counts) if any(counts) else None


def _out_of_range(unit: Unit, value: Decimal | None) -> str | None:
    """Return the range that a value is outside of, in words; None if it is in range or has no range."""
    if value is None:
        return None
    if unit is Unit.PERCENT:
        return "from 0 to 100, where 50 is half" if not 0 <= value <= 100 else None
    return "0 or more" if unit in TIMES_AND_COUNTS and value < 0 else None
