"""The guide to surveys prints what `psi check` prints."""

import datetime
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.commands import loads
from api.commands.main import app
from api.commands.session import out
from tests.conftest import ROOT

GUIDE = (ROOT / "docs" / "surveys.md").read_text("utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```\n\n```\n(.*?)```", GUIDE, re.S)


@pytest.mark.parametrize(("survey", "printed", "code"), [(*EXAMPLES[0], 0), (*EXAMPLES[1], 1)])
def test_the_guide_prints_what_the_check_tells(
    survey: str, printed: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loads, "utc_now", lambda: datetime.datetime(2026, 11, 24, 17, tzinfo=datetime.UTC))
    monkeypatch.setattr(out, "width", 100)
    path = tmp_path / "survey.json"
    path.write_text(survey, "utf-8")
    told = CliRunner().invoke(app, ["check", str(path)])
    assert (told.exit_code, [line.rstrip() for line in told.stdout.splitlines()]) == (code, printed.splitlines())
