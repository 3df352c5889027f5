"""Responses of a survey, one row a respondent, as counts of one collection."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapackage.external import response_counts
from datapackage.external.response_counts import (
    COLUMNS,
    COUNTED,
    DRIVERS,
    MOST_LISTED,
    SIDES,
    SurveyType,
    Tally,
    counted,
    measures,
)
from datapackage.external.response_input import Destination, ResponseOptions, destination, problems
from datapackage.loading.load import load, preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from inventory.calendar.fiscal import Period
from inventory.errors import NotFound, Unreadable
from inventory.ledger.heads import Head
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.validation.check import check
from inventory.writes.change import Attestation, Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, SAMPLE, TODAY, now
from tests.support.builders import (
    a_collection,
    a_designation,
    a_feedback,
    a_measure,
    a_provider,
    a_service,
    with_organizations,
)

Row = dict[str, str]
NAME = "touchpoints-responses-v2"
INTO = "dos-ca/dos-ca-passports/2026-Q1/online"
LIKERT = ResponseOptions(survey_type=SurveyType.LIKERT, into=INTO)
SHIPPED_SAMPLE = SAMPLE.parents[2] / "shared/samples/touchpoints/sample_cx_responses_upload.csv"


def a_row(score: str = "5", words: str = "", **ticks: str) -> Row:
    """A response: a score, no driver offered but those given."""
    return {"external_id": "r1", **dict.fromkeys(COUNTED, "null"), "question_1": score, "question_4": words, **ticks}


def spelled(rows: Sequence[Row], header: Sequence[str] = ()) -> bytes:
    """A CSV file of these rows."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, header or sorted(COLUMNS), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def tally(content: bytes, survey_type: SurveyType = SurveyType.LIKERT) -> Tally:
    return counted(lambda: io.BytesIO(content), "r.csv", survey_type)


def measured(content: bytes, survey_type: SurveyType = SurveyType.LIKERT) -> dict[tuple[str, str], Any]:
    """The measures by what and on which scale."""
    found = measures(tally(content, survey_type), survey_type)
    return {(measure["measure"], measure["scale"]): measure for measure in found}


SCORES = {
    SurveyType.THUMBS: ["0", "1", "", "null"],
    SurveyType.LIKERT: ["1", "2", "3", "4", "5", "", "null"],
    SurveyType.STARS: ["1", "2", "3", "4", "5", "", "null"],
}


@st.composite
def files(draw: st.DrawFn) -> tuple[SurveyType, list[str], list[Row]]:
    """A survey type, an order of columns, and rows of which some are bad."""
    survey_type = draw(st.sampled_from(SurveyType))
    cells = st.sampled_from(["0", "1", "null", "0", "1", "null", "0", "1", "null", "0", "1", "2", "", "yes"])
    words = st.sampled_from(["", "null", "Fine, thanks", 'He said "no"\nand left'])
    scores = st.sampled_from([*SCORES[survey_type] * 3, "6"])
    row = st.tuples(scores, words, st.lists(cells, min_size=14, max_size=14), st.booleans())
    rows = []
    for score, text, ticks, plain in draw(st.lists(row, min_size=1, max_size=30)):
        ticks = ["null" if plain and tick not in ("0", "1") else tick for tick in ticks]
        rows.append(a_row(score, text, **dict(zip(response_counts.TICKS, ticks, strict=True))))
    return survey_type, draw(st.permutations(sorted(COLUMNS))), rows


