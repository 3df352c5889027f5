"""Feedback as agencies have it today: exports, templates and what performance.gov published."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import update

from datapackage.crosswalks.functions.agreements import question_and_header
from datapackage.crosswalks.toml_file import crosswalk
from datapackage.loading.load import load
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from inventory.errors import Unreadable
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, Document
from inventory.storage.tables import HEADS
from tests.conftest import OPERATOR, ROOT, TODAY, now

PUBLISHED = ROOT.parent / "shared" / "samples" / "performance-gov"
HISTORY = (PUBLISHED / "hisp-quarterly-data.csv", PUBLISHED / "hisp-question-details.csv")
VHA = "va-vha/va-vha-outpatient-services"
PASSPORTS = "dos-ca/dos-ca-passport-services"


def loaded(store: Store, name: str, *paths: Path) -> Report:
    if not all(path.exists() for path in paths):
        pytest.skip("the samples are not at hand")
    inputs, matches = opened(paths, store.model, store, None, name)
    return load(store, Plan(store.model, store, TODAY, matches), inputs, OPERATOR, now)


def quarter(store: Store, record_id: str) -> Document:
    kept = store.newest("feedback", record_id)
    assert kept is not None
    return kept


def written(path: Path, *rows: dict[str, Any]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def told(report: Report) -> list[tuple[str, int | None, str | None]]:
    return [(p.code, p.row, p.field) for p in report.problems if p.code in ("told-differently", "sources-differ")]


# The export of Touchpoints A-11 v1.


def a_row(**changes: Any) -> dict[str, Any]:
    """One survey as Touchpoints exports it: name and abbreviation swapped, one question not asked."""
    row: dict[str, Any] = {
        "id": "190",
        "collection_year": "2021",
        "collection_quarter": "1",
        "collection_organization_name": "DOS",
        "collection_organization_abbreviation": "Department of State",
        "service_provider_name": "Bureau of Consular Affairs",
        "service_name": "Passport Services",
        "transaction_point": "After the call",
        "channel": "phone",
        "volume_of_customers": "5,000",
        "volume_of_customers_provided_survey_opportunity": "1000",
        "volume_of_respondents": "200",
        "omb_control_number": "OMB Control Number",
        "federal_register_url": "Federal Register URL",
        "operational_metrics": "",
    }
    for number in range(1, 12):
        row[f"q{number}_text"] = f"Question {number}" if number < 8 else ""
        for point in range(1, 6):
            row[f"q{number}_{point}"] = str(point * 10) if number < 7 else "0"
    return {**row, **changes}


def test_an_export_of_a_quarter_becomes_a_draft(sample_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "a11.csv", a_row(), a_row(id="191", channel="website", transaction_point="Online"))
    report = loaded(sample_store, "touchpoints-a11-v1", path)
    assert report.counts == {**report.counts, "read": 1, "added": 1, "rejected": 0}
    kept = quarter(sample_store, f"{PASSPORTS}/2021-Q1")
    assert kept["customers"] == 5000  # the service's volume, in every row
    assert [(c["collection_id"], c["channel"], c["respondents"]) for c in kept["collections"]] == [
        ("190", "phone", 200),
        ("191", "website", 200),
    ]
    measures = {(m["measure"], m["question"]): m for m in kept["collections"][0]["measures"]}
    assert measures["satisfaction", 1]["counts"] == [10, 20, 30, 40, 50]
    assert measures["trust", 2]["statement"] == "Question 2"
    # Five zeros are a question that was not asked, and a placeholder is no number.
    assert measures["employee", 7] == {
        "measure": "employee",
        "scale": "likert_5",
        "question": 7,
        "statement": "Question 7",
        "asked": False,
    }
    assert "omb_control_number" not in kept["collections"][0]
    assert "federal_register_url" not in kept["collections"][0]
    assert loaded(sample_store, "touchpoints-a11-v1", path).counts["unchanged"] == 1


def test_volumes_that_differ_from_row_to_row_are_told_and_not_taken(sample_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "a11.csv", a_row(), a_row(id="191", volume_of_customers="5001"))
    report = loaded(sample_store, "touchpoints-a11-v1", path)
    assert told(report) == [("told-differently", 3, "volume_of_customers")]
    assert "customers" not in quarter(sample_store, f"{PASSPORTS}/2021-Q1")


def test_every_row_that_differs_is_told(sample_store: Store, tmp_path: Path) -> None:
    rows = [a_row(id=str(190 + number), volume_of_customers=str(5000 + number)) for number in range(3)]
    report = loaded(sample_store, "touchpoints-a11-v1", written(tmp_path / "a11.csv", *rows))
    assert told(report) == [("told-differently", row, "volume_of_customers") for row in (3, 4)]


def test_a_collection_that_another_source_does_not_know_is_told(sample_store: Store, tmp_path: Path) -> None:
    loaded(sample_store, "touchpoints-a11-v1", written(tmp_path / "a.csv", a_row()))
    report = loaded(sample_store, "a11-v1-template", *a_template(tmp_path))
    differing = {p.field: (p.value, p.expected) for p in report.problems if p.code == "sources-differ"}
    assert ("after-the-call-phone", "190") in differing.values()


def test_collections_under_other_ids_are_compared_figure_by_figure(sample_store: Store, tmp_path: Path) -> None:
    loaded(sample_store, "touchpoints-a11-v1", written(tmp_path / "a.csv", a_row(volume_of_respondents="300")))
    header, questions = a_template(tmp_path)
    written(questions, question(2), question(1, (1, 2, 3, 4, 5)))
    report = loaded(sample_store, "a11-v1-template", header, questions)
    differing = {(p.file, p.row, p.field, p.value, p.expected) for p in report.problems if p.code == "sources-differ"}
    assert {
        ("header.csv", 2, "response_count", 200, "300"),
        ("questions.csv", 3, "likert_scale_1", "1, 2, 3, 4, 5", "10, 20, 30, 40, 50"),
    } <= differing


def test_what_was_returned_is_taken_up_again_though_nothing_changed(sample_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "a11.csv", a_row())
    loaded(sample_store, "touchpoints-a11-v1", path)
    record_id = f"{PASSPORTS}/2021-Q1"
    kept = sample_store.head("feedback", record_id)
    with sample_store.engine.begin() as connection:  # as if it had been submitted and returned
        connection.execute(update(HEADS).where(HEADS.c.record_id == record_id).values(state="returned"))
    report = loaded(sample_store, "touchpoints-a11-v1", path)
    assert report.counts["changed"] == 1
    assert [change.fields for change in report.changes if change.record.startswith("feedback/")] == [["state"]]
    head = sample_store.head("feedback", record_id)
    assert (head.state, head.version) == ("draft", kept.version + 1)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"service_provider_name": "Bureau of Nothing"}, ("name-unknown", 2, "service_provider_name")),
        ({"service_name": "Nothing"}, ("name-unknown", 2, "service_name")),
        ({"channel": "telegraph"}, ("unknown-code", 2, "channel")),
        ({"q3_4": "many"}, ("wrong-type", 2, "q3_4")),
        ({"collection_quarter": "5"}, ("out-of-range", 2, "collection_quarter")),
        ({"q1_2": ""}, ("wrong-type", 2, "q1_2")),
    ],
)
def test_what_cannot_be_taken_is_told_at_its_cell(
    sample_store: Store, tmp_path: Path, changes: dict[str, str], place: tuple[str, int, str]
) -> None:
    report = loaded(sample_store, "touchpoints-a11-v1", written(tmp_path / "a11.csv", a_row(**changes)))
    assert report.counts["rejected"] == 1
    assert place in [(problem.code, problem.row, problem.field) for problem in report.problems]
    assert report.rejected[0].raw["service_provider_name"]


def test_a_corrected_export_takes_the_place_of_the_one_before(sample_store: Store, tmp_path: Path) -> None:
    loaded(sample_store, "touchpoints-a11-v1", written(tmp_path / "a.csv", a_row(), a_row(id="191")))
    report = loaded(sample_store, "touchpoints-a11-v1", written(tmp_path / "b.csv", a_row(volume_of_respondents="210")))
    assert [change.fields for change in report.changes] == [["collections"]]
    assert [c["respondents"] for c in quarter(sample_store, f"{PASSPORTS}/2021-Q1")["collections"]] == [210]


def test_a_figure_told_twice_is_asked_for_and_not_called_silent(sample_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "a11.csv", a_row(), a_row(q3_1="11"))
    report = loaded(sample_store, "touchpoints-a11-v1", path)
    assert told(report) == [("told-differently", 3, "q3_1")]
    kept = quarter(sample_store, f"{PASSPORTS}/2021-Q1")
    assert "not_measured" not in kept
    [effectiveness] = [m for m in kept["collections"][0]["measures"] if m["measure"] == "effectiveness"]
    assert "counts" not in effectiveness
    assert "/collections/0/measures/2/counts" in {p.pointer for p in report.problems if p.severity == "error"}


# The template: a header and its questions.

HEADER = {
    "submission comment": "Waits are shorter.",
    "survey_instrument_reference": "Passport survey",
    "agency_poc_name": "A synthetic name",
    "agency_poc_email": "private@example.gov",
    "department": "Department of State",
    "bureau": "Bureau of Consular Affairs",
    "service": "Passport Services",
    "transaction_point": "After the call",
    "mode": "phone",
    "start_date": "10/1/2020",
    "end_date": "12/31/2020",
    "total_volume": "5000",
    "survey_opp_volume": "1000",
    "response_count": "200",
    "OMB_control_number": "1405-0193",
    "federal_register_url": "",
}


def question(number: int, counts: Sequence[int] = (10, 20, 30, 40, 50)) -> dict[str, Any]:
    own = {"standardized_question_number": number, "standardized_question_identifier": f"q{number}"}
    scale = {f"likert_scale_{point}": count for point, count in enumerate(counts, 1)}
    rest = {"response_volume": sum(counts), "notes": "", "start_date": "10/1/2020", "end_date": "12/31/2020"}
    return {**own, "customized_question_text": f"Question {number}", **scale, **rest}


def a_template(folder: Path) -> tuple[Path, Path]:
    questions = [question(1), question(2), question(3, (0, 0, 0, 0, 0))]
    return written(folder / "header.csv", HEADER), written(folder / "questions.csv", *questions)


def test_header_and_questions_are_one_collection(sample_store: Store, tmp_path: Path) -> None:
    report = loaded(sample_store, "a11-v1-template", *a_template(tmp_path))
    assert report.counts == {**report.counts, "read": 1, "added": 1, "rejected": 0}
    kept = quarter(sample_store, f"{PASSPORTS}/2021-Q1")  # its last day is in the first quarter of fiscal year 2021
    [collection] = kept["collections"]
    assert (collection["collected_from"], collection["collected_to"]) == ("2020-10-01", "2020-12-31")
    assert [m["measure"] for m in collection["measures"]] == ["effectiveness", "satisfaction", "trust"]
    assert collection["measures"][0]["asked"] is False
    assert kept["contact"] == {"name": "A synthetic name", "email": "private@example.gov"}
    assert (kept["customers"], collection["collection_id"]) == (5000, "after-the-call-phone")


def test_what_is_wrong_with_the_header_is_told_once_and_there(sample_store: Store, tmp_path: Path) -> None:
    header, questions = a_template(tmp_path)
    bad = {
        "total_volume": "many",
        "mode": "telegraph",
        "service": "Nothing",
        "response_count": "-",
    }
    written(header, {**HEADER, **bad, "start_date": "soon", "federal_register_url": "none", "unheard of": ""})
    report = loaded(sample_store, "a11-v1-template", header, questions)
    places = [(p.file, p.row, p.field) for p in report.problems if p.file == "header.csv"]
    assert sorted(places) == sorted(
        [("header.csv", 1, "unheard of")]
        + [("header.csv", 2, name) for name in (*bad, "start_date", "federal_register_url")]
    )


def test_an_impossible_last_day_is_told_in_the_header(sample_store: Store, tmp_path: Path) -> None:
    header, questions = a_template(tmp_path)
    report = loaded(sample_store, "a11-v1-template", written(header, {**HEADER, "end_date": "soon"}), questions)
    assert {(p.file, p.row, p.field) for p in report.problems} == {("header.csv", 2, "end_date")}


def test_cells_that_contradict_what_was_taken_are_told(sample_store: Store, tmp_path: Path) -> None:
    header, questions = a_template(tmp_path)
    written(header, {**HEADER, "department": "Department of Labor"})
    odd = {"response_volume": "999", "start_date": "10/1/2019", "standardized_question_identifier": "Ease"}
    written(questions, question(1), {**question(2), **odd})
    report = loaded(sample_store, "a11-v1-template", header, questions)
    found = {(p.file, p.row, p.field): p.expected for p in report.problems if p.code == "contradicts-itself"}
    assert found == {
        ("header.csv", 2, "department"): "Department of State",
        ("questions.csv", 3, "response_volume"): "150",
        ("questions.csv", 3, "start_date"): "2020-10-01",
        ("questions.csv", 3, "standardized_question_identifier"): "trust",
    }
    plain = loaded(sample_store, "a11-v1-template", *a_template(tmp_path))
    assert "contradicts-itself" not in {problem.code for problem in plain.problems}


def test_words_of_an_export_that_are_left_out_are_told(sample_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "a11.csv", a_row(operational_metrics="Calls answered: 90 %"))
    report = loaded(sample_store, "touchpoints-a11-v1", path)
    [problem] = [p for p in report.problems if p.code == "not-taken-as-given"]
    assert (problem.row, problem.field, problem.value) == (2, "operational_metrics", "Calls answered: 90 %")


def test_the_template_may_be_two_sheets_of_a_workbook(sample_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "submission.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for sheet, rows in (("header", [HEADER]), ("questions", [question(1), question(2)])):
            for number, row in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
                book.get_worksheet_by_name(sheet) or book.add_worksheet(sheet)
                book.get_worksheet_by_name(sheet).write_row(number, 0, row)
    assert loaded(sample_store, "a11-v1-template", path).counts["added"] == 1


def test_a_header_without_its_questions_is_refused(sample_store: Store, tmp_path: Path) -> None:
    header, questions = a_template(tmp_path)
    for paths in ([header], [questions], [header, header]):
        with pytest.raises(Unreadable, match="Give two tables"):
            loaded(sample_store, "a11-v1-template", *paths)
    with pytest.raises(Unreadable, match="it is one submission, in one row"):
        loaded(sample_store, "a11-v1-template", written(tmp_path / "two.csv", HEADER, HEADER), questions)


def test_two_sources_of_one_quarter_both_stay_and_the_difference_is_told(sample_store: Store, tmp_path: Path) -> None:
    loaded(sample_store, "touchpoints-a11-v1", written(tmp_path / "a.csv", a_row(volume_of_customers="4999")))
    report = loaded(sample_store, "a11-v1-template", *a_template(tmp_path))
    assert ("sources-differ", 2, "total_volume") in told(report)
    [differing] = [
        problem for problem in report.problems if (problem.code, problem.field) == ("sources-differ", "total_volume")
    ]
    assert (differing.value, differing.expected) == (5000, "4999")
    record = f"{PASSPORTS}/2021-Q1"
    bodies = sample_store.bodies([("feedback", record, version) for version in (1, 2)])
    sources = [bodies["feedback", record, version]["public_body"] for version in (1, 2)]
    assert b"Touchpoints A-11 v1 export" in sources[0] and b"A-11 v1 template" in sources[1]


# What performance.gov published.


def test_volumes_and_scores_of_one_quarter_meet(sample_store: Store) -> None:
    report = loaded(sample_store, "performance-gov-history", *HISTORY)
    assert report.counts == {**report.counts, "read": 10, "added": 5, "changed": 5, "rejected": 0}
    kept = quarter(sample_store, f"{VHA}/2020-Q1")
    [collection] = kept["collections"]
    assert (kept["origin"], kept["customers"], collection["offered"]) == ("historical", 8_586_476, 1_808_680)
    means = {measure["measure"]: measure["reported_mean"] for measure in collection["measures"]}
    assert means["trust"] == "4.42"
    assert not any("counts" in measure for measure in collection["measures"])
    again = loaded(sample_store, "performance-gov-history", *HISTORY)
    assert again.counts == {**again.counts, "unchanged": 10, "changed": 0}


def test_the_order_of_the_two_files_does_not_matter(sample_store: Store) -> None:
    loaded(sample_store, "performance-gov-history", HISTORY[1])
    loaded(sample_store, "performance-gov-history", HISTORY[0])
    kept = quarter(sample_store, f"{VHA}/2019-Q4")
    assert kept["customers"] == 8_616_178 and len(kept["collections"][0]["measures"]) == 7


def test_no_data_is_not_a_figure(sample_store: Store) -> None:
    loaded(sample_store, "performance-gov-history", *HISTORY)
    silent = [
        (record.record_id, item["measure"])
        for record, known in sample_store.all_documents("feedback")
        for item in known.get("not_measured", ())
    ]
    with HISTORY[1].open() as file:
        given = [row for row in csv.DictReader(file) if row["average_score"] == "No Data"]
    assert given and len(silent) == len(given)


def test_why_a_score_is_missing_is_its_note(sample_store: Store, tmp_path: Path) -> None:
    key = {"hisp": "va", "service": "vha", "year": "2019", "quarter": "2"}
    rows = [
        {**key, "question": "Satisfaction", "average_score": "No Data", "description": "It is asked from Q3 on."},
        {**key, "question": "Trust / Confidence", "average_score": "4.67", "description": "It increased my trust."},
    ]
    loaded(sample_store, "performance-gov-history", written(tmp_path / "details.csv", *rows))
    kept = quarter(sample_store, f"{VHA}/2019-Q2")
    note = {"reason": "source_silent", "note": "It is asked from Q3 on."}
    assert kept["not_measured"] == [{"measure": "satisfaction", **note}]
    [trust] = kept["collections"][0]["measures"]
    assert trust["statement"] == "It increased my trust." and "note" not in trust


def test_the_note_on_a_question_without_figures_is_kept(sample_store: Store, tmp_path: Path) -> None:
    header, questions = a_template(tmp_path)
    blank = {f"likert_scale_{point}": "" for point in range(1, 6)}
    written(questions, question(1), {**question(3), **blank, "response_volume": "", "notes": "The form was rebuilt."})
    loaded(sample_store, "a11-v1-template", header, questions)
    [silent] = quarter(sample_store, f"{PASSPORTS}/2021-Q1")["not_measured"]
    assert silent == {"measure": "effectiveness", "reason": "source_silent", "note": "The form was rebuilt."}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('x = { to = "collections.measures.counts", at = 12 }', "say with `at` in which, from 1 to 11"),
        ('x = "collections.measures.counts"', "say with `at` in which"),
        ('x = { to = "customers", at = 1 }', "customers is not laid out in columns"),
        ('x = "collections.measures.by_score.point"', "lies in a list of a list"),
        ('x = "collections.measures"', "there is no field collections.measures"),
        ('x = "customers"\n[constants]\n"collections.chanel" = "phone"', "there is no field collections.chanel"),
        ('x = "customers"\n[constants]\n"collections.channel" = "fone"', "fone is no channel"),
    ],
)
def test_a_column_says_where_in_a_quarter_it_leads(tmp_path: Path, more: str, message: str) -> None:
    path = tmp_path / "ours.toml"
    key = "\n".join(f'{name} = "{name}"' for name in ("provider_id", "service_id", "fiscal_year", "quarter"))
    head = 'title = "T"\nsource = "S"\nrecord_type = "feedback"\nsystem = "ours"\none = ["collections"]\n[columns]\n'
    path.write_text(f"{head}{key}\n{more}\n", "utf-8")
    with pytest.raises(Unreadable) as refused:
        crosswalk(str(path), INVENTORY)
    assert message in str(refused.value)


def test_a_figure_of_thousands_of_digits_is_no_count() -> None:
    given = {"response_volume": "9" * 5000, "answer_01": "1", "standardized_question_number": "9" * 5000}
    assert list(question_and_header(given)) == []
