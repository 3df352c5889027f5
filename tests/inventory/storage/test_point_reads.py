"""Point reads over kept connections: they see what is there now, hold nobody up, and outlive a lost connection."""

from typing import Any

import pytest
from sqlalchemy import event

from inventory.errors import NotFound
from inventory.ledger.store import Store
from inventory.storage.point_reads import PointRead
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.builders import an_organization


def save(store: Store, name: str) -> None:
    document = an_organization(parent_id=None, name=name)
    record_id = document["organization_id"]
    append(
        store, OPERATOR, now, Change(record_type="organization", record_id=record_id, action="save", document=document)
    )


def read(store: Store) -> str:
    return store.public("organization", an_organization()["organization_id"]).body.decode()


def test_a_kept_connection_sees_what_was_written_since(store: Store) -> None:
    with pytest.raises(NotFound):
        read(store)
    for name in ("One name", "Another name"):
        save(store, name)
        assert name in read(store)


def test_after_a_lost_connection_the_next_read_connects_anew(store: Store) -> None:
    save(store, "A name")
    opened: list[Any] = []
    event.listen(store.engine, "connect", lambda connection, _record: opened.append(connection))
    store.engine.dispose()
    read(store)
    assert len(opened) == 1
    opened.pop().close()
    assert "A name" in read(store)
    assert len(opened) == 1


def test_kept_connections_close_with_the_engine(store: Store) -> None:
    opened: list[Any] = []
    event.listen(store.engine, "close_detached", opened.append)
    save(store, "A name")
    read(store)
    assert not opened
    store.engine.dispose()
    assert len(opened) == 1


def test_a_connection_that_reads_while_the_engine_closes_is_not_left_open(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Any] = []
    event.listen(store.engine, "close_detached", closed.append)
    save(store, "A name")
    within = PointRead.within

    def closing(query: PointRead, connection: Any, **key: str) -> Any:
        row = within(query, connection, **key)
        store.engine.dispose()
        return row

    with monkeypatch.context() as patched:
        patched.setattr(PointRead, "within", closing)
        assert "A name" in read(store)
    assert len(closed) == 1
    assert "A name" in read(store)