@given(files())
def test_counts_are_those_of_a_naive_recount(file: tuple[SurveyType, list[str], list[Row]]) -> None:
    survey_type, header, rows = file
    found = tally(spelled(rows, header), survey_type)
    good = [
        row
        for row in rows
        if row["question_1"] in SCORES[survey_type]
        and all(row[tick] in ("0", "1", "null") for tick in response_counts.TICKS)
    ]
    answered = [
        row
        for row in good
        if row["question_1"] not in ("", "null")
        or "1" in [row[tick] for tick in response_counts.TICKS]
        or row["question_4"] not in ("", "null")
    ]
    assert found.rows == len(rows)
    assert found.left_out == len(rows) - len(good)
    assert found.respondents == len(answered)
    assert found.unanswered == len(good) - len(answered)
    told = {(m["measure"], m["scale"]): m for m in measures(found, survey_type)}
    points = [str(point) for point in survey_type.scale.points]
    scores = Counter(row["question_1"] for row in answered)
    assert told["trust", survey_type.scale]["counts"] == [scores[point] for point in points]
    for driver in DRIVERS:
        for side, (scale, number) in SIDES.items():
            column, measure = f"{side}_{driver}", told[driver, scale]
            offered = [row for row in answered if row[column] != "null"]
            counts = [sum(row[column] == cell for row in offered) for cell in "01"]
            assert measure["question"] == number
            assert measure.get("counts") == (counts if offered else None)
            assert measure.get("asked") is (None if offered else False)
            expected = {
                int(point): [sum(row[column] == cell for row in offered if row["question_1"] == point) for cell in "01"]
                for point in points
            }
            by_score = {row["point"]: row["counts"] for row in measure.get("by_score", ())}
            assert by_score == {point: counts for point, counts in expected.items() if any(counts)}


@given(files())
def test_what_they_come_to_is_a_record(file: tuple[SurveyType, list[str], list[Row]]) -> None:
    survey_type, header, rows = file
    found = tally(spelled(rows, header), survey_type)
    collection = a_collection(respondents=found.respondents, measures=measures(found, survey_type))
    assert check(INVENTORY["feedback"], a_feedback(collections=[collection])).record is not None
    for measure in collection["measures"]:
        assert sum(measure.get("counts", ())) <= found.respondents


