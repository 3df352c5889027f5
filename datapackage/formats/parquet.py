"""A release's tables as Parquet, with types. Without pyarrow nothing is written."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from datapackage.tables.projection import Table

AVAILABLE = find_spec("pyarrow") is not None


def write_parquet(table: Table, source: Path, target: Path) -> None:
    """Copy a canonical CSV file to Parquet, batch by batch."""
    if not AVAILABLE:
        return
    from pyarrow import csv, parquet, system_memory_pool

    target.parent.mkdir(exist_ok=True)
    pool = system_memory_pool()  # the default pool keeps the memory of every table
    schema = _schema(table)
    options = csv.ConvertOptions(
        column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=True
    )
    reader = csv.open_csv(
        source, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options, memory_pool=pool
    )
    with parquet.ParquetWriter(target, schema, memory_pool=pool) as writer:
        for batch in reader:
            writer.write_batch(batch)


def _schema(table: Table) -> Any:
    import pyarrow as pa

    types = {"integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(), "datetime": pa.timestamp("us", "UTC")}
    return pa.schema([pa.field(column.name, types.get(column.field.kind, pa.string())) for column in table.columns])


def parquet_rows(path: Path, columns: Sequence[str]) -> Iterator[list[Any]]:
    """Yield the rows of a Parquet file. Cells that are not numbers, booleans or text are spelled as text."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=5_000, columns=list(columns)):
            listed = [batch.column(name).to_pylist() for name in columns]
            for row in zip(*listed, strict=True):
                yield [cell if cell is None or isinstance(cell, str | int) else str(cell) for cell in row]
