"""A release that cannot be read is the service's fault: its readers get 503, and the log says why."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from catalog.sql_limits import BoundedDatabase
from datapackage.releases.write_tables import DATABASE
from inventory.ledger.store import Store
from tests.support.sites import Client, release_uncertified, serving

PATHS = ["", "inventory", "inventory.json?sql=SELECT+*+FROM+services", "inventory/services.json?_sort=name"]
PAGE = 4096


def deleted(database: Path) -> None:
    database.unlink()


def replaced(database: Path) -> None:
    database.write_bytes(b"This is no database." * 10_000)


def overwritten(database: Path) -> None:
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xff" * (size - PAGE))


def assert_unavailable(client: Client, path: str, capfd: pytest.CaptureFixture[str]) -> None:
    answer = client.get(f"/data/{path}")
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "log" in answer.json()["detail"]
    assert "the release cannot be read" in capfd.readouterr().out


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("damage", [deleted, replaced, overwritten])
def test_damage_is_503_and_logged(
    sample_store: Store,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    path: str,
) -> None:
    damage(release_uncertified(sample_store, tmp_path) / DATABASE)
    with serving(sample_store, tmp_path) as client:
        assert_unavailable(client, path, capfd)


def test_damage_of_a_table_is_503_there(sample_store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    database = release_uncertified(sample_store, tmp_path) / DATABASE
    with closing(sqlite3.connect(database)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'organizations'").fetchone()
    with database.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xff" * PAGE)
    with serving(sample_store, tmp_path) as client:
        for path in ("", *PATHS[:2], "inventory.json?sql=SELECT+*+FROM+organizations", "inventory/organizations.json"):
            assert_unavailable(client, path, capfd)
        assert client.get("/data/inventory.json?sql=SELECT+name+FROM+services").status_code == 200


def test_a_deleted_file_is_not_made_anew(tmp_path: Path) -> None:
    database = BoundedDatabase(None, path=str(tmp_path / DATABASE), is_mutable=False)
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        database.connect()
    assert not list(tmp_path.iterdir())
