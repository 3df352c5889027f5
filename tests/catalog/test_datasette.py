"""What Datasette shows is drawn from the record types, and every question it comes with has an answer."""

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from catalog.datasette import metadata
from catalog.datasette_queries import QUERIES
from datapackage.packages.derived_tables import release_tables
from datapackage.packages.sample_note import SYNTHETIC, illustrative_note
from datapackage.tables.projection import Table, with_children
from inventory.codes import Channel
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, Document
from inventory.writes.change import Change
from inventory.writes.publish import publish
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.builders import a_service, an_organization
from tests.support.sites import Client, release_uncertified, serving

TABLES = [table for main in release_tables(INVENTORY).values() for table in with_children(main)]
NAMES = [table.name for table in TABLES]
GIVEN = {"find": {"words": "passport"}, "designated_services": {"fiscal_year": "2020"}}


def rows(client: Client, path: str, **asked: str) -> list[dict[str, Any]]:
    answer = client.get(f"/data/inventory/{path}.json", params={"_shape": "array", **asked})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.fixture(scope="module")
def shown() -> Any:
    return metadata(INVENTORY, "inventory")["databases"]["inventory"]["tables"]


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_a_table_is_described_by_its_record_type(table: Table, shown: Any) -> None:
    known = shown[table.name]
    assert (known["title"], known["description"]) == (table.title, table.description) and table.description
    assert known["columns"] == {column.name: column.field.description for column in table.columns}


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_codes_and_references_are_facets(table: Table, shown: Any, browsed: Client) -> None:
    facets = set(shown[table.name].get("facets", ()))
    own = table.columns[table.inherited :]
    assert {c.name for c in own if c.field.codes or c.field.kind == "boolean"} <= facets
    assert {c.name for c in own if c.field.references} - facets <= {table.key[0]}
    page = browsed.get(f"/data/inventory/{table.name}.json?_size=1").json()
    assert set(page["facet_results"]) == facets


def test_services_are_counted_by_organization_and_type(browsed: Client) -> None:
    facets = browsed.get("/data/inventory/services.json?_size=1").json()["facet_results"]
    assert {"organization_id", "service_type"} <= set(facets)
    labels = {known["label"] for known in facets["organization_id"]["results"]}
    assert "Bureau of Consular Affairs" in labels


@pytest.mark.parametrize(
    ("table", "column"), [(t.name, k.columns[0]) for t in TABLES for k in t.foreign_keys if len(k.columns) == 1]
)
def test_a_reference_is_shown_by_name(table: str, column: str, browsed: Client) -> None:
    found = rows(browsed, table, _size="5", _labels="on", **{f"{column}__notblank": "1"})
    for row in found:
        assert row[column]["label"] != row[column]["value"] and row[column]["label"]


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_a_page_of_a_table_bears_its_title_and_descriptions(table: Table, browsed: Client) -> None:
    page = browsed.get(f"/data/inventory/{table.name}?_size=1&_nofacet=1").text
    assert f"{table.title}</h1>" in page.replace("\n", "").replace("  ", "")
    assert table.columns[0].field.title and table.columns[0].name in page


@pytest.mark.parametrize("query", QUERIES)
def test_every_question_has_an_answer(query: str, browsed: Client) -> None:
    assert QUERIES[query]["title"] and QUERIES[query]["description"]
    assert rows(browsed, query, **GIVEN.get(query, {}))
    assert browsed.get(f"/data/inventory/{query}", params=GIVEN.get(query, {})).status_code == 200


def test_completeness_is_told_by_the_agency_at_the_top(browsed: Client) -> None:
    organizations = {row["organization_id"]: row for row in rows(browsed, "organizations", _size="max")}
    found = rows(browsed, "completeness_by_agency")
    assert all(organizations[row["agency_id"]]["parent_id"] is None for row in found)
    state = next(row for row in found if row["agency_id"] == "dos")
    assert state["agency"] == "Department of State"
    assert sum(row["services"] for row in found) == len(rows(browsed, "services", _size="max"))
    assert len(found) < len(rows(browsed, "completeness_by_organization"))


@pytest.mark.parametrize(
    "words", ["passport services", "SERVICES passp", "  passport\tservices ", '"services" passport']
)
def test_every_word_must_occur_in_whatever_order(words: str, browsed: Client) -> None:
    found = rows(browsed, "find", words=words)
    texts = {row["service_id"]: json.dumps(row).lower() for row in rows(browsed, "services", _size="max")}
    expected = {name for name, text in texts.items() if "passport" in text and "services" in text}
    assert {row["service_id"] for row in found} <= expected
    assert "dos-ca-passport-services" in {row["service_id"] for row in found}


