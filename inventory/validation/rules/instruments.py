"""Rules of a survey as a whole: its required questions and its limits (§280.10)."""

from collections.abc import Iterator

from inventory.codes import Channel, Measure, MeasurementPoint, QuestionKind
from inventory.problems import ERROR, WARNING, Severity
from inventory.records import Instrument, Question
from inventory.validation.rules.baseline_statements import CHOICE_QUESTIONS, baseline
from inventory.validation.rules.rule import Breach, Context, rule

MOST_QUESTIONS, MOST_MINUTES, MOST_FREE_RESPONSES, MOST_HOURS = 15, 5, 2, 48
DRIVERS = tuple(measure for measure in Measure if measure.is_driver)
CHOICES = (QuestionKind.TAPPING, QuestionKind.MULTIPLE_CHOICE)
# Customers cannot type on these channels.
WITHOUT_FREE_RESPONSE = (Channel.AUTOMATED_PHONE,)
ASKED = ("questions.kind", "questions.measure", "questions.scale")


@rule(
    "instrument-measures",
    of=Instrument,
    severity=ERROR,
    clause="280.10",
    reads=("measurement_point", "omb_approval", *ASKED),
)
def instrument_measures(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A survey asks for overall trust and for overall satisfaction, each as a rating on a scale."""
    rated = {question.measure for question in instrument.questions if is_score(question)}
    for measure in (Measure.SATISFACTION, Measure.TRUST):
        if instrument.questions and measure not in rated:
            texts = " or ".join(f"“{statement.text}”" for statement in baseline(measure))
            # OMB may agree that the survey asks for trust at another time.
            agreed = measure is Measure.TRUST and instrument.omb_approval is not None
            yield Breach(
                "/questions",
                message=f"No question rates {measure.label.lower()}",
                expected=f"a question of kind rating with measure {measure} on a five-point scale: {texts}",
                severity=WARNING if agreed else _severity(instrument),
            )


@rule(
    "instrument-drivers",
    of=Instrument,
    severity=ERROR,
    clause="280.10",
    reads=("measurement_point", *ASKED, "questions.number", "questions.follows", "questions.options.measure"),
)
def instrument_drivers(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A survey relates each driver to the overall score: by tapping, by multiple choice or by a rating of its own."""
    missing = [driver for driver in DRIVERS if driver not in _related(instrument)]
    if instrument.questions and missing:
        yield Breach(
            "/questions",
            message=f"Nothing relates {', '.join(missing)} to the overall score" + _near_misses(instrument),
            expected=_ways(missing),
            # The circular asks about employees only where customers meet them.
            severity=WARNING if missing == [Measure.EMPLOYEE] else _severity(instrument),
        )


@rule("instrument-questions", of=Instrument, severity=ERROR, clause="280.10", reads=("questions.number",))
def instrument_questions(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A survey has no more than 15 questions."""
    count = len(instrument.questions)
    if count > MOST_QUESTIONS:
        yield Breach(
            "/questions",
            value=count,
            message=f"The survey has {count} questions; {MOST_QUESTIONS} are the most",
            expected=f"{count - MOST_QUESTIONS} fewer; one choice of drivers asks what ratings ask in five",
        )


@rule("instrument-minutes", of=Instrument, severity=ERROR, clause="280.10", reads=("minutes",))
def instrument_minutes(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A survey takes no more than five minutes to answer."""
    if instrument.minutes is not None and instrument.minutes > MOST_MINUTES:
        yield Breach("/minutes", value=instrument.minutes, expected=f"{MOST_MINUTES} minutes or fewer")


@rule(
    "instrument-free-response",
    of=Instrument,
    severity=ERROR,
    clause="280.10",
    reads=("measurement_point", "channel", "questions.kind", "questions.required"),
)
def instrument_free_response(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A survey lets people answer in their own words in one or two questions, and never requires it."""
    free = [
        (f"/questions/{index}", question)
        for index, question in enumerate(instrument.questions)
        if question.kind is QuestionKind.FREE_RESPONSE
    ]
    for pointer, _ in free[MOST_FREE_RESPONSES:]:
        message = f"The survey has {len(free)} free responses; {MOST_FREE_RESPONSES} are the most"
        yield Breach(pointer, message=message, expected="leave it out, or offer choices instead")
    for pointer, question in free:
        if question.required:
            yield Breach(
                f"{pointer}/required", value=True, message="A free response is never required", expected="false"
            )
    none_asked = instrument.questions and not free and instrument.channel not in WITHOUT_FREE_RESPONSE
    if none_asked and instrument.measurement_point is not MeasurementPoint.RELATIONSHIP:
        yield Breach(
            "/questions",
            message="No question lets people answer in their own words",
            expected="one or two optional questions of kind free_response, unless the format does not allow it",
            severity=WARNING,
        )


@rule("instrument-hours", of=Instrument, severity=ERROR, clause="280.10", reads=("measurement_point", "hours_after"))
def instrument_hours(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A survey on a transaction is there right after it, or within 48 hours."""
    hours, point = instrument.hours_after, instrument.measurement_point
    if point is MeasurementPoint.TRANSACTION and hours is not None and hours > MOST_HOURS:
        expected = f"{MOST_HOURS} hours or fewer, or the measurement point journey or relationship"
        yield Breach("/hours_after", value=hours, expected=expected)


def is_score(question: Question) -> bool:
    """Return whether a question asks for a score: a rating that is not a tick."""
    ticked = question.scale is not None and question.scale.is_tick
    return question.kind is QuestionKind.RATING and not ticked


def _severity(instrument: Instrument) -> Severity:
    # The circular requires this of transactional surveys, and only encourages it in relationship surveys.
    return WARNING if instrument.measurement_point is MeasurementPoint.RELATIONSHIP else ERROR


def _related(instrument: Instrument) -> set[Measure]:
    """Return the measures that one of the three permitted designs relates to the overall score."""
    overall = {q.number for q in instrument.questions if is_score(q) and q.measure is not None and q.measure.is_overall}
    found = {question.measure for question in instrument.questions if is_score(question)}
    for question in instrument.questions:
        # A multiple choice may be independent; a tapping always follows a score.
        alone = question.kind is QuestionKind.MULTIPLE_CHOICE and question.follows is None
        if question.kind in CHOICES and (alone or question.follows in overall):
            found |= {option.measure for option in question.options}
    return {measure for measure in found if measure is not None}


def _near_misses(instrument: Instrument) -> str:
    """Return the reasons why an existing choice does not count."""
    choices = [question for question in instrument.questions if question.kind in CHOICES]
    reasons = ""
    if any(option.measure is None for question in choices for option in question.options):
        reasons += "; an option without a measure counts for no driver"
    if any(question.kind is QuestionKind.TAPPING and question.follows is None for question in choices):
        reasons += "; a tapping counts where follows names the rating it stands below"
    return reasons


def _ways(missing: list[Measure]) -> str:
    """Return the three designs that would relate measures to the score, in the terms of the record."""
    text = (
        f"an option with measure {missing[0]} in a tapping that follows a rating of trust or satisfaction, "
        f"or in a multiple choice such as “{CHOICE_QUESTIONS[1]}”; "
        f"or a rating with measure {missing[0]}, such as “{baseline(missing[0])[0].text}”"
    )
    if Measure.EMPLOYEE in missing:
        text += "; employee may be left out where customers meet nobody: not_measured of the quarter then says so"
    return text
