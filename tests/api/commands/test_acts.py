"""A quarter's whole way by `psi act`, and what is said to whoever names or asks wrongly."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from api.commands import acts, loads
from tests.support.api.psi import Psi
from tests.support.builders import a_designation, a_feedback, a_provider, a_service, an_organization

QUARTER = "feedback/dos-ca/dos-ca-passports/2026-Q1"
BEFORE = [
    an_organization(organization_id="dos", parent_id=None),
    an_organization(organization_id="dos-ca", parent_id="dos"),
    a_service(),
    a_provider(),
    a_designation(),
]


@pytest.fixture
def ready(psi: Psi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Psi:
    """An inventory that knows provider, service and designation, after the quarter has ended."""
    january = datetime.datetime(2026, 1, 20, 17, tzinfo=datetime.UTC)
    for module in (acts, loads):
        monkeypatch.setattr(module, "utc_now", lambda: january)
    for number, document in enumerate(BEFORE):
        load(psi, tmp_path / f"{number}.json", document, "--publish")
    return psi


def load(psi: Psi, path: Path, document: Any, *more: str) -> None:
    path.write_text(json.dumps([document]), "utf-8")
    psi("load", str(path), *more)


def test_a_quarter_goes_its_whole_way(ready: Psi, tmp_path: Path) -> None:
    load(ready, tmp_path / "quarter.json", a_feedback())
    assert "submit asks for name and title" in ready("act", "submit", QUARTER, code=2)
    told = ready("act", "submit", QUARTER, "--name", "A synthetic name", code=2)
    assert told == "psi: --title is missing: who attests is named by both, and only --name is given\n"
    assert "psi: --name is missing" in ready("act", "submit", QUARTER, "--title", "Director", code=2)
    attested = ("--name", "A synthetic name", "--title", "Director", "--holder", "certifier")
    assert f"{QUARTER} is submitted" in ready("act", "submit", QUARTER, *attested)
    assert "accept is for another holder than" in ready("act", "accept", QUARTER, "--holder", "certifier", code=2)
    assert "takes no name and title" in ready("act", "accept", QUARTER, *attested[:4], code=2)
    ready("act", "accept", QUARTER, "--holder", "reviewer")
    assert f"{QUARTER} is published" in ready("act", "publish", QUARTER)
    assert "restate asks for a reason" in ready("act", "restate", QUARTER, code=2)
    ready("act", "restate", QUARTER, "--reason", "A column was read twice")
    ready("act", "withdraw", QUARTER, "--reason", "It was another survey")
    # Whatever the width, nothing is cut.
    assert "…" not in ready("ledger", "log", QUARTER)
    log = ready.json("ledger", "log", QUARTER)
    assert [entry["state"] for entry in log] == ["draft", "submitted", "accepted", "published", "draft", "withdrawn"]
    assert log[1]["note"] == "attested by A synthetic name, Director"
    assert ready.json("ledger", "verify")["faults"] == []


@pytest.mark.parametrize("words", [["publish"], ["act", "submit"], ["ledger", "log"]])
def test_a_type_there_is_not_is_named(psi: Psi, words: list[str]) -> None:
    told = psi(*words, "dos-ca/dos-ca-passports/2026-Q1", code=2)
    assert told.startswith("psi: There is no type dos-ca in dos-ca/dos-ca-passports/2026-Q1; records are named type/id")
    assert "feedback" in told and told.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lod"], "psi: No such command 'lod'. Did you mean 'load'? (psi --help says how)\n"),
        (["load"], "psi: Missing argument 'paths'. (psi load --help says how)\n"),
        (["load", "x", "--dryrun"], "psi: No such option: --dryrun"),
        (["serve", "--workers", "0"], "psi: Invalid value for '--workers': 0 is not in the range x>=1."),
        (["template", "cakes", "x.xlsx"], "psi: Invalid value for 'what': "),
        (["ledger", "lag"], "psi: No such command 'lag'"),
    ],
)
def test_misuse_is_one_line(psi: Psi, words: list[str], said: str) -> None:
    told = psi(*words, code=2)
    assert told.startswith(said[:30]) and told.count("\n") == 1 and "--help says how" in told, told


def test_whoever_asks_nothing_is_told_what_there_is(psi: Psi) -> None:
    assert "Usage: psi" in psi(code=2)
    assert "Usage: psi ledger" in psi("ledger", code=2)


def test_the_version_is_told(psi: Psi) -> None:
    assert psi("--version").startswith("psi 0.")


def test_the_doctor_names_what_is_no_setting(psi: Psi) -> None:
    psi.set(PSI_PRT="12", PSI_OLIVES="x")
    sick = [finding for finding in psi.json("doctor", code=1) if not finding["fine"]]
    assert [(finding["found"], finding["remedy"].split(";")[0]) for finding in sick] == [
        ("PSI_OLIVES is no setting", "leave it out"),
        ("PSI_PRT is no setting", "say PSI_PORT"),
    ]


def test_the_doctor_finds_a_home_that_is_yet_to_be_made_fine(psi: Psi) -> None:
    assert {finding["fine"] for finding in psi.json("doctor")} == {True}
    assert not psi.home.exists()
