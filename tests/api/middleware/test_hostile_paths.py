"""Characters that no name of ours holds, in every place of a request, on both engines."""

from pathlib import Path

import pytest

from inventory.ledger.store import Store
from tests.support.sites import Client, serving


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/services/%00", 404),
        ("/api/v1/services/a%00b/versions", 404),
        ("/api/v1/services/%01/versions/1", 404),
        ("/api/v1/services/a%ff", 404),
        ("/api/v1/services/none/versions/99999999999999999999", 404),
        ("/api/v1/designations/a/b/%00", 404),
        ("/api/v1/receipts/%00", 404),
        ("/api/v1/codes/%00", 404),
        ("/releases/%00", 404),
        ("/releases/2026-11-23.1/%00", 404),
        ("/assets/%00", 404),
        ("/%00", 404),
        ("/api/v1/organizations?cursor=AA", 400),
        ("/api/v1/services?cursor=AA", 400),
        ("/api/v1/services?as_of=2026-11-23&cursor=AA", 400),
        ("/api/v1/services?q=%00", 200),
        ("/api/v1/services?organization=%00", 400),
        ("/api/v1/services?organization=%00&as_of=9999-12-31", 400),
        ("/api/v1/services?as_of=0001-01-01", 200),
        ("/api/v1/organizations?as_of=9999-12-31", 400),
        ("/api/v1/services?%00=1", 400),
    ],
)
def test_it_is_refused_and_breaks_nothing(store: Store, tmp_path: Path, path: str, status: int) -> None:
    with serving(store, tmp_path) as client:
        assert client.get(path).status_code == status


@pytest.mark.parametrize("path", ["/data/%00", "/data/inventory/%00", "/data/inventory/services/%00", "/data/%2e%2e/x"])
def test_it_is_not_to_be_browsed(reader: Client, path: str) -> None:
    assert reader.get(path).status_code == 404
