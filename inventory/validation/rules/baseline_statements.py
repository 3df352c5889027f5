"""The circular's baseline statements (§280.10), and whether the wording of a question departs from them."""

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache, lru_cache

from msgspec import Struct

from inventory.codes import Measure, Scale


class Statement(Struct, frozen=True, kw_only=True):
    """A statement as the circular prints it, with names in brackets for the agency to fill in.

    may_omit: words at its end that may be left out. may_add: words that may follow it. scale: the scale the
    statement is made for, if not one of agreement.
    """

    measure: Measure
    text: str
    may_omit: str = ""
    may_add: str = ""
    scale: Scale = Scale.LIKERT_5
    clause: str = "280.10"


def _all(measure: Measure, *texts: str) -> Iterator[Statement]:
    yield from (Statement(measure=measure, text=text) for text in texts)


STATEMENTS = (
    *_all(
        Measure.TRUST,
        "This interaction increased my trust in [Program/Service name].",
        "I trust [Agency/Program/Service name] to fulfill our country's commitment to [relevant population].",
    ),
    Statement(
        measure=Measure.SATISFACTION,
        text="Please rate your experience [5-star option].",
        may_omit="[5-star option]",
        may_add="with [program/service name]",
        scale=Scale.STARS_5,
    ),
    Statement(
        measure=Measure.SATISFACTION,
        text="I am satisfied with the service I received from [program/service name].",
        may_omit="from [program/service name]",
    ),
    *_all(
        Measure.EFFECTIVENESS,
        "My need was addressed.",
        "My issue was resolved.",
        "I found what I needed.",
        "My question was answered.",
    ),
    *_all(Measure.EASE, "It was easy to complete what I needed to do.", "It was easy to find what I needed."),
    Statement(
        measure=Measure.EFFICIENCY,
        text="It took a reasonable amount of time to do what I needed to do.",
        may_omit="to do what I needed to do",
    ),
    *_all(Measure.EFFICIENCY, "I found what I needed on the site quickly."),
    *_all(Measure.TRANSPARENCY, "I was treated fairly."),
    Statement(
        measure=Measure.TRANSPARENCY,
        text="I understand what was being asked of me throughout the process.",
        may_omit="throughout the process",
    ),
    *_all(
        Measure.EMPLOYEE,
        "Employees I interacted with were helpful.",
        "The Call Center Representative was committed to solving my problem.",
    ),
)

CHOICE_QUESTIONS = ("How can we improve?", "What contributed to your rating?")
"""The circular's examples of a multiple-choice question; any other wording will do."""

# Words with the same meaning here.
ALIKE = (
    "this my our the",
    "i we",
    "am was is are were",
    "service services",
    "need needs",
    "issue issues",
    "question questions",
    "problem problems",
    "site website",
    "fulfill fulfil",
    "understand understood",
    "employee employees staff representative representatives agent agents",
)
VARIANTS = {word: tuple(words.split()) for words in ALIKE for word in words.split()}
MAY_BE_MISSING = {"the", "interaction"}
ROLE = re.compile(r"\bcall cent(?:er|re) (?:representative|agent|employee)")
ARTICLE = r"(?:(?:a|an|the) )?"
NAME = r"(?:\S+ ){1,25}"
STARS = r"(?:\S+ ){0,6}\S*(?:star|★)\S* (?:\S+ ){0,2}"
# Text around a statement: its number, "Do you agree:" or "Agreed", and a note on how to answer.
NUMBER = re.compile(r"^q?\d{1,2}\s*[.):]\s")
INSTRUCTION = re.compile(r"^(?:[^:]*\b(?:agree|agreement|statements?)\b[^:]*:|agreed?\b)")
SCALE_NOTE = re.compile(r"\((?=[^()]*(?:agree|scale|star|\b1\b|required|optional))[^()]*\)[\s.?!*]*$")
QUOTES = str.maketrans(
    dict.fromkeys('"\u201c\u201d\u201e\u00ab\u00bb', " ") | dict.fromkeys("\u2018\u2019\u00b4`", "'")
)


def baseline(measure: Measure) -> tuple[Statement, ...]:
    """Return the circular's statements for a measure; none for measures of agencies or later guidance."""
    return tuple(statement for statement in STATEMENTS if statement.measure is measure)


@lru_cache(4096)
def departs(measure: Measure, wording: str) -> Statement | None:
    """Return the baseline statement nearest to a wording that departs from all of them.

    Return None if the wording is a baseline statement, or if the measure has none. Names in brackets stand for any
    words. Statements and words may have alternatives joined by a slash.
    """
    known, words = baseline(measure), _plain(wording)
    if not known or _pattern(measure).fullmatch(words):
        return None
    return max(known, key=lambda one: SequenceMatcher(None, words, _plain(one.text), autojunk=False).ratio())


@lru_cache(4096)
def measured_by(wording: str) -> Measure | None:
    """Return the measure of the baseline statement that a wording is; None if it is not one."""
    measures = dict.fromkeys(statement.measure for statement in STATEMENTS)
    return next((measure for measure in measures if departs(measure, wording) is None), None)


@lru_cache(4096)
def is_on(scale: Scale, wording: str) -> bool:
    """Return whether a wording is a baseline statement made for that scale."""
    words = _plain(wording)
    return any(re.fullmatch(_words_of(one), words) for one in STATEMENTS if one.scale is scale)


def _plain(wording: str) -> str:
    """Return the words of a statement, each followed by a space, without case, quotes, punctuation and text around
    it.
    """
    text = unicodedata.normalize("NFKC", wording).casefold().translate(QUOTES)
    text = NUMBER.sub("", " ".join(text.split()))
    text = SCALE_NOTE.sub("", INSTRUCTION.sub("", text))
    words = (word.strip(".,;:!?…*'") for word in ROLE.sub("employee", text).split())
    return "".join(f"{word} " for word in words if word)


@cache
def _pattern(measure: Measure) -> re.Pattern[str]:
    """Return a pattern for one or more statements of a measure, joined by a slash or "or"."""
    one = "(?:" + "|".join(_words_of(statement) for statement in baseline(measure)) + ")"
    return re.compile(f"{one}(?:(?:/|or) {one})*")


@cache
def _words_of(statement: Statement) -> str:
    required = _phrase(statement.text.rstrip(".").removesuffix(statement.may_omit))
    return required + "".join(f"(?:{_phrase(more)})?" for more in (statement.may_omit, statement.may_add) if more)


def _phrase(text: str) -> str:
    """Return a pattern for words, each followed by a space, and for names in brackets."""
    made = ""
    for part in re.split(r"(\[[^\]]*\])", text):
        if part.startswith("["):
            made += STARS if "star" in part else NAME
        else:
            made += "".join(map(_word, _plain(part).split()))
    return made


def _word(word: str) -> str:
    """Return a pattern for a word or its synonyms, alone or joined to others by a slash."""
    same = "|".join(map(re.escape, VARIANTS.get(word, (word,))))
    pattern = rf"(?:\S+/)?(?:{same})(?:/\S+)? "
    return ARTICLE + (f"(?:{pattern})?" if word in MAY_BE_MISSING else pattern)
