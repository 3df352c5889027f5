"""The description of the API, and nothing else beside it."""

import re
from typing import Any

import pytest

from catalog.filters import FILTERS, Filter
from inventory.records.registry import INVENTORY
from tests.support.sites import Client

PAGES = ("", "/", "/swagger", "/redoc", "/elements", "/rapidoc", "/scalar", "/openapi.json", "/openapi.yaml")


@pytest.mark.parametrize("page", PAGES)
def test_there_are_no_pages_with_the_scripts_of_others(reader: Client, page: str) -> None:
    answer = reader.get(f"/openapi{page}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "<script" not in answer.text and "<h1>Not found</h1>" in answer.text


@pytest.fixture(scope="module")
def described(reader: Client) -> Any:
    return reader.get("/openapi.json").json()


@pytest.mark.parametrize("kind", INVENTORY.values(), ids=list(INVENTORY))
def test_a_list_says_what_it_lists_and_in_which_forms(described: Any, kind: Any) -> None:
    content = described["paths"][f"/api/v1/{kind.table}"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"application/json", "application/x-ndjson", "text/csv"}
    name = kind.struct.__name__
    assert content["application/json"]["schema"] == {"$ref": f"#/components/schemas/{name}List"}
    page = described["components"]["schemas"][f"{name}List"]
    assert page["properties"]["items"]["items"] == {"$ref": f"#/components/schemas/{name}"}
    assert page["required"] == ["items", "next"]


def test_every_operation_says_that_it_refuses_parameters(described: Any) -> None:
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert ("400" in operation["responses"]) == path.startswith("/api/"), path


def test_every_reference_leads_somewhere(described: Any) -> None:
    def references(item: Any) -> list[str]:
        if isinstance(item, dict):
            found = [item["$ref"]] if isinstance(item.get("$ref"), str) else []
            return found + [ref for name, value in item.items() if name != "example" for ref in references(value)]
        return [ref for value in item for ref in references(value)] if isinstance(item, list) else []

    told = {f"#/components/{kind}/{name}" for kind, those in described["components"].items() for name in those}
    assert set(references(described)) <= told


@pytest.mark.parametrize(("name", "known"), [(name, known) for name, those in FILTERS.items() for known in those])
def test_a_filter_says_what_it_chooses_from(described: Any, name: str, known: Filter) -> None:
    # What a parameter is described to take is all that it is checked by.
    kind = INVENTORY[name]
    parameters = described["paths"][f"/api/v1/{kind.table}"]["get"]["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in parameters}
    if codes := known.codes(kind):
        assert schemas[known.name]["enum"] == codes
    assert schemas["state"]["enum"] == kind.listed_states


def test_summaries_are_sentences(described: Any) -> None:
    told = [operation["summary"] for found in described["paths"].values() for operation in found.values()]
    assert "Keep an organization as it is sent" in told and "End a due date" in told
    assert not [summary for summary in told if re.search(r"\ba [aeio]|\ban [^aeio]|_", summary)]
