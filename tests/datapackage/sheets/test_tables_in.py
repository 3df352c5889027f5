"""Tables as people send them: out of order, with mistakes, in packages of strangers."""

import csv
import datetime
import json
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from datapackage.exports.export import export, template
from datapackage.loading.load import load, preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from datapackage.releases.make import make_release
from datapackage.sheets.sheet import read_csv
from datapackage.sheets.xlsx_reader import Workbook
from inventory.errors import NotFound, Unreadable
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.validation.shape_problems import SHAPE_FAULTS
from tests.conftest import OPERATOR, TODAY, now

Rows = Sequence[Sequence[str]]

SERVICES: Rows = (
    ("service_id", "organization_id", "name", "fees_charged", "reviewed_on"),
    ("passports", "dos-ca", "Passports", "true", "2026-06-01"),
    ("visas", "dos-ca", "Visas", "", ""),
)
CHANNELS: Rows = (
    ("service_id", "position", "channel", "url"),
    ("passports", "1", "website", "https://travel.state.gov"),
    ("passports", "2", "postal_mail", ""),
    ("visas", "1", "in_person_service_center", ""),
)
SUPPORTS: Rows = (
    ("service_id", "channels_position", "position", "supports"),
    ("passports", "1", "1", "apply"),
    ("passports", "1", "2", "pay"),
)
VOLUMES: Rows = (
    ("service_id", "fiscal_year", "channel", "kind", "count"),
    ("visas", "2025", "website", "applications", "12"),
    ("passports", "2025", "website", "applications", "34"),
    ("passports", "2024", "website", "applications", "33"),
)


def written(folder: Path, **tables: Rows) -> Path:
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def checked(*paths: Path) -> Report:
    inputs, _ = opened(paths, INVENTORY, None, None, None)
    return preview(Plan(INVENTORY, None, TODAY), inputs)


def documents(*paths: Path) -> list[Any]:
    inputs, _ = opened(paths, INVENTORY, None, None, None)
    return [located.raw for located in inputs]


def told(report: Report) -> list[tuple[str, str | None, int | None, str | None]]:
    return [(p.code, p.file, p.row, p.field) for p in report.problems if p.severity == "error"]


@pytest.mark.parametrize("column", ["\u00b2", "9" * 5000, "7"])
def test_a_column_named_like_a_number_is_unknown(tmp_path: Path, column: str) -> None:
    rows = (("service_id", "organization_id", "name", column), ("passports", "dos-ca", "Passports", "x"))
    assert "unknown-field" in {problem.code for problem in checked(written(tmp_path, services=rows)).problems}


def test_rows_in_any_order_give_the_same_documents(tmp_path: Path) -> None:
    folder = written(tmp_path, services=SERVICES, service_channels=CHANNELS, service_channel_supports=SUPPORTS)
    straight = documents(folder)
    assert straight[0] == {
        "service_id": "passports",
        "organization_id": "dos-ca",
        "name": "Passports",
        "fees_charged": True,
        "reviewed_on": "2026-06-01",
        "channels": [
            {"channel": "website", "url": "https://travel.state.gov", "supports": ["apply", "pay"]},
            {"channel": "postal_mail"},
        ],
    }
    shuffled = [CHANNELS[0], *reversed(CHANNELS[1:])]
    assert documents(written(tmp_path, service_channels=shuffled)) == straight
    reordered = [row[::-1] for row in CHANNELS]
    assert documents(written(tmp_path, service_channels=reordered)) == straight


def test_rows_without_a_position_count_in_their_order(tmp_path: Path) -> None:
    unplaced = [(row[0], "" if index else row[1], *row[2:]) for index, row in enumerate(CHANNELS)]
    folder = written(tmp_path, services=SERVICES, service_channels=unplaced, service_channel_supports=SUPPORTS)
    assert [c["channel"] for c in documents(folder)[0]["channels"]] == ["website", "postal_mail"]
    assert documents(folder)[0]["channels"][0]["supports"] == ["apply", "pay"]


