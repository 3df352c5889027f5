"""What a workbook to fill in says and offers."""

import pytest

from datapackage.tables import Column, record_tables
from datapackage.workbook_writer import help_text
from inventory.record_types import INVENTORY

COLUMNS = [
    pytest.param(column, id=f"{table.name}.{column.name}")
    for kind in INVENTORY.values()
    for table in record_tables(kind, INVENTORY)
    for column in table.columns
]


@pytest.mark.parametrize("column", COLUMNS)
def test_the_help_of_a_column_fits_into_a_spreadsheet(column: Column) -> None:
    assert len(help_text(column)) <= 255


def test_the_help_of_a_column_says_what_it_is_whether_it_is_needed_and_how_it_is_written() -> None:
    columns = {column.name: column for column in record_tables(INVENTORY["service"], INVENTORY)[0].columns}
    told = {name: help_text(columns[name]).split(" Needed: ")[1] for name in columns}
    assert told["reviewed_on"] == "no. A date as YYYY-MM-DD."
    assert told["description"] == "to publish. Text, without control characters, at most 2,000 characters."
    assert told["service_type"] == "no."
    assert told["service_id"].startswith("always. Lowercase letters and digits")
