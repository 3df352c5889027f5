"""How the tables of a release are written: in one pass, with whatever tables stand beside the records."""

import csv
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import pytest

from datapackage.packages import derived_tables
from datapackage.packages.derived_tables import BESIDE, Beside
from datapackage.packages.public_records import PublicRecord
from datapackage.releases.make import make_release
from datapackage.releases.verify import verify
from inventory.ledger.store import Store
from inventory.records.registry import ORGANIZATION, Document, model
from inventory.schema.fields import Part, about
from inventory.schema.scalars import Slug
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.builders import a_designation, a_due_date, a_provider, a_service, an_organization


def save(store: Store, record_type: str, document: Document, *then: str, action: str = "save") -> None:
    record_id = store.model[record_type].record_id(document)
    change = Change(record_type=record_type, record_id=record_id, action=action, document=document)
    append(store, OPERATOR, now, change)
    for action in then:
        append(store, OPERATOR, now, Change(record_type=record_type, record_id=record_id, action=action))


@pytest.fixture
def ready(sqlite_store: Store) -> Store:
    save(sqlite_store, "organization", an_organization(parent_id=None))
    save(sqlite_store, "service", a_service(), "publish")
    save(sqlite_store, "provider", a_provider())
    save(sqlite_store, "designation", a_designation())
    return sqlite_store


class Counting(Store):
    """A store that counts the bodies read from it."""

    read = 0

    def bodies(self, keys: Sequence[tuple[str, str, int]]) -> dict[tuple[str, str, int], dict[str, Any]]:
        self.read += len(keys)
        return super().bodies(keys)


def released(store: Store, folder: Path) -> Path:
    return make_release(store, folder, lambda what, count: None).path


def test_every_record_is_read_once_where_nothing_dangles(ready: Store, tmp_path: Path) -> None:
    store = Counting(ready.engine, ready.model)
    released(store, tmp_path / "releases")
    assert store.read == 4


def test_what_refers_to_what_is_left_out_is_left_out_too(ready: Store, tmp_path: Path) -> None:
    lost = an_organization(organization_id="lost", parent_id="nowhere")
    save(ready, "organization", lost, action="propose")
    below = an_organization(organization_id="lost-office", parent_id="lost")
    save(ready, "organization", below, action="propose")
    made = make_release(ready, tmp_path / "releases", lambda what, count: None)
    assert made.left_out == (
        "organization/lost: refers to organization/nowhere",
        "organization/lost-office: refers to organization/lost",
    )
    assert "lost" not in (made.path / "publications.csv").read_text("utf-8")


class Length(Part, frozen=True, kw_only=True):
    """How long a service's name is."""

    service_id: Annotated[Slug, about("Service", "The service.", key=True, references="service")]
    length: Annotated[Slug, about("Length", "In characters.")]


class Weekday(Part, frozen=True, kw_only=True):
    """A day of the week."""

    day: Annotated[Slug, about("Day", "Its name.", key=True)]


def lengths(record: PublicRecord) -> Iterator[Document]:
    yield {"service_id": record.document["service_id"], "length": str(len(record.document["name"]))}


def test_another_table_beside_the_records_is_one_row(
    ready: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = (
        Beside(name="lengths", struct=Length, of="service", made=lengths),
        Beside(name="weekdays", struct=Weekday, standing=lambda: [{"day": "friday"}, {"day": "monday"}]),
    )
    monkeypatch.setattr(derived_tables, "BESIDE", (*BESIDE, *more))
    path = released(ready, tmp_path / "releases")
    assert verify(path) == []
    with (path / "lengths.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [{"service_id": "dos-ca-passports", "length": "9"}]
    assert (path / "weekdays.csv").read_text("utf-8") == "day\nfriday\nmonday\n"


def test_a_model_has_the_tables_and_views_of_its_types_alone(ready: Store, tmp_path: Path) -> None:
    narrow = Store(ready.engine, model(ORGANIZATION))
    made = make_release(narrow, tmp_path / "releases", lambda what, count: None, gate=lambda written, model: None)
    database = sqlite3.connect(made.path / "inventory.db")
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE '%_fts%'")}
    database.close()
    assert {"organizations", "organization_tops", "publications", "codes"} <= tables
    assert not {"services", "service_overview", "service_completeness"} & tables


def test_publications_are_in_order_of_their_ids(ready: Store, tmp_path: Path) -> None:
    for service_id in ("dos", "dos-ca"):
        save(ready, "service", a_service(service_id=service_id), "publish")
    for provider_id, service_id in (("dos", "dos-ca"), ("dos-ca", "dos"), ("dos", "dos")):
        if service_id == "dos-ca":
            save(ready, "provider", a_provider(provider_id=provider_id))
        save(ready, "designation", a_designation(provider_id=provider_id, service_id=service_id))
    with (released(ready, tmp_path / "releases") / "publications.csv").open(encoding="utf-8", newline="") as file:
        keys = [(row["record_type"], row["record_id"]) for row in csv.DictReader(file)]
    assert keys == sorted(keys) and len(keys) == 10


def test_the_calendar_spans_the_years_that_public_records_speak_of(ready: Store, tmp_path: Path) -> None:
    save(ready, "due_date", a_due_date(fiscal_year=2028, due_on="2028-02-14"))
    save(ready, "due_date", a_due_date(fiscal_year=2028, obligation="Q2", due_on="2028-05-15"))
    change = Change(record_type="due_date", record_id="2028-Q2", action="end", note="As the rule has it")
    append(ready, OPERATOR, now, change)
    path = released(ready, tmp_path / "releases")
    assert verify(path) == []
    with (path / "calendar.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [(row["fiscal_year"], row["obligation"]) for row in rows]
    assert keys == sorted(keys) and {year for year, _ in keys} == {"2026", "2027", "2028"} and len(keys) == 24
    told = {f"{row['fiscal_year']}-{row['obligation']}": (row["due"], row["source"]) for row in rows}
    assert told["2026-Q1"] == ("2026-01-30", "rule")
    assert told["2028-Q1"] == ("2028-02-14", "omb")
    assert told["2028-Q2"] == ("2028-04-28", "rule")
    assert told["2026-designations"] == ("2025-12-31", "circular")
