"""Sites for the tests of the API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api.psi import Psi
from tests.support.sites import Client, sample_site


@pytest.fixture(scope="session")
def reader() -> Iterator[Client]:
    """The sample, served; shared by the tests that only read."""
    with sample_site() as client:
        yield client


@pytest.fixture
def psi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Psi:
    """`psi` in an empty home."""
    return Psi(tmp_path / "var", monkeypatch)
