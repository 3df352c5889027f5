"""What others wrote is shown as they wrote it, brackets and colons too."""

from pathlib import Path

import pytest
from rich.console import Console

from api.commands.session import err, out
from api.server.settings import Settings
from api.server.store import open_store, operator, utc_now
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import ROOT
from tests.support.api.psi import Psi
from tests.support.builders import an_organization

AWKWARD = "as told in [/memo 12] [red]:warning:"


@pytest.mark.parametrize("console", [out, err])
def test_no_console_reads_markup(console: Console) -> None:
    with console.capture() as told:
        console.print(AWKWARD)
    assert told.get() == f"{AWKWARD}\n"


def test_there_are_no_other_consoles() -> None:
    named = [path.name for path in (ROOT / "api").rglob("*.py") if "rich.markup" in path.read_text("utf-8")]
    made = [path.name for path in (ROOT / "api").rglob("*.py") if "Console(" in path.read_text("utf-8")]
    assert (named, made) == ([], ["session.py"])


def test_a_note_with_brackets_is_shown_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    psi = Psi(tmp_path / "[/var]", monkeypatch)
    psi.set(COLUMNS="400")
    store = open_store(Settings.from_environment({"PSI_HOME": str(psi.home)}))
    document = an_organization(organization_id="dos", parent_id=None)
    save = Change(record_type="organization", record_id="dos", action="save", document=document)
    append(store, operator(), utc_now, save)
    append(store, operator(), utc_now, Change(record_type="organization", record_id="dos", action="end", note=AWKWARD))
    store.engine.dispose()
    assert AWKWARD in psi("ledger", "log", "organization/dos")
