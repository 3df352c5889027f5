"""What is not public is its owner's alone, and no copy of it stays behind."""

import stat
from pathlib import Path

from sqlalchemy import text

from api.server.doctor import examine
from api.server.settings import Settings
from api.server.store import open_store, utc_now
from inventory.storage.engines import create_tables, left_copies, open_engine, snapshot


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_database_and_its_home_are_for_their_owner_alone(tmp_path: Path) -> None:
    store = open_store(Settings.from_environment({"PSI_HOME": str(tmp_path / "var")}))
    assert (mode(tmp_path / "var"), mode(tmp_path / "var" / "ledger.db")) == (0o700, 0o600)
    store.engine.dispose()


def test_copies_that_killed_processes_left_are_cleared_away_and_those_in_use_are_not(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    create_tables(engine)
    (tmp_path / ".copy-left").mkdir()
    (tmp_path / ".copy-left" / "copy.db").touch()
    with snapshot(engine) as connection:
        assert [path.name for path in left_copies(engine)] == [".copy-left"]
        create_tables(engine)
        assert connection.execute(text("SELECT count(*) FROM chain")).scalar() == 1
        [kept] = tmp_path.glob(".copy-*")
        assert kept.name != ".copy-left"
    assert list(tmp_path.glob(".copy-*")) == []
    engine.dispose()


def test_the_doctor_tells_of_readers_copies_and_newer_tables(tmp_path: Path) -> None:
    settings = Settings.from_environment({"PSI_HOME": str(tmp_path / "var")})
    store = open_store(settings)
    assert all(finding.fine for finding in examine(settings, utc_now()))
    (tmp_path / "var").chmod(0o755)
    (tmp_path / "var" / "ledger.db").chmod(0o644)
    (tmp_path / "var" / ".copy-left").mkdir()
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    sick = {finding.what: finding.remedy for finding in examine(settings, utc_now()) if not finding.fine}
    assert sick.keys() == {"Readers", "Copies", "Tables"}
    assert sick["Tables"] == "install the version that made them"
    store.engine.dispose()