def test_a_long_list_comes_back_whole_however_its_rows_lie(tmp_path: Path) -> None:
    tags = [(name, str(place), f"tag {place}") for name in ("passports", "visas") for place in range(1, 1202)]
    folder = written(tmp_path, services=SERVICES, service_tags=[("service_id", "position", "tags"), *tags])
    straight = documents(folder)
    assert [document["tags"] for document in straight] == [[f"tag {place}" for place in range(1, 1202)]] * 2
    for shuffled in (tags[::-1], tags[::2] + tags[1::2], [*tags, ("", "", "")]):
        written(tmp_path, service_tags=[("service_id", "position", "tags"), *shuffled])
        assert documents(folder) == straight


def test_an_outline_tells_of_the_same_records(sample_store: Store, tmp_path: Path) -> None:
    export(sample_store, tmp_path / "out.zip", None, lambda what, count: None)
    inputs, _ = opened([tmp_path / "out.zip"], INVENTORY, None, None, None)
    for brief, whole in zip(inputs.outline(), inputs, strict=True):
        assert (brief.record_type, brief.row) == (whole.record_type, whole.row)
        scalars = {name: value for name, value in whole.raw.items() if not isinstance(value, list | dict)}
        assert {name: brief.raw.get(name) for name in scalars} == scalars


def test_rows_below_a_table_that_does_not_say_which_is_which_belong_to_none(tmp_path: Path) -> None:
    nameless = [row[1:] for row in SERVICES]
    report = checked(written(tmp_path, services=nameless, service_channels=CHANNELS))
    found = told(report)
    assert [row for code, _, row, _ in found if code == "parent-unknown"] == [2, 3, 4]
    assert [row for code, _, row, field in found if (code, field) == ("missing", "service_id")] == [2, 3]
    assert [problem for problem in told(checked(tmp_path / "service_channels.csv")) if problem[0] == "parent-unknown"]


def test_every_bad_cell_is_named_where_it_stands(tmp_path: Path) -> None:
    services = [*SERVICES, ("Bad Id", "dos-ca", "Third", "yes", "June 2026")]
    channels = [*CHANNELS, ("visas", "2", "carrier_pigeon", "not an address")]
    supports = [*SUPPORTS, ("passports", "2", "1", "fly")]
    volumes = [*VOLUMES, ("passports", "2023", "website", "applications", "many")]
    folder = written(
        tmp_path,
        services=services,
        service_channels=channels,
        service_channel_supports=supports,
        service_volumes=volumes,
    )
    report = checked(folder)
    assert report.counts["rejected"] == 3
    assert sorted((found for found in told(report) if found[0] in SHAPE_FAULTS), key=str) == sorted(
        [
            ("bad-format", "services.csv", 4, "service_id"),
            ("wrong-type", "services.csv", 4, "fees_charged"),
            ("wrong-type", "services.csv", 4, "reviewed_on"),
            ("unknown-code", "service_channels.csv", 5, "channel"),
            ("bad-format", "service_channels.csv", 5, "url"),
            ("unknown-code", "service_channel_supports.csv", 4, "supports"),
            ("wrong-type", "service_volumes.csv", 5, "count"),
        ],
        key=str,
    )
    # The rules are asked of the rest at once: the third has neither channels nor a description.
    missing = {("needed-to-publish", "description"), ("needed-to-publish", "responsible_unit")}
    third = {(code, field) for code, file, row, field in told(report) if (file, row) == ("services.csv", 4)}
    assert third >= {*missing, ("channels-missing", "channels")}
    assert [rejected.raw["name"] for rejected in report.rejected] == ["Passports", "Visas", "Third"]


