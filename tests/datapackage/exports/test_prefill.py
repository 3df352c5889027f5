"""A quarter of feedback to fill in: drafted from surveys or the quarter before, written, read back, and marked."""

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from datapackage.exports.annotate import annotate
from datapackage.exports.export import export, quarter_template
from datapackage.exports.prefill import prefilled
from datapackage.exports.xlsx_sheet import MARKS
from datapackage.loading.load import load, preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from datapackage.sheets.xlsx_reader import Workbook
from inventory.calendar.designations import covers
from inventory.calendar.fiscal import Period
from inventory.errors import NotFound, Unreadable
from inventory.ledger.store import Store
from inventory.problems import ERROR, Problem
from inventory.records.documents import document
from inventory.records.registry import INVENTORY, Document
from inventory.storage.tables import HEADS
from inventory.validation.check import check
from inventory.writes.change import Attestation, Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, TODAY, now
from tests.support.builders import (
    a_collection,
    a_designation,
    a_feedback,
    a_measure,
    a_provider,
    a_service,
    an_instrument,
    with_organizations,
)

Q1 = Period(2026, 1)
FIGURES = {"counts", "by_score", "asked", "reported_mean", "note", "respondents", "offered", "customers_at_point"}


def kept(name: str, given: Document) -> Document:
    """The document as it would be kept."""
    record = check(INVENTORY[name], given).record
    assert record is not None
    return document(record)


def every_name(item: Any) -> set[str]:
    """The names of all that a document says."""
    if isinstance(item, dict):
        return set(item) | {name for value in item.values() for name in every_name(value)}
    return {name for inner in item for name in every_name(inner)} if isinstance(item, list) else set()


@pytest.mark.parametrize(
    ("changes", "covered"),
    [
        ({}, [1, 2, 3, 4]),
        ({"first_quarter": 3}, [3, 4]),
        ({"ended_after": 1}, [1]),
        ({"first_quarter": 2, "ended_after": 3}, [2, 3]),
    ],
)
def test_a_designation_covers_the_quarters_it_names(changes: Document, covered: list[int]) -> None:
    designation = a_designation(**changes)
    quarters = (1, 2, 3, 4)
    assert [quarter for quarter in quarters if covers("current", designation, quarter)] == covered
    ended = covered if "ended_after" in changes else []
    assert [quarter for quarter in quarters if covers("ended", designation, quarter)] == ended
    assert not any(covers("proposed", designation, quarter) for quarter in quarters)


def test_a_survey_becomes_a_collection_with_a_row_for_each_question_and_driver() -> None:
    draft = prefilled(a_designation(), Q1, [an_instrument()], None)
    [collection] = draft["collections"]
    measures = collection["measures"]
    assert {name: value for name, value in collection.items() if name != "measures"} == {
        "collection_id": "dos-ca-passports-web",
        "measurement_point": "transaction",
        "channel": "website",
        "instrument_id": "dos-ca-passports-web",
    }
    assert [(m["measure"], m["scale"], m["question"]) for m in measures] == [
        ("satisfaction", "likert_5", 1),
        ("trust", "likert_5", 2),
        *[(driver, "tick", 3) for driver in ("effectiveness", "ease", "efficiency", "transparency", "employee")],
    ]
    assert measures[0]["statement"] == "I am satisfied with the service I received from Consular Affairs."


def test_indicators_are_laid_out_again_without_their_values(sqlite_store: Store, tmp_path: Path) -> None:
    wait = {"name": "Average wait", "unit": "seconds", "direction": "lower_is_better", "target": "600"}
    before = a_feedback(indicators=[{**wait, "value": "932", "note": "Of one quarter"}])
    for surveys in ([], [an_instrument()]):
        assert prefilled(a_designation(), Q1.next, surveys, before)["indicators"] == [wait]
    store = in_home(sqlite_store, ("feedback", kept("feedback", before)))
    quarter_template(store, tmp_path / "t.xlsx", None, Q1.next)
    told = [(p.row, p.field) for p in report_of(tmp_path / "t.xlsx").problems if p.sheet == "feedback_indicators"]
    assert told == [(2, "value")]
    inputs, _ = opened([tmp_path / "t.xlsx"], INVENTORY, store, None, None)
    load(store, Plan(INVENTORY, store, TODAY), inputs, OPERATOR, now)
    draft = store.newest("feedback", "dos-ca/dos-ca-passports/2026-Q2")
    assert draft is not None and draft["indicators"] == [wait]


