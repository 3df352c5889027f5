"""Sites for the tests of the API."""

from collections.abc import Iterator

import pytest

from tests.sites import Client, sample_site


@pytest.fixture(scope="session")
def reader() -> Iterator[Client]:
    """The sample, served; shared by the tests that only read."""
    with sample_site() as client:
        yield client
