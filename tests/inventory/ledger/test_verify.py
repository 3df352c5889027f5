"""Whatever is changed behind the ledger's back is found and located; nothing is said of what is whole."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, LargeBinary, Row, Table, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from inventory.ledger.store import Store
from inventory.ledger.verify import verify, walk
from inventory.ledger.verify_contents import Fault
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.storage.tables import BODIES, CHAIN, ENTRIES, HEADS
from tests.conftest import now
from tests.inventory.ledger.test_rebuild import act_at_random
from tests.support.postgres import new_database

Place = tuple[str, str]
LEDGER = (ENTRIES, BODIES, HEADS, CHAIN)
COLUMNS = [(table, column.name) for table in LEDGER for column in table.columns]
ROUNDS = 12  # rows tried of each column


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])],
)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with some history, which each test changes in a transaction that is taken back."""
    url = f"sqlite:///{tmp_path_factory.mktemp('whole')}/ledger.db"
    made = open_engine(url if request.param == "sqlite" else new_database(request.getfixturevalue("postgres_url")))
    create_tables(made)
    store = Store(made, INVENTORY)
    assert act_at_random(store, 400, seed=280)["erase"] > 0
    yield store
    made.dispose()


@pytest.fixture
def connection(whole: Store) -> Iterator[Connection]:
    with whole.engine.connect() as connected, connected.begin() as transaction:
        yield connected
        transaction.rollback()


def quiet(what: str, count: int) -> None:
    """Progress that nobody watches."""


def found(connection: Connection) -> list[Fault]:
    return list(walk(lambda: nullcontext(connection), INVENTORY, quiet))


def places(connection: Connection) -> set[Place]:
    """Where faults are; of a range of entries, its first."""
    return {(fault.table, fault.row.partition(" to ")[0]) for fault in found(connection)}


def place(table: Table, row: Row[Any]) -> Place:
    if table is ENTRIES:
        return "entries", str(row.seq)
    if table is BODIES:
        return "bodies", f"{row.record_type}/{row.record_id} version {row.version}"
    return (table.name, f"{row.record_type}/{row.record_id}") if table is HEADS else (table.name, "")


def this(table: Table, row: Row[Any]) -> Any:
    return and_(*(column == row._mapping[column.name] for column in table.primary_key))


def rows(connection: Connection, table: Table) -> list[Row[Any]]:
    return list(connection.execute(select(table).order_by(*table.primary_key)))


def other(value: Any, binary: bool, chance: Random) -> Any:
    """Another value of the same kind: one bit, one character or one number off."""
    if isinstance(value, int):
        return value + chance.choice([-1, 1, 7])
    if value is None:
        return b"{}" if binary else chance.choice([1, 9])
    if chance.random() < 0.1:
        return value[:0]
    at = chance.randrange(len(value)) if value else 0
    if isinstance(value, bytes):
        return value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :]
    return value[:at] + ("x" if value[at : at + 1] != "x" else "y") + value[at + 1 :]


def test_nothing_is_said_of_what_is_whole(whole: Store) -> None:
    assert list(verify(whole, quiet, now)) == []


def test_nothing_is_said_of_the_published_sample(sample_store: Store) -> None:
    assert list(verify(sample_store, quiet, now)) == []


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{table.name}.{name}" for table, name in COLUMNS])
def test_any_value_changed_is_found_where_it_is(whole: Store, table: Table, column: str) -> None:
    chance = Random(f"{table.name}.{column}")
    for _ in range(ROUNDS):
        with whole.engine.connect() as connection, connection.begin() as transaction:
            row = chance.choice(rows(connection, table))
            binary = isinstance(table.c[column].type, LargeBinary)
            value = other(row._mapping[column], binary, chance)
            if isinstance(table.c[column].type, type(HEADS.c.name.type)) and isinstance(value, int):
                value = str(value)
            changed = this(table, row)
            try:
                with connection.begin_nested():
                    connection.execute(update(table).where(changed).values({column: value}))
            except IntegrityError:  # another row bears that key
                continue
            assert place(table, row) in places(connection), (row, column, value)
            transaction.rollback()


@pytest.mark.parametrize("table", LEDGER, ids=str)
def test_a_row_taken_away_is_found_where_it_was(whole: Store, table: Table) -> None:
    chance = Random(table.name)
    for _ in range(ROUNDS):
        with whole.engine.connect() as connection, connection.begin() as transaction:
            row = chance.choice(rows(connection, table))
            connection.execute(delete(table).where(this(table, row)))
            told = places(connection)
            # The last entry is missed by the chain row, which stands beyond it.
            assert place(table, row) in told or (table is ENTRIES and ("chain", "") in told)
            transaction.rollback()