def test_without_surveys_the_quarter_before_is_laid_out_again_without_its_figures() -> None:
    before = a_feedback(collections=[a_collection(unit="A1", moment_id="apply")])
    draft = prefilled(a_designation(), Q1.next, [], before)
    [collection] = draft["collections"]
    assert not every_name(draft) & FIGURES
    assert "collected_from" not in collection and "customers" not in draft
    assert (collection["unit"], collection["moment_id"], collection["survey_title"]) == (
        "A1",
        "apply",
        "Passport survey",
    )
    assert len(collection["measures"]) == 7 and draft["contact"] == before["contact"]
    assert (draft["fiscal_year"], draft["quarter"]) == (2026, 2)


def test_a_collection_that_used_a_survey_keeps_its_id_and_its_place() -> None:
    used = [
        a_collection(collection_id=name, unit=name, instrument_id="dos-ca-passports-web", measures=[])
        for name in ("east", "west")
    ]
    other = a_collection(collection_id="other")
    draft = prefilled(a_designation(), Q1, [an_instrument()], a_feedback(collections=[*used, other]))
    assert [(one["collection_id"], one["unit"]) for one in draft["collections"]] == [("east", "east"), ("west", "west")]
    assert all(len(one["measures"]) == 7 for one in draft["collections"])


def in_home(store: Store, *more: tuple[str, Document]) -> Store:
    """A store with a provider, a service designated for it, and more."""
    with_organizations(store, "gsa")
    given = [("service", a_service()), ("provider", a_provider()), ("designation", a_designation()), *more]
    for name, given_document in given:
        change = Change(
            record_type=name,
            record_id=INVENTORY[name].record_id(given_document),
            action="save",
            document=given_document,
        )
        append(store, OPERATOR, now, change)
    return store


@pytest.fixture
def home(sqlite_store: Store) -> Store:
    return in_home(sqlite_store, ("instrument", an_instrument()))


def report_of(path: Path, store: Store | None = None) -> Report:
    inputs, _ = opened([path], INVENTORY, store, None, None)
    return preview(Plan(INVENTORY, store, TODAY), inputs)


def documents_in(path: Path) -> list[Document]:
    inputs, _ = opened([path], INVENTORY, None, None, None)
    return [located.raw for located in inputs if located.raw is not None]


def sheet_xml(path: Path, name: str) -> str:
    """The XML of a sheet by its place in the workbook."""
    with zipfile.ZipFile(path) as book:
        place = list(Workbook(path).sheets).index(name) + 1
        return book.read(f"xl/worksheets/sheet{place}.xml").decode()


def test_a_template_is_read_back_as_it_was_drafted(home: Store, tmp_path: Path) -> None:
    assert quarter_template(home, tmp_path / "t.xlsx", "dos", Q1) == 1
    [read] = documents_in(tmp_path / "t.xlsx")
    draft = prefilled(a_designation(), Q1, [an_instrument()], None)
    assert kept("feedback", read) == kept("feedback", draft)


def test_untouched_rows_are_neither_zero_nor_not_asked_and_checking_says_what_to_fill_in(
    home: Store, tmp_path: Path
) -> None:
    path = tmp_path / "t.xlsx"
    quarter_template(home, path, "dos-ca", Q1)
    report = report_of(path)
    told = {(problem.sheet, problem.row, problem.field) for problem in report.problems}
    assert {("feedback_collections", 2, name) for name in ("respondents", "collected_from", "collected_to")} <= told
    assert all(problem.message for problem in report.problems)
    inputs, _ = opened([path], INVENTORY, home, None, None)
    load(home, Plan(INVENTORY, home, TODAY), inputs, OPERATOR, now)
    loaded = home.newest("feedback", "dos-ca/dos-ca-passports/2026-Q1")
    assert loaded is not None and not every_name(loaded) & FIGURES
    assert len(loaded["collections"][0]["measures"]) == 7


def test_a_draft_that_is_kept_is_in_it_as_it_is_kept(home: Store, tmp_path: Path) -> None:
    in_home(home, ("feedback", kept("feedback", a_feedback())))
    path = tmp_path / "t.xlsx"
    quarter_template(home, path, "dos-ca", Q1)
    assert report_of(path, home).counts["unchanged"] == 1


def test_a_quarter_may_have_been_laid_out_some_quarters_ago(sqlite_store: Store, tmp_path: Path) -> None:
    store = in_home(sqlite_store, ("feedback", a_feedback()))
    quarter_template(store, tmp_path / "t.xlsx", None, Period(2026, 4))
    [read] = documents_in(tmp_path / "t.xlsx")
    assert [one["collection_id"] for one in read["collections"]] == ["online"]


