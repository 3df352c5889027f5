"""CSV files of tables being written: LF, UTF-8, one header each."""

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from datapackage.tables.cells import text
from datapackage.tables.projection import Table
from datapackage.tables.rows import Row


class CsvFiles:
    """A set of open files, one a table, that close with the stack."""

    def __init__(self, folder: Path, tables: Sequence[Table], stack: ExitStack) -> None:
        self._writers = {}
        for table in tables:
            file = stack.enter_context((folder / f"{table.name}.csv").open("w", encoding="utf-8", newline=""))
            self._writers[table.name] = csv.writer(file, lineterminator="\n")
            self._writers[table.name].writerow([column.name for column in table.columns])

    def add(self, table: Table, row: Row) -> None:
        """Write one row."""
        self._writers[table.name].writerow([text(cell) for cell in row])
