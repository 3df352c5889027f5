"""The circular's statements: whatever name stands in the brackets matches, other sentences do not."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inventory.codes import Measure
from inventory.validation.rules.baseline_statements import STATEMENTS, Statement, baseline, departs, measured_by
from tests.conftest import ROOT

WORDS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZáéñ0123456789&'\u2019-.", min_size=1, max_size=12)
NAMES = st.lists(WORDS.filter(lambda word: any(map(str.isalpha, word))), min_size=1, max_size=8).map(" ".join)
EACH = pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.text)
FEW = [
    "the",
    "quick",
    "brown",
    "fox",
    "likes",
    "trust",
    "service",
    "satisfied",
    "my",
    "i",
    "easy",
    "was",
    "what",
    "need",
    "time",
    "interaction",
    "rate",
    "please",
    "not",
]


def measure_of(code: str) -> Measure:
    """The measure of that code."""
    return next(measure for measure in Measure if measure == code)


def filled(statement: Statement, *names: str) -> str:
    """The statement with names in its brackets."""
    given_names = iter(names)
    return re.sub(r"\[(?!5-star)[^\]]*\]", lambda _: next(given_names), statement.text)


@EACH
@given(one=NAMES, other=NAMES)
def test_every_statement_with_any_name_is_one(statement: Statement, one: str, other: str) -> None:
    assert departs(statement.measure, filled(statement, one, other)) is None
    assert measured_by(filled(statement, one, other)) is statement.measure


@EACH
@given(name=NAMES, data=st.data())
def test_nor_do_case_space_quotes_and_punctuation_matter(statement: Statement, name: str, data: st.DataObject) -> None:
    text = filled(statement, name, name).replace("'", data.draw(st.sampled_from("'\u2019")))
    text = data.draw(
        st.sampled_from([text, text.upper(), text.lower(), text.removesuffix("."), text.replace(" ", "  ")])
    )
    before, after = data.draw(
        st.sampled_from([("", ""), ("“", "”"), ('"', '"'), ("Agreed ", ""), ("Q3. ", ""), ("\n", " ")])
    )
    assert departs(statement.measure, before + text + after) is None


@EACH
def test_as_printed_it_is_one_and_one_of_its_measure_alone(statement: Statement) -> None:
    for measure in Measure:
        nearest = departs(measure, statement.text)
        assert (nearest is None) == (measure is statement.measure or not baseline(measure))
        assert nearest is None or nearest.measure is measure


@given(st.lists(st.sampled_from(FEW), min_size=1, max_size=12).map(" ".join) | st.text(max_size=60))
def test_other_sentences_are_none(sentence: str) -> None:
    # The one statement that these words can make.
    assume("rate my" not in sentence and not sentence.startswith("please rate"))
    for measure in (Measure.SATISFACTION, Measure.TRUST, Measure.EASE, Measure.EMPLOYEE):
        assert departs(measure, sentence) in baseline(measure)


@EACH
@given(name=NAMES, data=st.data())
def test_a_statement_with_a_word_of_sense_changed_is_none(statement: Statement, name: str, data: st.DataObject) -> None:
    words = filled(statement, name, name).split()
    fixed = [word for word in statement.text.rstrip(".").split() if word in SENSE]
    word = data.draw(st.sampled_from(fixed))
    changed = [data.draw(st.sampled_from(["not", "hardly", "xyz"])) if given == word else given for given in words]
    assume(name.find(word) < 0)
    assert departs(statement.measure, " ".join(changed).replace(f"{word}.", "xyz.")) is not None


SENSE = {
    *("increased", "trust", "rate", "satisfied", "addressed", "resolved", "found", "answered", "easy", "reasonable"),
    *("quickly", "treated", "fairly", "asked", "helpful", "committed"),
}


@pytest.mark.parametrize(
    ("measure", "wording"),
    [
        ("trust", "This interaction decreased my trust in Consular Affairs."),
        ("trust", "This interaction increased my trust in."),
        ("trust", "I trust Consular Affairs."),
        ("satisfaction", "I am not satisfied with the service I received from Consular Affairs."),
        ("satisfaction", "I am dissatisfied with the service I received."),
        ("satisfaction", "Please rate your experience of life"),
        ("satisfaction", "How satisfied are you?"),
        ("transparency", "I was treated unfairly."),
        ("efficiency", "It took an unreasonable amount of time."),
        ("employee", "Employees I interacted with were unhelpful."),
        ("effectiveness", "My need was addressed and I was bored."),
    ],
)
def test_what_turns_a_statement_around_departs(measure: str, wording: str) -> None:
    assert departs(measure_of(measure), wording) is not None


@pytest.mark.parametrize(
    ("measure", "wording"),
    [
        ("satisfaction", "I am satisfied with the service I received."),
        ("satisfaction", "I was satisfied with the services we received from Consular Affairs"),
        ("satisfaction", "Please rate your experience with Consular Affairs"),
        ("satisfaction", "2) Please rate your experience (1 to 5 stars)"),
        ("satisfaction", "Please rate your experience ★★★★★"),
        ("trust", "Agreed “This increased my trust/confidence in the service”"),
        (
            "trust",
            "How far do you agree with this statement: This interaction increased my trust in Consular Affairs. *",
        ),
        (
            "trust",
            "I trust Consular Affairs to fulfill our country\u2019s commitment to travelers (1: disagree, 5: agree)",
        ),
        ("trust", "I trust [Agency name] to fulfil our country's commitment to [relevant population]."),
        ("effectiveness", 'Agreed "My need was addressed" or "My issue was resolved"'),
        ("effectiveness", "My issue was resolved. / I found what I needed."),
        ("effectiveness", "My questions were answered."),
        ("efficiency", "It took a reasonable amount of time."),
        ("transparency", "I understood what was being asked of me"),
        ("employee", "The employees I interacted with were helpful!"),
        ("employee", "The call centre agent was committed to solving my problem"),
        ("humanity", "Anything at all"),
        ("other", "Anything at all"),
    ],
)
def test_small_variations_are_the_same_statement(measure: str, wording: str) -> None:
    assert departs(measure_of(measure), wording) is None


@pytest.mark.parametrize(
    ("measure", "wording", "nearest"),
    [
        ("trust", "The visit increased my trust in Consular Affairs", "This interaction increased my trust in"),
        ("trust", "I trust Consular Affairs to keep its promise to travelers", "I trust [Agency/Program/Service name]"),
        ("efficiency", "I quickly found what I needed", "I found what I needed on the site quickly."),
        ("effectiveness", "Was my question answered?", "My question was answered."),
    ],
)
def test_the_nearest_statement_is_offered(measure: str, wording: str, nearest: str) -> None:
    found = departs(measure_of(measure), wording)
    assert found is not None
    assert found.text.startswith(nearest)


@pytest.mark.parametrize(
    "wording", ["", " ", "/", "[", "]]", "(", "agree:" * 300, "a " * 1000, "(1" * 1000, "x" * 2000]
)
def test_whatever_is_written_is_judged_at_once(wording: str) -> None:
    assert all(departs(measure, wording) is not None for measure in Measure if baseline(measure))


def test_every_statement_is_in_the_guide() -> None:
    page = (ROOT / "docs" / "surveys.md").read_text("utf-8")
    assert [statement.text for statement in STATEMENTS if statement.text not in page] == []
