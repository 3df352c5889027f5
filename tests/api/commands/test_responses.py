"""Responses of a survey through `psi`: they become counts, and what people wrote stands nowhere."""

import json
from pathlib import Path

import pytest

from datapackage.external.response_counts import COLUMNS
from tests.conftest import SAMPLE
from tests.datapackage.external.test_responses import WORDS, a_row, spelled
from tests.support.api.psi import Psi

OURS = ("--crosswalk", "touchpoints-responses-v2", "--survey-type", "likert")
INTO = ("--into", "dos-ca/dos-ca-passport-services/2026-Q1/online")
HEADER = ["question_4", *sorted(COLUMNS - {"question_4"})]


@pytest.fixture
def psi(psi: Psi) -> Psi:
    psi.set(COLUMNS="200")
    return psi


def test_what_people_wrote_stands_in_no_file_and_no_output(psi: Psi, tmp_path: Path) -> None:
    psi("load", str(SAMPLE))
    path, rejects = tmp_path / "in.csv", tmp_path / "rejects.ndjson"
    rows = [
        a_row("5", WORDS, positive_ease="1"),
        a_row("9", WORDS),
        a_row(WORDS, WORDS),
        a_row("4", "", negative_ease=WORDS),
    ]
    path.write_bytes(spelled(rows, HEADER))
    said = psi("check", str(path), *OURS, code=1)
    said += psi("load", str(path), *OURS, *INTO, "--rejects", str(rejects), code=1)
    told = [json.loads(line) for line in rejects.read_text("utf-8").splitlines()]
    assert [(line["row"], list(line["cells"])) for line in told] == [
        (3, ["question_1"]),
        (4, ["question_1"]),
        (5, ["negative_ease"]),
    ]
    report = psi.json("load", str(path), *OURS, *INTO, "--leave-out-bad-rows", code=1)
    assert report["responses"] == {
        "rows": 4,
        "respondents": 1,
        "unanswered": 0,
        "left_out": 3,
        "bad_cells": {"negative_ease": 1, "question_1": 2},
    }
    assert report["counts"]["added"] == 1
    said += psi.told + psi("ledger", "log", "feedback/dos-ca/dos-ca-passport-services/2026-Q1")
    files = [file for folder in (psi.home, rejects.parent) for file in folder.rglob("*") if file.is_file()]
    assert any(file.suffix == ".db" for file in files)
    secret = WORDS.split()[0]
    assert secret not in said
    assert [file for file in files if file != path and secret.encode() in file.read_bytes()] == []


def test_rows_that_can_be_read_leave_no_file_of_rejects(psi: Psi, tmp_path: Path) -> None:
    psi("load", str(SAMPLE))
    path, rejects = tmp_path / "in.csv", tmp_path / "rejects.ndjson"
    path.write_bytes(spelled([a_row("5")]))
    assert psi.json("check", str(path), *OURS)["responses"]["respondents"] == 1
    psi("check", str(path), *OURS)
    assert psi.told.startswith("checked: 1 respondent of 1 collection read\n")
    said = psi("load", str(path), *OURS, *INTO, "--rejects", str(rejects), code=1)
    assert "1 rows: 1 respondents, 0 without an answer, 0 that cannot be read" in said and "needed-to-publish" in said
    assert not rejects.exists()


def test_what_is_missing_is_said_in_one_line(psi: Psi, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(spelled([a_row("5")]))
    for words in (OURS, OURS[:2], (*OURS, "--into", "a/b/2026-Q1/c")):
        said = psi("load", str(path), *words, code=2)
        assert said.startswith("psi: ") and said.count("\n") == 1
