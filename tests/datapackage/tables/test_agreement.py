"""Our checking of tables and Frictionless, by our own Table Schemas, find the same bad cells."""

from pathlib import Path

from datapackage.exports.export import export
from datapackage.formats.archives import unpack
from inventory.ledger.store import Store
from tests.support.planted import bad_cells, by_frictionless, checked, plant


def test_the_same_cells_are_bad(sample_store: Store, tmp_path: Path) -> None:
    export(sample_store, tmp_path / "out.zip", None, lambda what, count: None)
    unpack(tmp_path / "out.zip", tmp_path / "files")
    assert bad_cells(checked(tmp_path / "files")) == by_frictionless(tmp_path / "files") == set()
    for seed in range(5):
        folder = tmp_path / str(seed)
        unpack(tmp_path / "out.zip", folder)
        plant(folder, seed, 0.3)
        ours, theirs = bad_cells(checked(folder)), by_frictionless(folder)
        assert len(ours) > 100
        assert ours == theirs
