"""Checking services as CSV tables, rules included, against Frictionless on the same rows by our Table Schemas."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from datapackage.formats.csv_writer import CsvFiles
from datapackage.tables.rows import rows
from tests.bench.figures import Figure, Settings, side_by_side
from tests.support.generated import service
from tests.support.planted import TABLES, Cell, bad_cells, by_frictionless, checked, plant


def figures(settings: Settings) -> Iterator[Figure]:
    """How much faster; both must find the same bad cells."""
    services = int(settings.choose(10_000, 1_000))
    with tempfile.TemporaryDirectory() as folder:
        count = _written(Path(folder), services)
        plant(Path(folder), 1, 0.001)
        found: dict[str, set[Cell]] = {}
        told = side_by_side(_runs(Path(folder), found), int(settings.choose(3, 1)))
    same = found["ours"] == found["frictionless"]
    detail = f"{count:,} rows: {told['ours']:.2f} s against {told['frictionless']:.2f} s; " + (
        f"the same {len(found['ours'])} bad cells" if same else "NOT the same bad cells"
    )
    what = f"checking {services:,} services as CSV tables, rules too, against Frictionless"
    yield Figure(what=what, measured=told["frictionless"] / told["ours"] if same else 0, reach=5, detail=detail)


def _written(folder: Path, services: int) -> int:
    count = 0
    with ExitStack() as stack:
        files = CsvFiles(folder, TABLES, stack)
        for number in range(services):
            for table, row in rows(TABLES[0], service(number)):
                files.add(table, row)
                count += 1
    return count


def _runs(folder: Path, found: dict[str, set[Cell]]) -> dict[str, Callable[[], float]]:
    def ours() -> float:
        began = time.perf_counter()
        report = checked(folder)
        took = time.perf_counter() - began
        found["ours"] = bad_cells(report)
        return took

    def theirs() -> float:
        began = time.perf_counter()
        found["frictionless"] = by_frictionless(folder)
        return time.perf_counter() - began

    return {"ours": ours, "frictionless": theirs}
