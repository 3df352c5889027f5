"""The turn to write: whoever waits too long is told so, leaves the queue, and has changed nothing."""

import threading

import pytest
from sqlalchemy import Engine

from inventory.errors import Busy
from inventory.ledger.transactions import writing
from inventory.storage import write_lock
from inventory.storage.engines import open_engine


def write(engine: Engine) -> None:
    with writing(engine):
        pass


def test_a_writer_waits_no_longer_than_it_may(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_lock, "LOCK_TIMEOUT", 0.2)
    waiting = open_engine(engine.url.render_as_string(hide_password=False))
    with writing(engine), pytest.raises(Busy, match=r"for 0\.2 seconds; nothing was changed"):
        write(waiting)
    # Whoever left does not hold the turn when theirs would have come.
    for one in (waiting, engine, waiting):
        write(one)
    waiting.dispose()


def test_a_writer_whose_turn_comes_writes(engine: Engine) -> None:
    waiting, done = open_engine(engine.url.render_as_string(hide_password=False)), threading.Event()

    def wait() -> None:
        write(waiting)
        done.set()

    waiter = threading.Thread(target=wait)
    with writing(engine):
        waiter.start()
        assert not done.wait(0.2)
    waiter.join(10)
    assert done.is_set()
    waiting.dispose()
