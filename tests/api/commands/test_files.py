"""Commands that write a file do not write over what is there."""

import json
from pathlib import Path

import pytest

from tests.support.api.psi import Psi
from tests.support.builders import a_service

WRITING = {
    "template": (["template", "services", "OUT"], "filled.xlsx"),
    "check": (["check", "OUT", "--annotate", "OUT"], "typos.xlsx"),
    "load": (["load", "OUT", "--rejects", "OUT"], "in.json"),
    "export": (["export", "OUT"], "all.zip"),
    "backup": (["backup", "OUT"], "kept.psi"),
}


@pytest.mark.parametrize("command", WRITING)
def test_a_file_is_written_over_only_when_told_so(psi: Psi, tmp_path: Path, command: str) -> None:
    words, name = WRITING[command]
    target = tmp_path / name
    psi("template", "services", str(tmp_path / "empty.xlsx"))
    before = json.dumps([a_service(service_id="Bad Id")]).encode()
    before = (tmp_path / "empty.xlsx").read_bytes() if target.suffix == ".xlsx" else before
    target.write_bytes(before)
    asked = [str(target) if word == "OUT" else word for word in words]
    told = psi(*asked, code=2)
    assert told == f"psi: {target} is there already; --force writes over it\n"
    assert target.read_bytes() == before
    psi(*asked, "--force", code=1 if command == "load" else 0)
    assert command == "template" or target.read_bytes() != before
