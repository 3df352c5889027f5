"""How many statements one append sends, counted at the driver: what is not timed must not grow unseen."""

from typing import Any

import psycopg
from sqlalchemy import Engine, event

from inventory.ledger.store import Store
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.stress.scenarios.writers import saving

READS = ["SELECT chain", "SELECT heads"]
WRITES = ["INSERT entries", "INSERT bodies", "INSERT heads", "INSERT chain"]


def told(engine: Engine) -> list[str]:
    """A list that names every statement from now on that goes to the driver."""
    found: list[str] = []

    class Telling(psycopg.Cursor[Any]):
        def execute(self, query: Any, *given: Any, **named: Any) -> Any:
            found.append(str(query))
            return super().execute(query, *given, **named)

    @event.listens_for(engine, "checkout")
    def listen(connection: Any, _record: Any, _proxy: Any) -> None:
        if engine.dialect.name == "sqlite":
            connection.set_trace_callback(found.append)
        else:
            connection.cursor_factory = Telling

    return found


def test_one_append_reads_twice_and_writes_each_table_once(store: Store) -> None:
    append(store, OPERATOR, now, saving(1, "first", 0))
    statements = told(store.engine)
    append(store, OPERATOR, now, saving(2, "second", 0))
    if store.engine.dialect.name == "sqlite":
        assert [named(text) for text in statements] == ["BEGIN IMMEDIATE", *READS, *WRITES, "COMMIT"]
        return
    chain, head, written = statements
    assert [named(chain), named(head)] == READS
    assert "FOR UPDATE" in chain
    assert all(f"INTO {table.partition(' ')[2]} " in written for table in WRITES)


def named(text: str) -> str:
    """What a statement does, to which table."""
    words = text.split()
    after = {"SELECT": "FROM", "INSERT": "INTO"}.get(words[0])
    return text if after is None else f"{words[0]} {words[words.index(after) + 1]}"
