"""Tables of valid records, and what may be done to their rows."""

from collections.abc import Callable

from hypothesis import strategies as st

from datapackage.tables.cells import text
from datapackage.tables.projection import record_tables, with_children
from datapackage.tables.rows import rows
from inventory.records.registry import INVENTORY
from tests.fuzz.texts import cells, nasty
from tests.support import builders

Rows = list[list[str]]
Tables = dict[str, Rows]

DOCUMENTS = {
    "organization": [builders.an_organization()],
    "service": [
        builders.a_service(),
        builders.a_service(service_id="other", channels=[builders.a_channel("website"), builders.a_channel("phone")]),
    ],
    "provider": [builders.a_provider()],
    "designation": [builders.a_designation()],
    "instrument": [builders.an_instrument()],
    "due_date": [builders.a_due_date()],
    "feedback": [builders.a_feedback()],
}
"""Valid documents of every record type."""


def tables_of(record_type: str) -> Tables:
    """The rows of the record type's valid documents, by table; tables without rows are left out."""
    main = record_tables(INVENTORY[record_type], INVENTORY)[0]
    found: Tables = {table.name: [[column.name for column in table.columns]] for table in with_children(main)}
    for document in DOCUMENTS[record_type]:
        for table, row in rows(main, document):
            found[table.name].append([text(cell) for cell in row])
    return {name: each for name, each in found.items() if len(each) > 1}


TABLES = {name: tables_of(name) for name in INVENTORY}


@st.composite
def tables(draw: st.DrawFn, most: int = 4) -> Tables:
    """The tables of one or two record types, changed in a few places."""
    chosen = draw(st.lists(st.sampled_from(sorted(TABLES)), min_size=1, max_size=2, unique=True))
    found = {name: [list(row) for row in each] for kind in chosen for name, each in TABLES[kind].items()}
    for name in draw(st.lists(st.sampled_from(sorted(found)), max_size=1)) if len(found) > 1 else ():
        del found[name]
    for _ in range(draw(st.integers(0, most))):
        draw(st.sampled_from(CHANGES))(draw, found[draw(st.sampled_from(sorted(found)))])
    return found


def _cell(draw: st.DrawFn, found: Rows) -> None:
    row = _row(draw, found, first=1)
    if row:
        row[draw(st.integers(0, len(row) - 1))] = draw(cells)


def _column_name(draw: st.DrawFn, found: Rows) -> None:
    if found and found[0]:
        at = draw(st.integers(0, len(found[0]) - 1))
        found[0][at] = draw(st.sampled_from(found[0]) | st.just(found[0][at].upper()) | nasty)


def _new_column(draw: st.DrawFn, found: Rows) -> None:
    at, name = draw(st.integers(0, 3)), draw(st.sampled_from(found[0]) | nasty if found and found[0] else nasty)
    for number, row in enumerate(found):
        row.insert(at, draw(cells) if number else name)


def _no_column(draw: st.DrawFn, found: Rows) -> None:
    at = draw(st.integers(0, 5))
    for row in found:
        del row[at : at + 1]


def _row_again(draw: st.DrawFn, found: Rows) -> None:
    if row := _row(draw, found):
        found.insert(draw(st.integers(0, len(found))), list(row))


def _many_rows(draw: st.DrawFn, found: Rows) -> None:
    if row := _row(draw, found):
        found += [list(row) for _ in range(draw(st.sampled_from((2, 99, 100, 101, 300))))]


def _no_row(draw: st.DrawFn, found: Rows) -> None:
    at = draw(st.integers(0, len(found)))
    del found[at : at + 1]


def _cut_row(draw: st.DrawFn, found: Rows) -> None:
    row = _row(draw, found)
    del row[draw(st.integers(0, len(row))) :]


def _long_row(draw: st.DrawFn, found: Rows) -> None:
    _row(draw, found).extend([draw(cells)] * draw(st.sampled_from((1, 2, 50, 2000))))


def _shuffled(draw: st.DrawFn, found: Rows) -> None:
    order = draw(st.permutations(range(len(found)))) if len(found) < 20 else range(len(found))[::-1]
    found[:] = [found[at] for at in order]


def _row(draw: st.DrawFn, found: Rows, first: int = 0) -> list[str]:
    return found[draw(st.integers(first, len(found) - 1))] if len(found) > first else []


CHANGES: tuple[Callable[[st.DrawFn, Rows], None], ...] = (
    *(_cell, _cell, _cell, _cell, _column_name, _new_column, _no_column),
    *(_row_again, _many_rows, _no_row, _cut_row, _long_row, _shuffled),
)
