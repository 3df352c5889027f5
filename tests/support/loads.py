"""Loading a file into a store, as every stress test and figure does it."""

from pathlib import Path

from datapackage.loading.load import load
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan, Progress
from datapackage.loading.report import Report
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from tests.conftest import OPERATOR, TODAY, now


def loaded(store: Store, path: Path, progress: Progress = lambda what, count: None) -> Report:
    """Load a file of documents in one transaction."""
    inputs, _ = opened([path], INVENTORY, store, None, None)
    return load(store, Plan(INVENTORY, store, TODAY, None, progress), inputs, OPERATOR, now)
