"""What others build on does not change unseen."""

import pytest

from datapackage.contracts.json_schemas import PAGES, SCHEMAS, contracts
from inventory.records.registry import INVENTORY
from tests.conftest import ROOT

CONTRACTS = dict(contracts(INVENTORY))


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_committed_contract_is_current(name: str) -> None:
    assert (ROOT / name).read_bytes() == CONTRACTS[name], "run: make contracts"


def test_no_contract_is_left_over() -> None:
    kept = {path.relative_to(ROOT).as_posix() for folder in (SCHEMAS, PAGES) for path in (ROOT / folder).iterdir()}
    assert kept == set(CONTRACTS)