def test_a_rule_is_told_at_the_cell_even_in_a_list_that_is_sorted(tmp_path: Path) -> None:
    folder = written(tmp_path, services=SERVICES, service_channels=CHANNELS, service_volumes=VOLUMES)
    partners = [("service_id", "position", "organization_id"), ("visas", "1", "dos-ca"), ("visas", "2", "nobody")]
    written(folder, service_partners=partners)
    store_report = checked_with_store(folder, tmp_path)
    assert ("reference-unknown", "service_partners.csv", 3, "organization_id") in told(store_report)
    # Without channels the rule points at no cell, but at the row.
    (folder / "service_channels.csv").unlink()
    assert ("channels-missing", "services.csv", 2, "channels") in told(checked(folder))


QUARTER = ("provider_id", "service_id", "fiscal_year", "quarter")
Q1 = ("dos-ca", "passports", "2026", "1")


def a_workbook(path: Path, **tables: Rows) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in tables.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def test_a_cell_that_cannot_be_read_silences_its_row_alone(tmp_path: Path) -> None:
    points = [f"counts_{point}" for point in range(1, 6)]
    book = a_workbook(
        tmp_path / "q1.xlsx",
        feedback=[QUARTER, Q1],
        feedback_collections=[
            (*QUARTER, "collection_id", "collected_from", "respondents"),
            (*Q1, "online", "2025-10-01", "130"),
            (*Q1, "phone", "2026-02-01", "many"),
        ],
        feedback_measures=[
            (*QUARTER, "collection_id", "measure", "scale", "question", *points, "reported_mean"),
            (*Q1, "online", "trust", "likert_5", "2", "5", "5", "abc", "40", "900", "9"),
            (*Q1, "online", "ease", "likert_5", "3", "5", "5", "10", "40", "900", ""),
            (*Q1, "phone", "trust", "likert_5", "2", "5", "5", "10", "40", "900", "9"),
        ],
    )
    arithmetic = ("wrong-type", "counts-exceed-respondents", "mean-contradicts-counts", "outside-quarter")
    found = [(p.code, p.sheet, p.row, p.field) for p in checked(book).problems if p.code in arithmetic]
    assert sorted(found, key=str) == [
        ("counts-exceed-respondents", "feedback_measures", 3, "counts"),
        ("mean-contradicts-counts", "feedback_measures", 4, "reported_mean"),
        ("outside-quarter", "feedback_collections", 3, "collected_from"),
        ("wrong-type", "feedback_collections", 3, "respondents"),
        ("wrong-type", "feedback_measures", 2, "counts_3"),
    ]


def checked_with_store(folder: Path, tmp_path: Path) -> Report:
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    inputs, _ = opened([folder], INVENTORY, store, None, None)
    report = preview(Plan(INVENTORY, store, TODAY), inputs)
    engine.dispose()
    return report


def test_a_row_that_belongs_to_nothing_comes_back(tmp_path: Path) -> None:
    channels = [CHANNELS[0], ("nobody", "1", "website", ""), *CHANNELS[1:]]
    supports = [*SUPPORTS, ("passports", "7", "1", "apply")]
    folder = written(tmp_path, services=SERVICES, service_channels=channels, service_channel_supports=supports)
    report = checked(folder)
    assert ("parent-unknown", "service_channels.csv", 2, None) in told(report)
    assert ("parent-unknown", "service_channel_supports.csv", 4, None) in told(report)
    assert {"service_id": "nobody", "position": "1", "channel": "website"} in [r.raw for r in report.rejected]
    assert report.counts == {**report.counts, "read": 3, "rejected": 2, "added": 1}


def test_the_children_of_a_bad_row_do_not_complain_again(tmp_path: Path) -> None:
    services = [SERVICES[0], ("Passports!", *SERVICES[1][1:]), SERVICES[2]]
    channels = [CHANNELS[0], *[(row[0].replace("passports", "Passports!"), *row[1:]) for row in CHANNELS[1:]]]
    report = checked(written(tmp_path, services=services, service_channels=channels))
    faults = [problem for problem in told(report) if problem[0] in SHAPE_FAULTS]
    assert [problem for problem in faults if problem[2] == 2] == [("bad-format", "services.csv", 2, "service_id")]
    assert not [problem for problem in told(report) if problem[1] == "service_channels.csv"]


