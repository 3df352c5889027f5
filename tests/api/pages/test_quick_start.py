"""The quick start, its commands run one after another against a served sample."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.access.api_keys import Wanted, issue
from inventory.ledger.store import Store
from inventory.records.lifecycle import Role
from tests.conftest import OPERATOR, ROOT, now
from tests.support.sites import listening

GUIDE = (ROOT / "docs" / "quick-start-api.md").read_text("utf-8")


@pytest.fixture
def environ(sample_store: Store, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment that the guide sets up: a server and a key."""
    wanted = Wanted(holder="quick start", role=Role.EDITOR, organization_id="dos-ca")
    key = issue(sample_store, OPERATOR, now, wanted).secret
    with listening(sample_store, tmp_path) as address:
        yield {**os.environ, "PSI_SERVER": address, "PSI_KEY": key}


def test_its_commands_work_one_after_another(environ: dict[str, str]) -> None:
    blocks = re.findall(r"^```(curl|python)\n(.*?)^```$", GUIDE, re.M | re.S)
    assert [language for language, _ in blocks] == ["curl", "curl", "python"]
    told = []
    for language, block in blocks:
        command = ["sh", "-c", block] if language == "curl" else [sys.executable, "-c", block]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        told.append(done.stdout)
    read, written, changed = told
    assert '"next":' in read and "passport" in read.lower() and "organization_id" in read
    assert '"version":1' in written and '"state":"draft"' in written and '"problems"' in written
    assert changed.splitlines()[0] == "draft 2" and "/channels" in changed
    assert changed.splitlines()[-1] == "422 Invalid"


def test_it_is_found_from_the_readme_and_leads_on() -> None:
    assert "](docs/quick-start-api.md)" in (ROOT / "README.md").read_text("utf-8")
