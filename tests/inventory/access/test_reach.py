"""A database server that has gone with no word of it is given up in time."""

import socket
import threading

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from inventory.storage import engines
from inventory.storage.engines import open_engine


@pytest.mark.postgres
def test_a_connection_bears_the_limits_unless_the_address_says_others(postgres_url: str) -> None:
    between = "&" if "?" in postgres_url else "?"
    for url, idle in ((postgres_url, "30"), (f"{postgres_url}{between}keepalives_idle=7", "7")):
        engine = open_engine(url)
        found = parameters(engine)
        engine.dispose()
        assert found["keepalives_idle"] == idle
        others = {name: str(limit) for name, limit in engines.REACH.items() if name != "keepalives_idle"}
        assert {name: found[name] for name in others} == others


def parameters(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        return dict(driver.info.get_parameters())


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines.REACH, "connect_timeout", 2)  # the least that libpq takes
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hangs_up = threading.Timer(15, silent.close)  # so that the test ends if nothing else does
        hangs_up.start()
        engine = open_engine(f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x")
        with pytest.raises(OperationalError, match="timeout expired"), engine.connect():
            pass
        hangs_up.cancel()
        engine.dispose()