def test_places_and_cells_that_cannot_be_are_named(tmp_path: Path) -> None:
    channels = [*CHANNELS, ("visas", "1", "phone", ""), ("visas", "first", "fax", ""), ("visas", "4", "fax", "", "x")]
    services = [(*SERVICES[0], "fee"), (*SERVICES[1], "100"), SERVICES[2]]
    report = checked(written(tmp_path, services=services, service_channels=channels))
    assert ("duplicate", "service_channels.csv", 5, "position") in told(report)
    assert ("wrong-type", "service_channels.csv", 6, "position") in told(report)
    assert ("unknown-field", "service_channels.csv", 7, None) in told(report)
    assert ("unknown-field", "services.csv", 2, "fee") in told(report)
    assert report.counts["rejected"] == 2


def test_a_column_that_bears_a_list_is_no_cell_for_it(tmp_path: Path) -> None:
    services = [(*SERVICES[0], "channels"), (*SERVICES[1], "website and mail"), SERVICES[2]]
    report = checked(written(tmp_path, services=services, service_channels=CHANNELS))
    assert ("unknown-field", "services.csv", 2, "channels") in told(report)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a;b\n1;2\n", "has no column of services"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"service_id,service_id\n1,2\n", "twice"),
        (b"service_id,name\na,\xff\n", "not in UTF-8: line 2, invalid start byte"),
        (b"service_id,name\n" + b"a,b\n" * 9_000 + b"a,\xc3", "not in UTF-8: line 9,002, unexpected end of data"),
        (b'service_id,name\na,"open\n', "not CSV"),
    ],
)
def test_what_is_no_table_is_refused_whole(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "services.csv").write_bytes(content)
    with pytest.raises(Unreadable, match=message):
        checked(tmp_path / "services.csv")


def test_a_record_given_twice_is_told_at_its_row(tmp_path: Path) -> None:
    report = checked(written(tmp_path, services=[*SERVICES, SERVICES[1]]))
    assert ("duplicate", "services.csv", 4, None) in told(report)


def test_every_cell_under_no_column_is_told(tmp_path: Path) -> None:
    report = checked(written(tmp_path, services=[SERVICES[0], (*SERVICES[1], "too", "", "many"), SERVICES[2]]))
    (beyond,) = [problem for problem in report.problems if problem.code == "unknown-field"]
    assert (beyond.row, beyond.value) == (2, "too | many")


def test_a_package_without_a_table_of_ours_is_refused(tmp_path: Path) -> None:
    for resources in ([], [{"name": "codes", "path": "codes.csv"}]):
        (tmp_path / "datapackage.json").write_text(json.dumps({"resources": resources}), "utf-8")
        with pytest.raises(Unreadable, match="holds no table of the inventory"):
            checked(tmp_path)


def test_a_table_below_names_its_parent(tmp_path: Path) -> None:
    written(tmp_path, service_channels=[("servce_id", "channel"), ("a", "website")])
    with pytest.raises(Unreadable, match=r"no column service_id.*is it the column servce_id"):
        checked(tmp_path)
    written(tmp_path, things=[("a",), ("b",)])
    with pytest.raises(Unreadable, match="--as"):
        checked(tmp_path / "things.csv")


# Out and in again.


def loaded(store: Store, *paths: Path) -> dict[str, int]:
    inputs, _ = opened(paths, INVENTORY, store, None, None)
    return load(store, Plan(INVENTORY, store, TODAY), inputs, OPERATOR, now).counts


