"""Templates of feedback through `psi`: filled in, they load; asked for what is not there, they say so in a line."""

import json
from pathlib import Path

import pytest

from api.server.store import utc_now
from datapackage.sheets.xlsx_reader import Workbook
from inventory.calendar.fiscal import period_of, washington_day
from tests.conftest import SAMPLE
from tests.support.api.psi import Psi
from tests.support.builders import a_designation, an_instrument

SERVICE = "dos-ca-passport-services"


@pytest.fixture
def psi(psi: Psi) -> Psi:
    psi.set(COLUMNS="200")
    psi("load", str(SAMPLE))
    return psi


@pytest.mark.slow
def test_a_quarter_is_laid_out_checked_marked_and_loaded(psi: Psi, tmp_path: Path) -> None:
    surveys = tmp_path / "surveys.json"
    surveys.write_text(json.dumps(an_instrument(service_id=SERVICE)), "utf-8")
    psi("load", str(surveys))
    path, marked = tmp_path / "t.xlsx", tmp_path / "marked.xlsx"
    said = psi("template", "feedback", str(path), "--organization", "dos-ca", "--period", "2026-Q1")
    assert "holds 1 quarter" in said
    psi("check", str(path), "--annotate", str(marked), code=1)
    assert "respondents" in {row[2] for _, row in Workbook(marked).sheets["problems"]}
    assert psi.json("load", str(marked), code=1)["counts"]["added"] == 1


def test_without_a_period_it_is_the_quarter_that_last_ended(psi: Psi, tmp_path: Path) -> None:
    last = period_of(washington_day(utc_now())).previous
    designation = tmp_path / "designation.json"
    designation.write_text(json.dumps(a_designation(service_id=SERVICE, fiscal_year=last.fiscal_year)), "utf-8")
    psi("load", str(designation))
    psi("template", "feedback", str(tmp_path / "t.xlsx"), "--organization", "dos-ca")
    [row] = [row for number, row in Workbook(tmp_path / "t.xlsx").sheets["feedback"] if number > 1]
    assert row[:4] == ["dos-ca", SERVICE, str(last.fiscal_year), str(last.quarter)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("feedback", "--period", "2026-Q5"), "2026-Q5 is no quarter of a fiscal year"),
        (("feedback", "--period", "2031-Q1", "--organization", "dos-ca"), "No service of dos-ca is designated for"),
        (("feedback", "--organization", "nobody"), "There is no organization nobody"),
        (("services", "--period", "2026-Q1"), "--period is of feedback"),
    ],
)
def test_what_cannot_be_laid_out_is_said_in_a_line(psi: Psi, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    told = psi("template", words[0], str(tmp_path / "t.xlsx"), *words[1:], code=2)
    assert told.startswith("psi: ") and said in told and told.count("\n") == 1
