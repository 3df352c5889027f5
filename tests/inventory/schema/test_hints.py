"""What belongs in a field, in words: nobody is shown a pattern."""

import re

import pytest

from inventory.records import Service, Volume
from inventory.records.registry import INVENTORY
from inventory.schema.fields import Field, shape, walk
from inventory.schema.hints import expected, explained
from inventory.validation.check import check
from inventory.validation.rules import RULES
from inventory.validation.shape_problems import SHAPE_FAULTS
from tests.support.builders import a_channel, a_service

FIELDS = [(kind.name, path, field) for kind in INVENTORY.values() for path, field in walk(kind.shape)]
A_PATTERN = re.compile(r"[\\^$*+?\[\]{}|]")


@pytest.mark.parametrize("field", [field for *_, field in FIELDS if field.part is None], ids=lambda field: field.name)
def test_every_field_says_what_belongs_in_it_without_a_pattern(field: Field) -> None:
    assert not A_PATTERN.search(expected(field) + explained(field))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"service_id": "Not A Slug"}, "lowercase letters and digits, with single hyphens between them"),
        ({"channels": [a_channel("website", url="x.gov")]}, "a web address that starts with https:// or http://"),
        ({"channels": [a_channel("website", languages=["English"])]}, "a language code (BCP 47), such as en or es-MX"),
        ({"responsible_unit": "two\nlines"}, "one line of text, without control characters"),
        ({"responsible_unit": ""}, "at least 1 character"),
        ({"description": "x" * 2001}, "at most 2,000 characters; this has 2,001"),
        ({"description": 5}, "text, without control characters"),
        ({"reviewed_on": "soon"}, "a date as YYYY-MM-DD"),
        ({"fees_charged": "yes"}, "true or false"),
    ],
)
def test_a_problem_says_in_words_what_was_expected(changes: dict[str, object], words: str) -> None:
    (problem,) = check(INVENTORY["service"], a_service(**changes)).problems
    assert problem.expected == words


def test_bounds_are_told_as_people_write_them() -> None:
    fields = {field.name: field for field in shape(Volume).fields}
    assert expected(fields["fiscal_year"]) == "a whole number from 2000 to 2099"
    assert expected(fields["count"]) == "a whole number from 0 to 9,007,199,254,740,991"
    assert explained(fields["count"]) == "a whole number, 0 or more"
    assert explained(shape(Service).field("name")) == "text, without control characters, at most 300 characters"


def test_what_is_published_of_rules_and_faults_is_a_sentence_each() -> None:
    sentences = [*SHAPE_FAULTS.values(), *(rule.why for rule in RULES.values())]
    assert [told for told in sentences if not re.fullmatch(r"[A-Z].*[^.]\.", told)] == []
    assert len(set(sentences)) == len(sentences)
