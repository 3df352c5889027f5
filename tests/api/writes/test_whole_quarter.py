"""An agency's whole quarter from the shell, against a server in another process, and OMB's pull of it."""

import json
from pathlib import Path

import httpx
import pytest

from inventory.access.api_keys import Wanted, issue
from inventory.ledger.store import Store
from inventory.records.lifecycle import Role
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.api.commands.test_main import Shell
from tests.conftest import OPERATOR, now
from tests.support.builders import STATEMENTS, an_instrument
from tests.support.filling import fill
from tests.support.processes import psi_serve
from tests.support.quarters import with_designations

pytestmark = pytest.mark.slow
QUARTER = "feedback/dos-ca/dos-ca-passports/2026-Q3"
HOLDERS = {Role.EDITOR: "dos-ca", Role.CERTIFIER: "dos-ca", Role.OMB_REVIEWER: None}
FILLED: dict[str, dict[str, str | int]] = {
    "feedback": {"customers": 5000},
    "feedback_collections": {
        "collected_from": "2026-04-01",
        "collected_to": "2026-06-30",
        "customers_at_point": 4000,
        "offered": 1000,
        "offered_basis": "invited",
        "respondents": 130,
    },
    "feedback_measures": {"counts_1": 5, "counts_2": 5, "counts_3": 10, "counts_4": 40, "counts_5": 60},
}


@pytest.fixture
def keys(sqlite_store: Store) -> dict[Role, str]:
    """Keys to an inventory with one service to report on, and the survey of it."""
    with_designations(sqlite_store, [("dos-ca", "dos-ca-passports", 2026)])
    rating = {"kind": "rating", "scale": "likert_5", "required": True}
    asked = [
        {"number": number, "measure": measure, "statement": statement, **rating}
        for number, (measure, statement) in enumerate(STATEMENTS.items(), 1)
    ]
    survey = an_instrument(questions=asked)
    record_id = sqlite_store.model["instrument"].record_id(survey)
    append(
        sqlite_store,
        OPERATOR,
        now,
        Change(record_type="instrument", record_id=record_id, action="save", document=survey),
    )
    wanted = (Wanted(holder=role, role=role, organization_id=below) for role, below in HOLDERS.items())
    issued = {one.role: issue(sqlite_store, OPERATOR, now, one).secret for one in wanted}
    sqlite_store.engine.dispose()
    return issued


def unkept(folder: Path) -> Path:
    """A file that holds what cannot be kept."""
    path = folder / "unkept.json"
    path.write_text('{"service_id": "dos-ca-x", "organization_id": "dos-ca", "name": 7}')
    return path


def test_a_quarter_from_the_template_to_the_pull(keys: dict[Role, str], tmp_path: Path) -> None:
    workbook, out = tmp_path / "quarter.xlsx", tmp_path / "pulled.ndjson"
    with psi_serve(tmp_path / "home") as address:
        editor, certifier, omb = (Shell(tmp_path / f"{role}-home") for role in keys)
        for shell, key in zip((editor, certifier, omb), keys.values(), strict=True):
            shell.environ["PSI_KEY"] = key
        quarter = ("--organization", "dos-ca", "--period", "2026-Q3")
        assert "end in .xlsx" in editor("template", "feedback", "quarter.txt", *quarter, "--from", address, code=2)
        assert "is here" in editor("template", "feedback", str(workbook), *quarter, "--from", address)
        editor("check", str(workbook), code=1)
        lacking = editor("submit", str(workbook), "--to", address, code=1)
        assert "quarter.xlsx, feedback_measures, row" in lacking and "import.xlsx" not in lacking
        fill(workbook, FILLED)
        editor("check", str(workbook))

        assert "1 changed" in editor("submit", str(workbook), "--to", address)
        assert "1 unchanged" in editor("submit", str(workbook), "--to", address)
        attested = ("--name", "A synthetic name", "--title", "CX lead")
        refused = editor("submit", str(workbook), "--to", address, *attested, code=1)
        assert "editor may not submit" in refused
        changed = f"{address}/api/v1/{QUARTER}"
        kept = httpx.get(changed, headers={"X-Api-Key": editor.environ["PSI_KEY"]})
        for document in ({**kept.json(), "accomplishments": "Not in the file"}, kept.json()):
            tag = httpx.get(changed, headers={"X-Api-Key": editor.environ["PSI_KEY"]}).headers["etag"]
            headers = {"X-Api-Key": editor.environ["PSI_KEY"], "If-Match": tag}
            assert httpx.put(changed, json=document, headers=headers).status_code == 200
            if document != kept.json():
                other = certifier("submit", str(workbook), "--to", address, *attested, code=1)
                assert "it is not what the file says: accomplishments" in other
        services = tmp_path / "services.json"
        services.write_text('{"service_id": "dos-ca-x", "organization_id": "dos-ca", "name": "X"}')
        assert "no quarter of feedback" in certifier("submit", str(services), "--to", address, *attested, code=2)
        assert "what cannot be kept" in editor("submit", str(unkept(tmp_path)), "--to", address, code=1)
        submitted = certifier("submit", str(workbook), "--to", address, *attested)
        assert "is submitted (receipt" in submitted
        assert "is submitted\n" in certifier("submit", str(workbook), "--to", address, *attested)
        omb("pull", "--from", address, "--state", "submitted", str(tmp_path / "submitted.ndjson"))
        assert QUARTER.partition("/")[2].partition("/")[0] in (tmp_path / "submitted.ndjson").read_text("utf-8")

        assert "may not accept" in editor("act", "accept", QUARTER, "--at", address, code=2)
        assert "is accepted (receipt" in omb("act", "accept", QUARTER, "--at", address)
        published = omb("act", "publish", QUARTER, "--at", address)
        assert "is published (receipt" in published
        omb("pull", "--from", address, "--period", "2026-Q3", str(out))
        [pulled] = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
        assert (pulled["customers"], len(pulled["collections"][0]["measures"])) == (5000, 7)
        link = published.partition("(receipt ")[2].partition(")")[0]
        assert QUARTER in Shell(tmp_path / "nobody")("receipt", link, "--from", address)