def test_words_may_be_anything(browsed: Client) -> None:
    dice = random.Random(280)
    signs = [
        "a",
        "b",
        "farm",
        " ",
        '"',
        "'",
        "*",
        "^",
        ":",
        "(",
        ")",
        "-",
        "+",
        "{",
        "\0",
        "\n",
        "NOT",
        "AND",
        "é",
        "%",
    ]
    tried = ["", " ", '"', '""', "*", "NEAR(", "a AND", "-x", "name:farm"]
    for words in [*tried, *("".join(dice.choices(signs, k=dice.randrange(12))) for _ in range(300))]:
        rows(browsed, "find", words=words)
    assert rows(browsed, "find", words="nothing bears this") == rows(browsed, "find", words="") == []


def test_what_is_found_leads_to_the_record(browsed: Client) -> None:
    found = {
        "find?words=passport": "services/dos-ca-passport-services",
        "not_digital": "services/dos-ca-life-or-death-passports",
        "completeness_by_agency": "organizations/dos",
        "service_overview": "services/cfpb-consumer-complaints",
    }
    for path, record in found.items():
        link = f'<a href="/data/inventory/{record}">'
        assert link in browsed.get(f"/data/inventory/{path}").text, path
        assert browsed.get(f"/data/inventory/{record}").status_code == 200


def test_codes_are_shown_with_their_labels_and_asked_for_as_they_are(browsed: Client) -> None:
    page = browsed.get("/data/inventory/service_channels?_size=1&channel=kiosk").text
    assert f"{Channel.KIOSK.label} <code>kiosk</code>" in page
    assert {row["channel"] for row in rows(browsed, "service_channels", channel="kiosk")} == {"kiosk"}


def test_designated_services_begin_with_the_newest_year(browsed: Client) -> None:
    newest = max(row["fiscal_year"] for row in rows(browsed, "designations", _size="max"))
    assert {row["fiscal_year"] for row in rows(browsed, "designated_services")} == {newest}
    assert {row["fiscal_year"] for row in rows(browsed, "designated_services", fiscal_year="2020")} == {2020}


def test_the_style_that_puts_rows_first_is_there(browsed: Client) -> None:
    assert '<link rel="stylesheet" href="/data/assets/datasette.css">' in browsed.get("/data/inventory/services").text
    assert "order" in browsed.get("/data/assets/datasette.css").text


NOTE = "74 of its 74 services are an illustrative sample"


@pytest.mark.parametrize("path", ["/", "/data/", "/releases/latest/README.md"])
def test_a_sample_says_that_it_is_one(browsed: Client, path: str) -> None:
    assert NOTE in browsed.get(path).text


@pytest.mark.parametrize(
    ("sources", "note"),
    [
        ([SYNTHETIC, SYNTHETIC], "The figures of 2 of its 2 quarters of feedback are synthetic."),
        (
            [SYNTHETIC, "performance.gov", None],
            "The figures of 1 of its 3 quarters of feedback are synthetic; of the others, source names where they come "
            "from.",
        ),
        (["performance.gov"], None),
    ],
)
def test_it_is_said_which_figures_are_synthetic(tmp_path: Path, sources: list[str | None], note: str | None) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        database.execute("CREATE TABLE feedback (source TEXT)")
        database.executemany("INSERT INTO feedback VALUES (?)", [(source,) for source in sources])
        database.commit()
    assert illustrative_note(tmp_path / "x.db") == note


def test_what_is_no_sample_says_nothing_of_one(ready: Store, tmp_path: Path) -> None:
    append(ready, OPERATOR, now, save(a_service(tags=["illustrative"])), save(a_service(service_id="b")))
    publish(ready, OPERATOR, now)
    with serving(ready, tmp_path) as client:
        assert "illustrative" not in client.get("/").text
        first = release_uncertified(ready, tmp_path)
        assert "1 of its 2 services is an illustrative sample" in client.get("/").text
        append(ready, OPERATOR, now, save(a_service()))
        publish(ready, OPERATOR, now)
        second = release_uncertified(ready, tmp_path)
        assert first != second and "illustrative" not in client.get("/").text + client.get("/data/").text
        assert "illustrative" not in (second / "README.md").read_text("utf-8")


def save(document: Document, record_type: str = "service") -> Change:
    record_id = INVENTORY[record_type].record_id(document)
    return Change(record_type=record_type, record_id=record_id, action="save", document=document)


@pytest.fixture
def ready(sqlite_store: Store) -> Store:
    dos = save(an_organization(organization_id="dos", parent_id=None), "organization")
    append(sqlite_store, OPERATOR, now, dos, save(an_organization(), "organization"))
    return sqlite_store