@pytest.mark.parametrize("form", ["ndjson", "xlsx", "zip"])
def test_an_export_loads_again_to_the_same(sample_store: Store, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"out.{form}"
    count = export(sample_store, out, None, lambda what, number: None)
    assert count == sum(1 for name in INVENTORY for _ in sample_store.all_documents(name)) > 200
    counts = loaded(sample_store, out)
    assert counts == {**counts, "read": count, "unchanged": count, "rejected": 0, "absent": 0}
    again = tmp_path / f"again.{form}"
    export(sample_store, again, None, lambda what, number: None)
    assert again.read_bytes() == out.read_bytes()
    engine = open_engine(f"sqlite:///{tmp_path}/other.db")
    create_tables(engine)
    other = Store(engine, INVENTORY)
    assert loaded(other, out)["added"] == count
    for name in INVENTORY:
        assert [d for _, d in other.all_documents(name)] == [d for _, d in sample_store.all_documents(name)]
    engine.dispose()


def test_a_release_loads_again_to_the_same(sample_store: Store, tmp_path: Path) -> None:
    release = make_release(sample_store, tmp_path, lambda what, number: None)
    for source in (release.path, release.archive):
        counts = loaded(sample_store, source)
        # A release does not hold what is private, so the providers' addresses make a difference.
        assert counts == {**counts, "rejected": 0, "absent": 0, "added": 0, "changed": 0}


def test_a_template_holds_an_organization_s_services_and_its_choices(sample_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "services.xlsx"
    assert template(sample_store, path, "service", "dos-ca", OPERATOR) == 4
    book = Workbook(path)
    assert next(row[0] for _, row in book.sheets["services"]) == "service_id"
    assert len(book.sheets["services"]) == 5
    assert loaded(sample_store, path)["unchanged"] == 4
    with pytest.raises(NotFound):
        template(sample_store, path, "service", "nobody", OPERATOR)
    with pytest.raises(Unreadable):
        template(sample_store, tmp_path / "services.txt", "service", None, OPERATOR)


def test_a_template_offers_codes_and_ids(sample_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "services.xlsx"
    template(sample_store, path, "service", None, OPERATOR)
    with zipfile.ZipFile(path) as book:
        text = "".join(book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name)
    assert "<formula1>choices!$A$2:$A$" in text
    assert text.count("<formula1>codes!$B$") > 8
    assert text.count("<dataValidation ") > 40
    labels = [row for _, row in Workbook(path).sheets["codes"] if row[0] == "channel"]
    assert ["channel", "website", "Website"] in [row[:3] for row in labels]


# Packages of strangers.


@pytest.fixture
def package(sample_store: Store, tmp_path: Path) -> Path:
    """A package of the sample, unpacked."""
    export(sample_store, tmp_path / "out.zip", None, lambda what, number: None)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        archive.extractall(tmp_path / "package")
    return tmp_path / "package"


def changed(package: Path, **facts: Any) -> Path:
    descriptor = json.loads((package / "datapackage.json").read_text("utf-8"))
    descriptor["resources"][0] |= facts
    (package / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
    return package


@pytest.mark.parametrize(
    "path", ["http://example.org/a.csv", "/etc/passwd", "../a.csv", ".hidden.csv", "a\\b.csv", "", ["a.csv"], None]
)
def test_a_descriptor_leads_nowhere_else(package: Path, path: Any) -> None:
    (package.parent / "a.csv").write_text("organization_id,name\na,b\n", "utf-8")
    with pytest.raises(Unreadable):
        checked(changed(package, path=path))


@pytest.mark.parametrize(
    "facts",
    [{"encoding": "latin-1"}, {"dialect": {"delimiter": ";"}}, {"name": "things"}, {"hash": "sha256:00"}],
)
def test_a_package_that_cannot_be_taken_whole_is_refused(package: Path, facts: dict[str, Any]) -> None:
    assert checked(package).counts["rejected"] == 0
    with pytest.raises(Unreadable):
        checked(changed(package, **facts))


def test_a_long_text_of_a_stranger_is_cut_short_wherever_it_is_told(package: Path, tmp_path: Path) -> None:
    for facts in ({"path": "../" + "x" * 999}, {"name": "x" * 999}):
        with pytest.raises(Unreadable, match=r"x{100}…") as refused:
            checked(changed(package, **facts))
        assert len(str(refused.value)) < 400
        changed(package, path="organizations.csv", name="organizations")
    (tmp_path / "services.csv").write_text(f"service_id,organization_id,name\na,dos-ca,A,{'x' * 999}\n", "utf-8")
    (beyond,) = [problem for problem in checked(tmp_path / "services.csv").problems if problem.code == "unknown-field"]
    assert beyond.value == "x" * 200 + "…"


def test_a_link_out_of_a_package_is_not_followed(package: Path) -> None:
    outside = package.parent / "outside.csv"
    shutil.move(package / "organizations.csv", outside)
    (package / "organizations.csv").symlink_to(outside)
    with pytest.raises(Unreadable, match="does not hold"):
        checked(package)


def test_what_is_no_zip_or_workbook_is_refused(tmp_path: Path) -> None:
    for name, kind in {"a.zip": "a zip file", "a.xlsx": "an XLSX workbook"}.items():
        (tmp_path / name).write_bytes(b"PK nonsense")
        with pytest.raises(Unreadable, match=f"is not {kind}"):
            checked(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("services.csv", "service_id\n")
    with pytest.raises(Unreadable, match=r"datapackage\.json"):
        checked(tmp_path / "b.zip")


def test_csv_rows_are_numbered_from_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'\xef\xbb\xbfa,b\r\n"1\n2",x\r\n')
    opener = lambda: (tmp_path / "a.csv").open("rb")  # noqa: E731
    assert list(read_csv(opener, "a.csv")) == [(1, ["a", "b"]), (2, ["1\n2", "x"])]


def an_indicator(path: Path, value: Any, form: str) -> Path:
    """A workbook with one quarter and one indicator in seconds, typed into a cell of that form."""
    key = {"provider_id": "dos-ca", "service_id": "passports", "fiscal_year": "2026", "quarter": "1"}
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("feedback").write_row(0, 0, key)
        book.get_worksheet_by_name("feedback").write_row(1, 0, key.values())
        sheet = book.add_worksheet("feedback_indicators")
        sheet.write_row(0, 0, [*key, "name", "unit", "value"])
        sheet.write_row(1, 0, [*key.values(), "Wait", "seconds"])
        sheet.write(1, 6, value, book.add_format({"num_format": form}))
    return path


@pytest.mark.parametrize(
    ("cell", "form", "seconds"),
    [("15:32", "@", "932"), (932, "0", "932"), (datetime.time(0, 15, 32), "h:mm:ss", "932")],
)
def test_a_clock_time_counts_seconds(tmp_path: Path, cell: Any, form: str, seconds: str) -> None:
    path = an_indicator(tmp_path / "a.xlsx", cell, form)
    [read] = documents(path)
    taken = INVENTORY["feedback"].respelled
    assert taken is not None and str(taken(read)["indicators"][0]["value"]) == seconds
    assert "feedback_indicators" not in {problem.sheet for problem in checked(path).problems}


def test_what_a_spreadsheet_made_a_time_of_day_is_told_and_not_guessed(tmp_path: Path) -> None:
    path = an_indicator(tmp_path / "a.xlsx", datetime.time(15, 32), "h:mm")
    [problem] = [p for p in checked(path).problems if p.sheet == "feedback_indicators"]
    assert (problem.code, problem.row, problem.field) == ("wrong-type", 2, "value")
    assert problem.value == "15:32, which the spreadsheet made a time of day; write it in a cell of text"


def test_a_formula_without_its_value_is_not_taken_for_an_empty_cell(tmp_path: Path) -> None:
    path = an_indicator(tmp_path / "a.xlsx", "=900+32", "@")
    [read] = documents(path)  # the writer keeps a value beside it
    assert "value" in read["indicators"][0]
    bare = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bare, "w") as out:
        for name in source.namelist():
            out.writestr(name, source.read(name).replace(b"<f>900+32</f><v>0</v>", b"<f>900+32</f><v></v>"))
    with pytest.raises(Unreadable, match=r"b\.xlsx, sheet feedback_indicators: no value is kept of .* in G2; open"):
        documents(bare)
