"""A release of the sample, browsed."""

from collections.abc import Iterator

import pytest

from tests.support.sites import Client, sample_site


@pytest.fixture(scope="session")
def browsed() -> Iterator[Client]:
    """The sample's site, shared by the tests that only read."""
    with sample_site() as client:
        yield client
