"""The description is valid OpenAPI 3.1, whole, and its examples are what they say."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.openapi.operations import KEYED
from api.pages.api_explorer import groups
from inventory.records.registry import INVENTORY
from tests.support.api.made_examples import RECORDS, made
from tests.support.builders import a_context, codes
from tests.support.sites import NEEDING_KEYS, Client

METHODS = {"get", "put", "post"}


@pytest.fixture(scope="module")
def described(reader: Client) -> Any:
    return reader.get("/openapi.json").json()


def operations(described: Any) -> Iterator[tuple[str, str, Any]]:
    for path, found in described["paths"].items():
        yield from ((path, method, operation) for method, operation in found.items())


def contents(operation: Any) -> Iterator[tuple[str, str, Any]]:
    """Every body and answer that has one, by status and form."""
    for form, content in operation.get("requestBody", {}).get("content", {}).items():
        yield "body", form, content
    for status, answer in operation["responses"].items():
        yield from ((status, form, content) for form, content in answer.get("content", {}).items())


def test_the_description_is_openapi(described: Any) -> None:
    OpenAPIV31SpecValidator(described).validate()
    assert described["openapi"].startswith("3.1")


def test_every_body_and_answer_has_an_example_that_fits(described: Any) -> None:
    for path, method, operation in operations(described):
        assert method in METHODS
        for status, form, content in contents(operation):
            where = (method, path, status, form)
            if content["schema"].get("format") == "binary":
                continue
            assert "example" in content, where
            schema = {**content["schema"], "components": described["components"]}
            jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(
                content["example"]
            )
            if form == "text/csv":
                assert len(list(csv.reader(io.StringIO(content["example"])))) > 1, where
            if form == "application/x-ndjson":
                assert all(isinstance(json.loads(line), dict) for line in content["example"].splitlines()), where


@pytest.mark.parametrize("name", INVENTORY)
def test_the_example_of_a_record_breaks_no_rule(described: Any, name: str) -> None:
    path = next(path for path, method, one in operations(described) if one["operationId"] == f"put{_struct(name)}")
    body = described["paths"][path]["put"]["requestBody"]["content"]["application/json"]["example"]
    assert body == RECORDS[name] and codes(name, body, a_context(action="save")) == set()


def test_the_examples_are_those_that_are_made(described: Any) -> None:
    kept, anew = described["paths"], made()
    shown = kept["/api/v1/designations"]["get"]["responses"]["200"]["content"]
    assert shown["application/json"]["example"] == anew["schemas"]["DesignationList"]
    assert shown["text/csv"]["example"] == anew["csv"]["DesignationList"]


def test_public_operations_need_no_key_and_the_others_do(described: Any) -> None:
    assert set(described["components"]["securitySchemes"]) == {"bearer", "apiKey"}
    for path, method, operation in operations(described):
        is_open = method == "get" and path not in NEEDING_KEYS
        wanted = [] if not path.startswith("/api/") else [{}, *KEYED] if is_open else KEYED
        assert operation["security"] == wanted, path


def test_what_is_written_says_what_it_takes(described: Any) -> None:
    for path, method, operation in operations(described):
        if method == "get":
            assert "requestBody" not in operation
            continue
        if operation["tags"] in (["Keys"], ["Imports"], ["Checks"]):
            continue
        assert set(operation["requestBody"]["content"]) == {"application/json"}, path
        sent = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        assert sent == {"If-Match", "If-None-Match", "Idempotency-Key"}
        statuses = {"200", "400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "500", "503"}
        assert statuses <= operation["responses"].keys()
        assert operation["responses"]["200"]["headers"].keys() == {"ETag", "Psi-State", "Psi-Version"}
        if method == "put":
            assert operation["requestBody"]["required"]
            assert {"201", "428"} <= operation["responses"].keys()
            assert "Location" in operation["responses"]["201"]["headers"]


def test_only_what_may_be_done_with_another_document_takes_one(described: Any) -> None:
    schemas = described["components"]["schemas"]
    assert schemas["FeedbackRestate"]["properties"]["document"] == {"$ref": "#/components/schemas/Feedback"}
    assert "document" not in schemas["FeedbackRestate"]["required"]
    assert "document" not in schemas["FeedbackPublish"]["properties"]


def test_every_tag_and_parameter_is_explained(described: Any) -> None:
    told = {tag["name"]: tag["description"] for tag in described["tags"]}
    for path, _, operation in operations(described):
        assert all(told[tag] for tag in operation["tags"])
        assert all(parameter.get("description") for parameter in operation.get("parameters", [])), path


def _struct(name: str) -> str:
    return INVENTORY[name].struct.__name__


def test_what_answers_alike_is_shown_once(described: Any) -> None:
    shown = [one for _, _, operations in groups(described) for one in operations]
    first = {one.id: one.answer for one in shown if one.like is None}
    assert len(set(first.values())) == len(first) < len(shown)
    assert all(first[one.like] == one.answer for one in shown if one.like is not None)