@pytest.mark.parametrize("table", LEDGER, ids=str)
def test_a_row_put_in_is_found_where_it_is(connection: Connection, table: Table) -> None:
    row = rows(connection, table)[0]._mapping
    news: dict[Table, dict[str, Any]] = {
        ENTRIES: {"seq": len(rows(connection, ENTRIES)) + 1, "public_seq": None, "link": "0" * 64},
        BODIES: {"version": 99},
        HEADS: {"record_id": "none"},
        CHAIN: {"id": 2},
    }
    new = news[table]
    connection.execute(insert(table).values({**row, **new}))
    connection.execute(insert(ENTRIES).values({**row, **new, "seq": -5, "link": "1"})) if table is ENTRIES else None
    told = places(connection)
    inserted = connection.execute(
        select(table).where(*[table.c[k] == v for k, v in new.items() if v is not None])
    ).one()
    assert place(table, inserted) in told
    assert table is not ENTRIES or ("entries", "-5") in told


def swap(connection: Connection, table: Table, column: str, first: Row[Any], second: Row[Any]) -> None:
    aside = -1 if column == "seq" else "aside"
    one, two = first._mapping[column], second._mapping[column]
    connection.execute(update(table).where(this(table, first)).values({column: aside}))
    connection.execute(update(table).where(this(table, second)).values({column: one}))
    keep = [table.c[key.name] == first._mapping[key.name] for key in table.primary_key if key.name != column]
    connection.execute(update(table).where(and_(*keep, table.c[column] == aside)).values({column: two}))


def test_entries_in_another_order_are_found(whole: Store) -> None:
    chance = Random(1)
    for _ in range(ROUNDS):
        with whole.engine.connect() as connection, connection.begin() as transaction:
            first, second = chance.sample(rows(connection, ENTRIES), 2)
            swap(connection, ENTRIES, "seq", first, second)
            assert {place(ENTRIES, first), place(ENTRIES, second)} <= places(connection)
            transaction.rollback()


def test_bodies_changed_for_each_other_are_found(connection: Connection) -> None:
    first, second = [row for row in rows(connection, BODIES) if row.record_type == "service"][:2]
    for row, body in ((first, second), (second, first)):
        given = {name: body._mapping[name] for name in ("public_salt", "public_body", "private_salt", "private_body")}
        connection.execute(update(BODIES).where(this(BODIES, row)).values(given))
    assert {place(BODIES, first), place(BODIES, second)} <= places(connection)


@pytest.mark.parametrize("length", [1, 5])
def test_a_tail_cut_off_is_found(connection: Connection, length: int) -> None:
    last = rows(connection, CHAIN)[0].seq
    connection.execute(delete(ENTRIES).where(ENTRIES.c.seq > last - length))
    told = [fault for fault in found(connection) if fault.table == "chain"]
    assert [fault.what.startswith(f"seq is {last}, the entries end at {last - length}") for fault in told] == [True]


def test_a_tail_cut_off_with_the_chain_row_is_found_by_what_it_left_behind(connection: Connection) -> None:
    *_, before, last = rows(connection, ENTRIES)
    connection.execute(delete(ENTRIES).where(this(ENTRIES, last)))
    public = connection.execute(select(func.max(ENTRIES.c.public_seq))).scalar()
    standing = {"seq": before.seq, "public_seq": public, "link": before.link, "recorded_at": before.recorded_at}
    connection.execute(update(CHAIN).values(standing))
    assert ("heads", f"{last.record_type}/{last.record_id}") in places(connection)


def test_first_letters_of_a_body_do_not_pass_for_salt(connection: Connection) -> None:
    row = next(row for row in rows(connection, BODIES) if row.public_body is not None)
    moved = {"public_salt": row.public_salt + row.public_body[:1].decode(), "public_body": row.public_body[1:]}
    connection.execute(update(BODIES).where(this(BODIES, row)).values(moved))
    assert place(BODIES, row) in places(connection)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = open_engine(f"sqlite:///{tmp_path}/whole.db")
    create_tables(made)
    act_at_random(Store(made, INVENTORY), 60, seed=1)
    made.dispose()
    return tmp_path / "whole.db"


def contents(path: Path) -> list[tuple[Any, ...]] | None:
    """Every row as it lies in the file; None where the file cannot be read."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.text_factory = bytes
            return [row for table in LEDGER for row in connection.execute(f"SELECT * FROM {table} NOT INDEXED")]
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def test_a_byte_flipped_in_the_file_is_found(file: Path, tmp_path: Path) -> None:
    chance, whole, before, changed = Random(7), file.read_bytes(), contents(file), 0
    copy = tmp_path / "copy.db"
    for _ in range(400):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        copy.write_bytes(flipped)
        damaged = contents(copy) != before
        changed += damaged
        made = open_engine(f"sqlite:///{copy}")
        assert not damaged or list(verify(Store(made, INVENTORY), quiet, now)) != []
        made.dispose()
        shutil.rmtree(f"{copy}-journal", ignore_errors=True)
    assert changed > 50