def test_rows_that_differ_are_held_up_to_a_number_only(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [a_row(str(n % 5 + 1), positive_ease=str(n % 2), negative_ease=str(n % 3 % 2)) for n in range(300)]
    before = measured(spelled(rows))
    monkeypatch.setattr(response_counts, "MOST_PATTERNS", 3)
    assert measured(spelled(rows)) == before


def test_a_row_that_answers_nothing_is_counted_in_nothing_else() -> None:
    offered = a_row("", positive_ease="0")
    found = tally(spelled([offered, a_row("5", positive_ease="1")]))
    assert (found.rows, found.respondents, found.unanswered) == (2, 1, 1)
    assert measures(found, SurveyType.LIKERT)[2]["counts"] == [0, 1]


def test_words_alone_are_an_answer_and_so_is_a_tick() -> None:
    found = tally(spelled([a_row("", "It was fine."), a_row("null", negative_ease="1"), a_row("", "null")]))
    assert (found.respondents, found.unanswered) == (2, 1)
    assert measures(found, SurveyType.LIKERT)[0] == {
        "measure": "trust",
        "scale": "likert_5",
        "question": 1,
        "counts": [0, 0, 0, 0, 0],
        "asked": True,
    }


def in_home(store: Store, *more: Change) -> Store:
    """A store with a provider, a service designated for it, and more."""
    with_organizations(store)
    documents = [("service", a_service()), ("provider", a_provider()), ("designation", a_designation())]
    for name, document in documents:
        append(store, OPERATOR, now, a_change(name, document))
    if more:
        append(store, OPERATOR, now, *more)
    return store


def a_change(name: str, document: dict[str, Any], action: str = "save", **facts: Any) -> Change:
    record_id = INVENTORY[name].record_id(document)
    return Change(record_type=name, record_id=record_id, action=action, document=document, **facts)


def a_submission(head: Head) -> Change:
    attested = Attestation("A synthetic name", "Director")
    facts = {"record_type": head.record_type, "record_id": head.record_id, "base_version": head.version}
    return Change(action="submit", attestation=attested, **facts)  # type: ignore[arg-type]


def loaded(store: Store, path: Path, asked: ResponseOptions = LIKERT) -> Report:
    inputs, matches = opened([path], INVENTORY, store, None, NAME, asked)
    return load(store, Plan(INVENTORY, store, TODAY, matches), inputs, OPERATOR, now)


def a_file(path: Path, *rows: Row) -> Path:
    path.write_bytes(spelled(rows))
    return path


def test_the_measures_of_a_kept_draft_are_replaced_and_nothing_else(sqlite_store: Store, tmp_path: Path) -> None:
    statement = "This survey's own wording of trust."
    measured_before = [a_measure("trust", statement=statement), a_measure("satisfaction")]
    other = a_collection(collection_id="phone", channel="phone")
    kept = a_feedback(collections=[a_collection(measures=measured_before), other])
    store = in_home(sqlite_store, a_change("feedback", kept))
    report = loaded(store, a_file(tmp_path / "r.csv", a_row("5", positive_ease="1"), a_row("4")))
    assert report.counts["changed"] == 1
    after = store.newest("feedback", "dos-ca/dos-ca-passports/2026-Q1")
    assert after is not None
    before = json.loads(json.dumps(kept))
    online = after["collections"][0]
    assert {name: value for name, value in after.items() if name != "collections"} == {
        name: value for name, value in before.items() if name != "collections"
    }
    assert [c["collection_id"] for c in after["collections"]] == ["online", "phone"]
    told = {name: value for name, value in online.items() if name not in ("measures", "respondents")}
    assert told == {n: v for n, v in a_collection().items() if n not in ("measures", "respondents")}
    assert online["respondents"] == 2
    trust = next(measure for measure in online["measures"] if measure["measure"] == "trust")
    assert trust == {
        "measure": "trust",
        "scale": "likert_5",
        "question": 1,
        "counts": [0, 0, 0, 1, 1],
        "statement": statement,
    }
    assert "satisfaction" not in {measure["measure"] for measure in online["measures"]}
    assert len(after["collections"][1]["measures"]) == len(other["measures"])
    assert loaded(store, tmp_path / "r.csv").counts["unchanged"] == 1


def test_a_collection_is_added_to_a_kept_draft(sqlite_store: Store, tmp_path: Path) -> None:
    store = in_home(sqlite_store, a_change("feedback", a_feedback()))
    asked = ResponseOptions(survey_type=SurveyType.THUMBS, into="dos-ca/dos-ca-passports/2026-Q1/kiosk")
    loaded(store, a_file(tmp_path / "r.csv", a_row("1"), a_row("0")), asked)
    after = store.newest("feedback", "dos-ca/dos-ca-passports/2026-Q1")
    assert after is not None and [c["collection_id"] for c in after["collections"]] == ["kiosk", "online"]
    assert after["collections"][0]["measures"][-1]["counts"] == [1, 1]


def test_without_a_draft_one_is_made_with_what_is_known(sqlite_store: Store, tmp_path: Path) -> None:
    store = in_home(sqlite_store)
    report = loaded(store, a_file(tmp_path / "r.csv", a_row("5")))
    assert report.counts["added"] == 1
    assert "needed-to-publish" in report.problem_counts
    after = store.newest("feedback", "dos-ca/dos-ca-passports/2026-Q1")
    assert after is not None and after["collections"][0]["respondents"] == 1


def test_what_is_submitted_is_not_touched(sqlite_store: Store, tmp_path: Path) -> None:
    store = in_home(sqlite_store, a_change("feedback", a_feedback()))
    append(store, OPERATOR, now, a_submission(store.head("feedback", "dos-ca/dos-ca-passports/2026-Q1")))
    report = loaded(store, a_file(tmp_path / "r.csv", a_row("5")))
    assert report.counts["rejected"] == 1
    [told] = [problem.message for problem in report.problems if problem.code == "state-forbids"]
    assert told.startswith("It is submitted, and save does not start from there: psi act recall feedback/dos-ca/")
    assert " or psi act return feedback/dos-ca/dos-ca-passports/2026-Q1 --reason WHY (to returned) first" in told


def test_with_a_bad_row_nothing_is_loaded_unless_it_is_left_out(sqlite_store: Store, tmp_path: Path) -> None:
    store = in_home(sqlite_store)
    path = a_file(tmp_path / "r.csv", a_row("5"), a_row("7", positive_ease="1"), a_row("1", positive_ease="x"))
    report = loaded(store, path)
    assert report.counts["added"] == 0
    assert store.newest("feedback", "dos-ca/dos-ca-passports/2026-Q1") is None
    told = [(p.code, p.row, p.field, p.value) for p in report.problems]
    assert told == [
        ("rows-unreadable", None, None, 2),
        ("unknown-code", 3, "question_1", "7"),
        ("unknown-code", 4, "positive_ease", "x"),
    ]
    assert "1 to 5" in str(report.problems[1].expected)
    left_out = ResponseOptions(survey_type=SurveyType.LIKERT, into=INTO, leave_out=True)
    assert loaded(store, path, left_out).counts["added"] == 1
    after = store.newest("feedback", "dos-ca/dos-ca-passports/2026-Q1")
    assert after is not None
    [collection] = after["collections"]
    trust = next(measure for measure in collection["measures"] if measure["measure"] == "trust")
    assert collection["respondents"] == 1 and trust["counts"] == [0, 0, 0, 0, 1]
    assert "Of the 3 rows of the response file 2 could not be read" in trust["note"]


def test_where_every_row_is_bad_none_can_be_left_out(sqlite_store: Store, tmp_path: Path) -> None:
    store = in_home(sqlite_store)
    left_out = ResponseOptions(survey_type=SurveyType.LIKERT, into=INTO, leave_out=True)
    report = loaded(store, a_file(tmp_path / "r.csv", a_row("7")), left_out)
    assert (report.counts["added"], report.problems[0].severity) == (0, "error")


def test_of_many_bad_cells_the_first_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    path = a_file(tmp_path / "r.csv", *[a_row("9", positive_ease="9")] * 400)
    inputs, matches = opened([path], INVENTORY, None, None, NAME, LIKERT)
    found = preview(Plan(INVENTORY, None, TODAY, matches), inputs).problems
    assert len(found) == MOST_LISTED + 1
    assert found[0].message == (
        "400 of 400 rows cannot be read, no row is loaded. Bad cells: 400 in positive_ease, 400 in question_1; "
        "the first 100 are listed"
    )


@pytest.mark.skipif(not SHIPPED_SAMPLE.exists(), reason="the sample upload is not here")
@pytest.mark.parametrize("survey_type", SurveyType)
def test_every_placeholder_of_the_sample_upload_is_refused_with_a_reason(survey_type: SurveyType) -> None:
    rows: list[tuple[int, int]] = []
    name = SHIPPED_SAMPLE.name
    found = counted(
        lambda: SHIPPED_SAMPLE.open("rb"), name, survey_type, lambda row, cells: rows.append((row, len(cells)))
    )
    assert found.rows == found.left_out == len(rows) > 0
    assert {cells for _, cells in rows} == {len(COUNTED)}
    assert all(problem.expected and problem.row for problem in found.listed)


def test_scores_that_could_be_thumbs_are_told(tmp_path: Path) -> None:
    path = a_file(tmp_path / "r.csv", a_row("1"), a_row("1"))
    inputs, matches = opened([path], INVENTORY, None, None, NAME, LIKERT)
    assert preview(Plan(INVENTORY, None, TODAY, matches), inputs).problem_counts == {"all-alike": 1}


WORDS = "Zyzzyva-words of a respondent"
UNQUOTED = "Zyzzyva, and more"
"""A comment whose comma is not in quotes moves all that follows it by a column."""


@pytest.mark.parametrize("header", [sorted(COLUMNS), ["question_4", *sorted(COLUMNS - {"question_4"})]])
def test_no_word_of_a_respondent_is_told(header: list[str]) -> None:
    rows = [a_row("9", WORDS), a_row(WORDS, WORDS), a_row("5", positive_ease=WORDS)]
    shifted = spelled([a_row("5", "@")], header).replace(b"@", UNQUOTED.encode()).splitlines()[1]
    seen: list[object] = []
    content = spelled(rows, header) + shifted + b"\r\n"
    found = counted(
        lambda: io.BytesIO(content), "r.csv", SurveyType.LIKERT, lambda row, cells: seen.append((row, list(cells)))
    )
    told = problems(found, "r.csv", SurveyType.LIKERT, leave_out=False)
    assert found.left_out == 4 and len(seen) == 4
    assert "Zyzzyva" not in f"{told}{seen}{found}{measures(found, SurveyType.LIKERT)}"


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("external_id,question_1", "is no response upload: its first row does not name"),
        (f"1,5,{WORDS}", "is no response upload"),
        (",".join(sorted(COLUMNS - {"positive_ease"})), "it lacks 'positive_ease'"),
        (",".join([*sorted(COLUMNS), "created_at"]), "it has besides 'created_at'"),
        (",".join([*sorted(COLUMNS), "question_1"]), "it has twice 'question_1'"),
        (",".join([*sorted(COLUMNS), WORDS]), "it has besides '(a long name)'"),
        (",".join(sorted(COLUMNS)), "holds no response"),
    ],
)
def test_a_file_of_other_columns_is_refused(first: str, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        tally(first.encode() + b"\n")
    assert said in str(refused.value) and "Zyzzyva" not in str(refused.value)


def test_broken_csv_is_refused_without_its_words() -> None:
    content = spelled([a_row("5")]) + f'r2,"{WORDS}"x,5\n'.encode()
    with pytest.raises(Unreadable, match="is not CSV: after row 2") as refused:
        tally(content)
    assert "Zyzzyva" not in str(refused.value)


def test_where_responses_go() -> None:
    assert destination("p/s/2026-Q3/web") == Destination("p", "s", Period(2026, 3), "web")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (ResponseOptions(into=INTO), "--survey-type thumbs|likert|stars"),
        (ResponseOptions(survey_type=SurveyType.STARS), "Say where the responses go: --into PROVIDER/SERVICE"),
        (ResponseOptions(survey_type=SurveyType.STARS, into="dos-ca/2026-Q1"), "does not say where the responses go"),
        (ResponseOptions(survey_type=SurveyType.STARS, into="a/b/2026-Q5/c"), "2026-Q5 is no quarter"),
        (ResponseOptions(survey_type=SurveyType.STARS, into="a/b/2026-Q1/On Line"), "On Line is no id of a collection"),
        (ResponseOptions(survey_type=SurveyType.STARS, into="a/dos-ca-passports/2026-Q1/c"), "There is no provider a"),
        (ResponseOptions(survey_type=SurveyType.STARS, into="dos-ca/b/2026-Q1/c"), "There is no service b"),
    ],
)
def test_what_the_file_does_not_say_must_be_said(
    sqlite_store: Store, tmp_path: Path, asked: ResponseOptions, said: str
) -> None:
    store = in_home(sqlite_store)
    path = a_file(tmp_path / "r.csv", a_row("5"))
    with pytest.raises((Unreadable, NotFound)) as refused:
        opened([path], INVENTORY, store, None, NAME, asked)
    assert said in str(refused.value)


def test_one_csv_file_is_one_collection(tmp_path: Path) -> None:
    path = a_file(tmp_path / "r.csv", a_row("5"))
    with pytest.raises(Unreadable, match="takes one file"):
        opened([path, path], INVENTORY, None, None, NAME, LIKERT)
    with pytest.raises(Unreadable, match=r"does not end in \.csv"):
        opened([a_file(tmp_path / "r.txt", a_row("5"))], INVENTORY, None, None, NAME, LIKERT)
    with pytest.raises(Unreadable, match="belong to --crosswalk"):
        opened([path], INVENTORY, None, None, "touchpoints-services", LIKERT)
