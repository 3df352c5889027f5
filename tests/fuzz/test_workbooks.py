"""XLSX workbooks that are almost right."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.archives import plain_zip, zips
from tests.fuzz.guards import annotated, checked, examples, limited_memory
from tests.fuzz.workbooks import Parts, parts, plain_parts


@pytest.fixture(scope="module", autouse=True)
def _memory() -> Iterator[None]:
    with limited_memory():
        yield


@given(parts(), st.integers(0, 4))
@examples
def test_workbooks_are_read_or_refused(found: Parts, dice: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sent.xlsx"
        path.write_bytes(plain_zip(found))
        report = checked(path)
        if report is not None and dice == 0:
            annotated(path, report)


@given(zips(plain_parts("service", False)))
@examples
def test_damaged_workbooks_are_refused(body: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sent.xlsx"
        path.write_bytes(body)
        checked(path)
