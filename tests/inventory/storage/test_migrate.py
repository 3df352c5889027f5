"""The store's tables are made and brought up to date by revisions, on both engines."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from inventory.errors import Incompatible
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.storage.migrate import FIRST, MIGRATIONS, NEWEST, revision_of
from inventory.storage.migrations import r0001_tables
from inventory.storage.tables import METADATA
from tests.inventory.ledger.test_store import save
from tests.support.builders import an_organization
from tests.support.postgres import new_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without a table on each engine."""
    url = f"sqlite:///{tmp_path}/empty.db"
    made = open_engine(url if request.param == "sqlite" else new_database(request.getfixturevalue("postgres_url")))
    yield made
    made.dispose()


def first_tables(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        r0001_tables.upgrade()


def columns(engine: Engine) -> list[tuple[Any, ...]]:
    """Every column as the database itself describes it."""
    described = text(
        "SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns "
        "WHERE table_schema = 'public'"
        if engine.dialect.name == "postgresql"
        else 'SELECT m.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master m, pragma_table_info(m.name) c'
    )
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(described) if row[0] != "alembic_version")


def test_the_newest_revision_is_the_last_of_the_scripts() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])
    assert scripts.get_heads() == [NEWEST] and scripts.get_bases() == [FIRST]


def test_the_tables_are_those_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert revision_of(connection) == NEWEST


def test_the_columns_are_those_of_the_models_to_the_letter(empty: Engine) -> None:
    METADATA.create_all(empty)
    wanted = columns(empty)
    METADATA.drop_all(empty)
    create_tables(empty)
    assert columns(empty) == wanted != []


def test_a_database_from_before_revisions_is_adopted_with_what_it_holds(empty: Engine) -> None:
    with empty.begin() as connection:
        first_tables(connection)
        connection.execute(text(f"INSERT INTO chain VALUES (1, 0, 0, '{'0' * 64}', '')"))
        connection.execute(
            text("INSERT INTO heads VALUES ('service', 'a', 'b', NULL, 'A', 'draft', 1, 1, NULL, NULL, NULL)")
        )
        assert revision_of(connection) == FIRST
    create_tables(empty)
    with empty.connect() as connection:
        assert revision_of(connection) == NEWEST
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    assert Store(empty, INVENTORY).head("service", "a").name == "A"


def test_again_it_changes_nothing(engine: Engine) -> None:
    store = Store(engine, INVENTORY)
    save(store, "organization", an_organization(parent_id=None))
    before = store.chain()
    create_tables(engine)
    assert store.chain() == before and before.seq == 1


def test_a_database_of_a_newer_version_is_refused_and_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Incompatible, match=r"revision 9999.*newer version"):
        create_tables(engine)
    with engine.connect() as connection:
        assert revision_of(connection) == "9999"


def test_those_who_start_at_once_make_the_tables_once(empty: Engine) -> None:
    url, faults, gate = empty.url, [], threading.Barrier(5)

    def start() -> None:
        engine = open_engine(url.render_as_string(hide_password=False))
        try:
            gate.wait(30)
            create_tables(engine)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test shows it
            faults.append(fault)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    with empty.connect() as connection:
        assert [row[0] for row in connection.execute(text("SELECT id FROM chain"))] == [1]
        assert "entries" in inspect(connection).get_table_names()
