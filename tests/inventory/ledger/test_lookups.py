"""Bodies and entries are found by their keys, and never by reading through all of them."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from inventory.ledger.heads import read_versions
from inventory.ledger.rebuild import heads_of
from inventory.ledger.store import Store
from inventory.ledger.verify_contents import missing_bodies, stray_heads
from inventory.records.registry import INVENTORY
from inventory.storage.engines import reading

ROWS = [{"record_type": "service", "record_id": name, "version": 1} for name in "abc"]
LOOKUPS: dict[str, Callable[[Store, Any], object]] = {
    "bodies": lambda store, within: store.bodies([("service", "a", 1), ("organization", "b", 2)]),
    "versions": lambda store, within: read_versions(within, INVENTORY["service"], {"a": 1, "b": 2}),
    "heads": lambda store, within: heads_of(within, INVENTORY, "service", [h.record_id for h in store.page("service")]),
    "missing bodies": lambda store, within: list(missing_bodies(within, ROWS)),
    "stray heads": lambda store, within: list(stray_heads(lambda: reading(store.engine))),
}


@pytest.mark.parametrize("name", LOOKUPS)
def test_nothing_is_read_through(name: str, sample_store: Store) -> None:
    asked: list[tuple[str, Any]] = []
    listen = (
        sample_store.engine,
        "before_cursor_execute",
        lambda c, cursor, sql, given, *more: asked.append((sql, given)),
    )
    with reading(sample_store.engine) as connection:
        event.listen(*listen)
        LOOKUPS[name](sample_store, connection)
        event.remove(*listen)
        told = [
            row[-1]
            for sql, given in asked
            if sql.startswith("SELECT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)
        ]
    assert told and not [step for step in told if step.startswith(("SCAN bodies", "SCAN entries"))]
