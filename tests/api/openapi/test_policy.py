"""What programs count on under /api/v1 is all still there."""

from tests.conftest import ROOT
from tests.support.sites import Client

PROMISED = (ROOT / "docs" / "api-v1.txt").read_text("utf-8").splitlines()


def test_everything_that_was_promised_is_still_there_and_what_is_new_is_promised(reader: Client) -> None:
    paths = reader.get("/openapi.json").json()["paths"]
    there = {
        f"{method.upper()} {path} {operation['operationId']}"
        for path, found in paths.items()
        for method, operation in found.items()
        if path.startswith("/api/v1")
    }
    assert set(PROMISED) - there == set(), "A breaking change: see docs/api-policy.md"
    assert there - set(PROMISED) == set(), "Add what is new to docs/api-v1.txt"
