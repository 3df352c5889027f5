"""Rules of a survey's questions, each alone and in relation to the others (§280.10)."""

import re
from collections.abc import Iterator

from inventory.codes import QuestionKind
from inventory.problems import ERROR, WARNING
from inventory.records import Instrument
from inventory.validation.rules.baseline_statements import STATEMENTS
from inventory.validation.rules.instruments import CHOICES, is_score
from inventory.validation.rules.rule import Breach, Context, rule

BRACKETS = {name.casefold() for one in STATEMENTS for name in re.findall(r"\[[^\]]*\]", one.text)}


@rule(
    "rating-incomplete",
    of=Instrument,
    severity=ERROR,
    clause="280.10",
    each=("questions",),
    reads=("questions.kind", "questions.measure", "questions.scale"),
)
def rating_incomplete(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A rating says what it measures and on which scale."""
    for index, question in enumerate(instrument.questions):
        if question.kind is not QuestionKind.RATING:
            continue
        if question.measure is None:
            message = f"Rating {question.number} does not say what it measures"
            yield Breach(
                f"/questions/{index}/measure", message=message, expected="satisfaction, trust, a driver or other"
            )
        if question.scale is None:
            message = f"Rating {question.number} has no scale"
            yield Breach(
                f"/questions/{index}/scale", message=message, expected="a five-point scale: likert_5 or stars_5"
            )


@rule(
    "rating-misplaced",
    of=Instrument,
    severity=WARNING,
    clause="280.10",
    each=("questions",),
    reads=("questions.kind", "questions.measure", "questions.scale"),
)
def rating_misplaced(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """Measure and scale are of ratings; what another question measures, its options say."""
    for index, question in enumerate(instrument.questions):
        if question.kind is QuestionKind.RATING:
            continue
        for name, value in (("measure", question.measure), ("scale", question.scale)):
            if value is not None:
                message = f"Question {question.number} is of kind {question.kind} and has a {name}, as only ratings do"
                expected = f"the kind rating, or no {name}"
                yield Breach(f"/questions/{index}/{name}", value=str(value), message=message, expected=expected)


@rule(
    "follows-no-rating",
    of=Instrument,
    severity=ERROR,
    clause="280.10",
    reads=("questions.number", "questions.kind", "questions.follows"),
)
def follows_no_rating(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A question that follows another one names a rating of the same survey."""
    ratings = [question.number for question in instrument.questions if question.kind is QuestionKind.RATING]
    for index, question in enumerate(instrument.questions):
        others = [number for number in ratings if number != question.number]
        if question.follows is not None and question.follows not in others:
            yield Breach(
                f"/questions/{index}/follows",
                value=question.follows,
                message=f"Question {question.number} follows {question.follows}, which is no other question that rates",
                expected="the number of a rating: " + (" or ".join(map(str, others)) or "the survey has none yet"),
            )


@rule(
    "options-missing",
    of=Instrument,
    severity=ERROR,
    clause="280.10",
    each=("questions",),
    reads=("questions.kind", "questions.options"),
)
def options_missing(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A tapping or a multiple choice lists what can be chosen."""
    for index, question in enumerate(instrument.questions):
        if question.kind in CHOICES and not question.options:
            yield Breach(
                f"/questions/{index}/options",
                message=f"Question {question.number} offers nothing to choose from",
                expected="options, each with the label that people read and the measure it stands for",
            )


@rule(
    "question-repeated",
    of=Instrument,
    severity=WARNING,
    clause="280.10",
    each=("questions",),
    reads=("questions.kind", "questions.measure", "questions.scale", "questions.statement", "questions.options.label"),
)
def question_repeated(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A survey asks the fewest questions: nothing twice, and no choice is offered twice."""
    first: dict[str, int] = {}
    for index, question in enumerate(instrument.questions):
        at, subject = f"/questions/{index}", f"Question {question.number}"
        before = first.setdefault(_alike(question.statement), question.number)
        if before != question.number:
            message = f"{subject} asks in the same words as question {before}"
            yield Breach(f"{at}/statement", value=question.statement, message=message, expected="each question once")
        elif is_score(question) and question.measure is not None and question.measure.is_overall:
            before = first.setdefault(f"score {question.measure}", question.number)
            if before != question.number:
                message = f"{subject} rates {question.measure} again, after question {before}"
                yield Breach(
                    f"{at}/measure", value=str(question.measure), message=message, expected="one score of each"
                )
        labels = [_alike(option.label) for option in question.options]
        for place, label in enumerate(labels):
            if label in labels[:place]:
                value, message = question.options[place].label, f"{subject} offers the same choice twice"
                pointer = f"{at}/options/{place}/label"
                yield Breach(pointer, value=value, message=message, expected="each choice once")


@rule(
    "brackets-left",
    of=Instrument,
    severity=WARNING,
    clause="280.10",
    each=("questions",),
    reads=("questions.statement",),
)
def brackets_left(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """Where the circular has brackets, people read a name."""
    for index, question in enumerate(instrument.questions):
        for name in re.findall(r"\[[^\]]*\]", question.statement):
            if name.casefold() in BRACKETS:
                message = f"“{name}” is still to be filled in"
                expected = "the stars as the scale: stars_5" if "star" in name else "the name that people know"
                yield Breach(
                    f"/questions/{index}/statement", value=question.statement, message=message, expected=expected
                )


def _alike(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(" .?!")
