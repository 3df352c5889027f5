"""CSV files that are almost right."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.guards import checked, examples, limited_memory
from tests.fuzz.tables import Tables, tables
from tests.fuzz.texts import damaged


@pytest.fixture(scope="module", autouse=True)
def _memory() -> Iterator[None]:
    with limited_memory():
        yield


ENCODINGS = (*("utf-8",) * 12, *("utf-8-sig",) * 3, "utf-16", "utf-16-le", "cp1252", "utf-7")
SEPARATORS = (*(",",) * 15, ";", "\t")


class _Quoted(csv.excel):
    quoting = csv.QUOTE_ALL


@st.composite
def csv_files(draw: st.DrawFn) -> dict[str, bytes]:
    """The tables of some records as CSV files by name of table, in some dialect; half of the time one is damaged."""
    found: Tables = draw(tables())
    encoding, separator = draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from(SEPARATORS))
    dialect = draw(st.sampled_from((csv.excel, csv.excel, _Quoted)))
    end = draw(st.sampled_from(("\n", "\n", "\r\n", "\r\n", "\r")))
    files = {}
    for name, rows in found.items():
        file = io.StringIO(newline="")
        csv.writer(file, dialect, delimiter=separator, lineterminator=end).writerows(rows)
        files[name] = file.getvalue().encode(encoding, "replace")
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(files)))
        files[name] = draw(damaged(files[name]))
    return files


@given(csv_files())
@examples
def test_csv_files_are_read_or_refused(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        for name, body in files.items():
            (Path(folder) / f"{name}.csv").write_bytes(body)
        checked(Path(folder))


@given(st.binary(max_size=300), st.sampled_from(("service", "feedback", "organization")))
@examples
def test_bytes_are_no_table(body: bytes, record_type: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "anything.csv"
        path.write_bytes(b"service_id,organization_id,name\n" + body)
        checked(path, record_type=record_type)
