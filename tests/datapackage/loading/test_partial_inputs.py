"""Tables that do not tell of everything: what is not in the input stays as it is kept."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from datapackage.exports.export import export
from datapackage.formats.located import Covers
from datapackage.loading.load import load
from datapackage.loading.merge import merged
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from datapackage.releases.make import Release
from datapackage.sheets.sheet import read_csv
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, Document
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, TODAY, now
from tests.support.builders import a_channel, a_service

Rows = list[list[str]]


def loaded(store: Store, *paths: Path, record_type: str | None = None) -> Report:
    inputs, _ = opened(paths, INVENTORY, store, record_type, None)
    return load(store, Plan(INVENTORY, store, TODAY), inputs, OPERATOR, now)


def kept(store: Store, name: str = "service") -> dict[str, Document]:
    return {head.record_id: document for head, document in store.all_documents(name)}


@pytest.fixture
def tables(sample_release: Release, tmp_path: Path) -> Path:
    """The tables of a release of the sample."""
    return shutil.copytree(sample_release.path, tmp_path / "tables")


def rewritten(path: Path, change: Callable[[Rows], Rows]) -> Path:
    rows = [list(row) for _, row in read_csv(lambda: path.open("rb"), path.name)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(change(rows))
    return path


def without(*names: str) -> Callable[[Rows], Rows]:
    return lambda rows: [[c for c, name in zip(row, rows[0], strict=True) if name not in names] for row in rows]


def test_a_table_that_is_not_there_changes_nothing(sample_store: Store, tables: Path) -> None:
    before = kept(sample_store)
    report = loaded(sample_store, tables / "services.csv")
    assert report.counts == {**report.counts, "read": len(before), "unchanged": len(before), "changed": 0}
    assert kept(sample_store) == before
    assert {"service_channels", "service_channel_supports", "service_tags"} <= set(report.untold)
    assert not any(name.startswith("organization") for name in report.untold)


def test_a_workbook_of_one_sheet_changes_that_alone(sample_store: Store, tables: Path, tmp_path: Path) -> None:
    before = kept(sample_store)
    with xlsxwriter.Workbook(tmp_path / "one.xlsx") as book:
        sheet = book.add_worksheet("services")
        rows = [row for _, row in read_csv(lambda: (tables / "services.csv").open("rb"), "services.csv")]
        for number, row in enumerate(rows):
            named = ["A new name"] if number == 1 else [row[rows[0].index("name")]]
            sheet.write_row(number, 0, [row[0], *named] if number else ["service_id", "name"])
    report = loaded(sample_store, tmp_path / "one.xlsx")
    (change,) = report.changes
    assert (change.action, change.fields) == ("changed", ["name"])
    changed = change.record.partition("/")[2]
    assert kept(sample_store) == {**before, changed: {**before[changed], "name": "A new name"}}
    # Columns that are not there are told, required ones too, and nobody is absent.
    assert {"services.organization_id", "services.fees_charged", "service_channels"} <= set(report.untold)
    assert report.counts["absent"] == 0


def test_a_table_that_is_there_without_rows_empties(sample_store: Store, tables: Path) -> None:
    tagged = {name for name, service in kept(sample_store).items() if service.get("tags")}
    rewritten(tables / "service_tags.csv", lambda rows: rows[:1])
    report = loaded(sample_store, tables / "services.csv", tables / "service_tags.csv")
    assert {change.record.partition("/")[2] for change in report.changes} == tagged
    assert all(change.fields == ["tags"] for change in report.changes)


def test_a_column_that_is_there_without_values_empties(sample_store: Store, tables: Path) -> None:
    priced = {name for name, service in kept(sample_store).items() if "fees_charged" in service}
    rows = [row for _, row in read_csv(lambda: (tables / "services.csv").open("rb"), "services.csv")]
    ids = [row[0] for row in rows[1:]]
    rewritten(tables / "services.csv", lambda rows: [["service_id", "fees_charged"], *[[i, ""] for i in ids]])
    report = loaded(sample_store, tables / "services.csv")
    assert priced
    assert {change.record.partition("/")[2] for change in report.changes} == priced
    assert all(change.fields == ["fees_charged"] for change in report.changes)


def test_what_is_new_is_a_draft_without_the_rest(sample_store: Store, tables: Path) -> None:
    new = ["a-new-one", "dos-ca", "A new one"]
    rewritten(tables / "services.csv", lambda rows: [["service_id", "organization_id", "name"], new])
    report = loaded(sample_store, tables / "services.csv")
    assert report.counts["added"] == 1
    assert kept(sample_store)["a-new-one"] == {
        "service_id": "a-new-one",
        "organization_id": "dos-ca",
        "name": "A new one",
    }
    lacking = rewritten(tables / "services.csv", lambda rows: [["service_id", "name"], ["another", "Another"]])
    (rejected,) = loaded(sample_store, lacking).rejected
    assert ("missing", "organization_id") in [(problem.code, problem.field) for problem in rejected.problems]


# Lists whose own columns, or whose tables below, are not there.

CHANNELS: list[dict[str, Any]] = [
    a_channel("website", url="https://example.gov/a", supports=["apply"]),
    a_channel("phone", supports=["pay"]),
    a_channel("postal_mail", supports=["apply"]),
]


VOLUMES = [
    {"fiscal_year": 2025, "channel": channel, "kind": "calls", "count": count}
    for channel, count in (("phone", 7), ("website", 8))
]


@pytest.fixture
def store(sample_store: Store) -> Store:
    """The sample with one more service, of three channels."""
    service = a_service(service_id="of-three", organization_id="dos-ca", channels=CHANNELS, volumes=VOLUMES)
    change = Change(record_type="service", record_id="of-three", action="save", document=service)
    append(sample_store, OPERATOR, now, change)
    return sample_store


def channels_loaded(store: Store, folder: Path, rows: Rows) -> tuple[Report, list[dict[str, Any]]]:
    for name, table in {"services": [["service_id"], ["of-three"]], "service_channels": rows}.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(table)
    report = loaded(store, folder / "services.csv", folder / "service_channels.csv")
    return report, kept(store)["of-three"]["channels"]


def test_an_item_keeps_what_is_not_told_of_it(store: Store, tmp_path: Path) -> None:
    header = ["service_id", "position", "channel", "url"]
    website, phone, mail = kept(store)["of-three"]["channels"]
    rows = [
        header,
        ["of-three", "1", "website", "https://example.gov/b"],
        ["of-three", "2", "phone", ""],
        ["of-three", "3", "postal_mail", ""],
        ["of-three", "4", "website", "https://example.gov/c"],
    ]
    report, channels = channels_loaded(store, tmp_path, rows)
    new = {"channel": "website", "url": "https://example.gov/c"}
    assert channels == [{**website, "url": "https://example.gov/b"}, phone, mail, new]
    assert report.changes[0].fields == ["channels"]
    assert not [problem for problem in report.problems if problem.code == "item-not-matched"]


def test_an_item_is_known_again_where_others_were_taken_out(store: Store, tmp_path: Path) -> None:
    _, phone, mail = kept(store)["of-three"]["channels"]
    rows = [["service_id", "channel"], ["of-three", "postal_mail"], ["of-three", "phone"]]
    report, channels = channels_loaded(store, tmp_path, rows)
    assert channels == [mail, phone]
    assert not [problem for problem in report.problems if problem.code == "item-not-matched"]


def test_what_cannot_be_told_is_told(store: Store, tmp_path: Path) -> None:
    rows = [["service_id", "channel"], ["of-three", "postal_mail"], ["of-three", "mobile_app"]]
    report, channels = channels_loaded(store, tmp_path, rows)
    assert channels[1] == {"channel": "mobile_app"}
    (told,) = [problem for problem in report.problems if problem.code == "item-not-matched"]
    assert (told.file, told.row, told.severity) == ("service_channels.csv", 3, "warning")


def test_items_with_keys_are_known_by_them(store: Store, tmp_path: Path) -> None:
    service_id, keys = "of-three", ["fiscal_year", "channel", "kind"]
    first, _ = kept(store)[service_id]["volumes"]
    for name, table in {
        "services": [["service_id"], [service_id]],
        "service_volumes": [["service_id", *keys], [service_id, *(str(first[key]) for key in keys)]],
    }.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(table)
    loaded(store, tmp_path / "services.csv", tmp_path / "service_volumes.csv")
    assert kept(store)[service_id]["volumes"] == [first]


def test_an_optional_part_is_emptied_as_a_whole() -> None:
    read, paths = INVENTORY["feedback"].shape, frozenset({("not_reported", "reason")})
    before = {"provider_id": "p", "not_reported": {"reason": "A storm.", "plan": "Next quarter."}}
    assert merged(read, before, {}, Covers(paths))[0] == {"provider_id": "p"}
    told = {"not_reported": {"reason": "A flood."}}
    after, _ = merged(read, before, told, Covers(paths))
    assert after["not_reported"] == {"reason": "A flood.", "plan": "Next quarter."}


def test_the_rules_see_what_is_kept_of_other_records(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "all.zip", None, lambda what, count: None)
    (tmp_path / "organizations.csv").write_text("organization_id,name\ndos-ca,Consular Affairs\n", "utf-8")
    report = loaded(store, tmp_path / "organizations.csv")
    assert report.changes[0].fields == ["name"]
    before = kept(store, "designation")
    (tmp_path / "designations.csv").write_text(
        "provider_id,service_id,fiscal_year\n"
        + "".join(f"{d['provider_id']},{d['service_id']},{d['fiscal_year']}\n" for d in before.values()),
        "utf-8",
    )
    (tmp_path / "providers.csv").write_text(
        "provider_id\n" + "".join(f"{name}\n" for name in kept(store, "provider")), "utf-8"
    )
    whole = loaded(store, tmp_path / "all.zip").problem_counts
    report = loaded(store, tmp_path / "providers.csv", tmp_path / "designations.csv")
    assert report.counts == {**report.counts, "changed": 0, "rejected": 0}
    assert report.problem_counts.items() <= whole.items()


def test_a_document_is_the_whole_record(store: Store, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(
        json.dumps(a_service(service_id="of-three", organization_id="dos-ca", channels=[]))
    )
    report = loaded(store, tmp_path / "one.json")
    assert report.changes[0].fields == ["channels", "volumes"]
    assert report.untold == []


def test_a_number_keeps_its_place_where_a_column_before_it_is_not_there(tmp_path: Path) -> None:
    columns = ["provider_id", "service_id", "fiscal_year", "quarter"]
    key = ["p", "s", "2026", "1"]
    tables: dict[str, Rows] = {
        "feedback": [columns, key],
        "feedback_collections": [[*columns, "collection_id"], [*key, "c"]],
        "feedback_measures": [
            [*columns, "collection_id", "measure", "scale", "question", "counts_1", "counts_3"],
            [*key, "c", "trust", "likert_5", "q", "5", "7"],
        ],
    }
    for name, rows in tables.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    inputs, _ = opened([tmp_path], INVENTORY, None, None, None)
    (raw,) = [located.raw for located in inputs]
    assert raw["collections"][0]["measures"][0]["counts"] == [5, None, 7]
