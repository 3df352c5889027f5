"""A server has its port and, on SQLite, its ledger for itself."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.server.ports import Taken, free_address, serving_alone
from api.server.settings import Settings
from tests.support.api.psi import Psi


@pytest.fixture(params=["alone", "sharing"])
def taken(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port that another server has; such as ours, it may be willing to share it."""
    with socket.socket() as other:
        if request.param == "sharing":
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        yield other.getsockname()[1]


def settings(home: Path, **given: str) -> Settings:
    return Settings.from_environment({"PSI_HOME": str(home), **given})


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_taken_port_is_told_before_anything_is_done(psi: Psi, taken: int, command: str) -> None:
    psi.set(PSI_PORT=str(taken))
    assert psi(command, code=2) == f"psi: port {taken} is taken; PSI_PORT chooses another\n"
    assert not psi.home.exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_that_is_not_ours_is_told_in_a_line(psi: Psi, host: str) -> None:
    psi.set(PSI_HOST=host)
    told = psi("serve", code=2)
    assert told.startswith(f"psi: PSI_HOST {host}, PSI_PORT 8000: nobody can listen there: ") and told.count("\n") == 1


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_ledger_on_sqlite_is_served_once(psi: Psi, command: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        psi.set(PSI_PORT=str(free.getsockname()[1]))
    with serving_alone(settings(psi.home)):
        told = psi(command, code=2)
    assert told == f"psi: {psi.home}/ledger.db is served by another process; on SQLite one process serves\n"
    with serving_alone(settings(psi.home)), pytest.raises(Taken), serving_alone(settings(psi.home)):
        pass
    with serving_alone(settings(psi.home)):
        pass


def test_several_servers_share_a_ledger_on_postgresql(tmp_path: Path) -> None:
    shared = settings(tmp_path, PSI_DATABASE_URL="postgresql://127.0.0.1/inventory")
    with serving_alone(shared), serving_alone(shared):
        pass


def test_a_host_by_name_is_listened_at(tmp_path: Path) -> None:
    assert free_address(settings(tmp_path, PSI_HOST="localhost", PSI_PORT="8149")) in ("127.0.0.1", "::1")
