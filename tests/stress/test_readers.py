"""Who reads while much is written in one transaction."""

import time
from pathlib import Path

from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.change import Change
from inventory.writes.writer import transaction
from tests.conftest import OPERATOR, now
from tests.stress.scenarios.processes import store_at, url_of
from tests.support.builders import an_organization


def saving(number: int) -> Change:
    document = an_organization(organization_id=f"o-{number}", parent_id=None, name=f"{number} " + "A long name " * 20)
    return Change(record_type="organization", record_id=f"o-{number}", action="save", document=document)


def test_a_big_load_locks_no_reader_out_of_sqlite(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    create_tables(engine)
    store, longest = Store(engine, INVENTORY), 0.0
    reader = store_at(url_of(store))
    with transaction(store, OPERATOR, now) as writer:
        for start in range(0, 6_000, 500):  # several times what a cache holds
            writer.append([saving(number) for number in range(start, start + 500)])
            began = time.perf_counter()
            assert reader.chain().seq == 0
            longest = max(longest, time.perf_counter() - began)
    assert longest < 1
    assert reader.chain().seq == 6_000
    reader.engine.dispose()
    engine.dispose()