def test_ids_are_locked_and_all_else_is_open(home: Store, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    quarter_template(home, path, "dos-ca", Q1)
    assert _locked(path, "feedback_measures", 2) == ["A", "B", "C", "D", "E", "F", "G", "H"]
    assert _locked(path, "feedback", 2) == ["A", "B", "C", "D"]
    assert all("<sheetProtection" in sheet_xml(path, name) for name in ("feedback", "feedback_gaps"))
    assert "password" not in sheet_xml(path, "feedback")
    assert "choices!$A$2:$A$2" in sheet_xml(path, "feedback")
    assert [row for _, row in Workbook(path).sheets["choices"]] == [
        ["ids of provider", "ids of service", "ids of instrument"],
        ["dos-ca", "dos-ca-passports", "dos-ca-passports-web"],
    ]


def test_cells_to_fill_in_keep_what_is_typed(home: Store, tmp_path: Path) -> None:
    """Else a spreadsheet makes a time of day of 15:32, and 12 of 0012."""
    quarter_template(home, tmp_path / "t.xlsx", "dos-ca", Q1)
    text = _styles_of_text(tmp_path / "t.xlsx")
    columns = re.findall(
        r'<col min="(\d+)" max="(\d+)" [^>]*style="(\d+)"', sheet_xml(tmp_path / "t.xlsx", "feedback_indicators")
    )
    shown = {place for first, last, style in columns if style in text for place in range(int(first), int(last) + 1)}
    assert {6, 9} <= shown  # value and target
    line = re.search(r'<row r="2".*?</row>', sheet_xml(tmp_path / "t.xlsx", "feedback_collections"), re.S)
    assert line is not None
    assert {"E", "I", "K"} <= {c for c, style in re.findall(r'<c r="([A-Z]+)2" s="(\d+)"', line[0]) if style in text}


def _styles_of_text(path: Path) -> set[str]:
    """The styles whose cells keep what is typed."""
    with zipfile.ZipFile(path) as book:
        styles = book.read("xl/styles.xml").decode().partition("<cellXfs")[2].partition("</cellXfs>")[0]
    return {str(place) for place, number in enumerate(re.findall(r'<xf numFmtId="(\d+)"', styles)) if number == "49"}


def _locked(path: Path, sheet: str, row: int) -> list[str]:
    """The columns whose cells of a row are locked."""
    with zipfile.ZipFile(path) as book:
        styles = book.read("xl/styles.xml").decode().partition("<cellXfs")[2].partition("</cellXfs>")[0]
    open_ones = {
        str(place)
        for place, style in enumerate(re.findall(r"<xf .*?(?=<xf |$)", styles, re.S))
        if 'locked="0"' in style
    }
    line = re.search(rf'<row r="{row}".*?</row>', sheet_xml(path, sheet), re.S)
    assert line is not None
    cells = re.findall(rf'<c r="([A-Z]+){row}" s="(\d+)"', line[0])
    return [column for column, style in cells if style not in open_ones]


def test_marking_keeps_drop_downs_help_and_locks_but_of_what_is_wrong(home: Store, tmp_path: Path) -> None:
    source, out = tmp_path / "t.xlsx", tmp_path / "again" / "t.xlsx"
    out.parent.mkdir()
    quarter_template(home, source, "dos-ca", Q1)
    report = report_of(source)
    annotate(source, report.problems, out)
    for name in ("feedback", "feedback_measures", "feedback_gaps"):
        rows = [row for _, row in Workbook(source).sheets[name]]
        assert [row for _, row in Workbook(out).sheets[name]] == rows
        before, after = sheet_xml(source, name), sheet_xml(out, name)
        assert (
            before.partition("<dataValidations")[2].partition("</dataValidations>")[0]
            == (after.partition("<dataValidations")[2].partition("</dataValidations>")[0])
        )
        assert "<sheetProtection" in after
    assert Workbook(out).sheets["Read me"] == Workbook(source).sheets["Read me"]
    assert Workbook(out).sheets["codes"] == Workbook(source).sheets["codes"]
    assert Workbook(out).sheets["choices"] == Workbook(source).sheets["choices"]
    # What is wrong with a whole row is told at its first cell, which is open.
    assert _locked(out, "feedback_measures", 3) == ["B", "C", "D", "E", "F", "G", "H"]
    assert list(report_of(out).problems) == list(report.problems)
    annotate(out, report.problems, tmp_path / "twice.xlsx")
    assert Workbook(tmp_path / "twice.xlsx").sheets == Workbook(out).sheets


def test_a_wrong_id_is_marked_and_open(home: Store, tmp_path: Path) -> None:
    source, out = tmp_path / "t.xlsx", tmp_path / "marked.xlsx"
    quarter_template(home, source, "dos-ca", Q1)
    made = Problem(
        code="reference-unknown",
        severity=ERROR,
        message="There is none",
        file="t.xlsx",
        sheet="feedback",
        row=2,
        field="service_id",
    )
    annotate(source, [made], out)
    assert _locked(out, "feedback", 2) == ["A", "C", "D"]
    assert MARKS["error"][1:].upper() in zipfile.ZipFile(out).read("xl/styles.xml").decode()


def test_an_export_is_marked_without_losing_its_drop_downs(home: Store, tmp_path: Path) -> None:
    source, out = tmp_path / "e.xlsx", tmp_path / "marked.xlsx"
    export(home, source, "dos", lambda what, count: None)
    annotate(source, report_of(source).problems, out)
    assert sheet_xml(out, "services").count("<dataValidation ") == sheet_xml(source, "services").count(
        "<dataValidation "
    )
    assert "<sheetProtection" not in sheet_xml(out, "services")
    assert Workbook(out).sheets["service_channels"] == Workbook(source).sheets["service_channels"]


@pytest.mark.parametrize(
    ("organization", "quarter", "said"),
    [
        ("nobody", Q1, "There is no organization nobody"),
        ("gsa", Q1, "No current provider belongs to the organization"),
        ("dos", Period(2031, 1), "No service of dos-ca is designated for 2031-Q1"),
    ],
)
def test_where_nothing_is_to_be_filled_in_one_line_says_why(
    home: Store, tmp_path: Path, organization: str, quarter: Period, said: str
) -> None:
    with pytest.raises(NotFound, match=said):
        quarter_template(home, tmp_path / "t.xlsx", organization, quarter)
    assert not list(tmp_path.glob("*.xlsx"))


def test_what_is_submitted_is_not_to_be_filled_in(home: Store, tmp_path: Path) -> None:
    in_home(home, ("feedback", a_feedback()))
    head = home.head("feedback", "dos-ca/dos-ca-passports/2026-Q1")
    attested = Attestation("A synthetic name", "Director")
    facts: dict[str, Any] = {"record_type": "feedback", "record_id": head.record_id, "base_version": head.version}
    append(home, OPERATOR, now, Change(action="submit", attestation=attested, **facts))
    with pytest.raises(NotFound, match="All feedback on 2026-Q1 is submitted already"):
        quarter_template(home, tmp_path / "t.xlsx", "dos-ca", Q1)


def test_a_withdrawn_quarter_is_called_that(home: Store, tmp_path: Path) -> None:
    in_home(home, ("feedback", a_feedback()))
    with home.engine.begin() as connection:  # as if it had been published and withdrawn
        connection.execute(update(HEADS).where(HEADS.c.record_type == "feedback").values(state="withdrawn"))
    with pytest.raises(NotFound, match="All feedback on 2026-Q1 is withdrawn, and what is withdrawn is not filled in"):
        quarter_template(home, tmp_path / "t.xlsx", "dos-ca", Q1)


def test_a_template_is_a_workbook(home: Store, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"does not end in \.xlsx"):
        quarter_template(home, tmp_path / "t.csv", "dos-ca", Q1)


def test_designations_that_ended_or_are_proposed_do_not_ask(sqlite_store: Store, tmp_path: Path) -> None:
    store = in_home(sqlite_store)
    append(
        store,
        OPERATOR,
        now,
        Change(
            record_type="designation",
            record_id="dos-ca/dos-ca-passports/2026",
            action="end",
            base_version=store.head("designation", "dos-ca/dos-ca-passports/2026").version,
            note="It ended.",
        ),
    )
    with pytest.raises(NotFound, match="No service of dos-ca is designated"):
        quarter_template(store, tmp_path / "t.xlsx", None, Q1)


def test_measures_of_the_quarter_before_keep_their_wording() -> None:
    before = a_feedback(collections=[a_collection(measures=[a_measure("trust", statement="Our own wording.")])])
    [collection] = prefilled(a_designation(), Q1, [], before)["collections"]
    assert collection["measures"] == [
        {"measure": "trust", "scale": "likert_5", "question": 1, "statement": "Our own wording."}
    ]
