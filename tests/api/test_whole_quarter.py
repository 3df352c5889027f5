"""An agency's whole quarter from the shell, against a server in another process, and OMB's pull of it."""

import json
from pathlib import Path

import pytest

from inventory.calendar import Period
from inventory.keys import Wanted, issue
from inventory.lifecycle import Role
from inventory.store import Store
from tests.api.test_cli import Shell
from tests.conftest import OPERATOR, now
from tests.processes import psi_serve
from tests.quarters import a_quarter, with_designations

pytestmark = pytest.mark.slow
QUARTER = "feedback/dos-ca/dos-ca-passports/2026-Q3"


def test_a_quarter_from_the_template_to_the_pull(sqlite_store: Store, tmp_path: Path) -> None:
    with_designations(sqlite_store, [("dos-ca", "dos-ca-passports", 2026)])
    keys = {
        role: issue(sqlite_store, OPERATOR, now, Wanted(holder=role, role=role, organization_id=organization)).secret
        for role, organization in ((Role.EDITOR, "dos-ca"), (Role.CERTIFIER, "dos-ca"), (Role.OMB_REVIEWER, None))
    }
    sqlite_store.engine.dispose()
    path = tmp_path / "quarter.json"
    path.write_text(json.dumps(a_quarter(str(Period(2026, 3)))), "utf-8")
    with psi_serve(tmp_path / "home") as address:
        editor, certifier, omb = (Shell(tmp_path / f"{role}-home") for role in keys)
        for shell, key in zip((editor, certifier, omb), keys.values(), strict=True):
            shell.environ["PSI_KEY"] = key
        assert "1 added" in editor("submit", str(path), "--to", address)
        assert "1 unchanged" in editor("submit", str(path), "--to", address)
        attested = ("--name", "A synthetic name", "--title", "CX lead")
        refused = editor("submit", str(path), "--to", address, *attested, code=1)
        assert "editor may not submit" in refused
        assert "is submitted (receipt" in certifier("submit", str(path), "--to", address, *attested)
        link = certifier.told.partition("(receipt ")[2].partition(")")[0]
        assert "is submitted\n" in certifier("submit", str(path), "--to", address, *attested)
        assert QUARTER in omb("receipt", link, "--from", address)
        out = tmp_path / "pulled.ndjson"
        omb("pull", "--from", address, "--period", "2026-Q3", "--state", "submitted", str(out))
        assert json.loads(out.read_text("utf-8"))["collections"]
        assert "No entry" in Shell(tmp_path / "nobody")("receipt", link, "--from", address, code=1)
