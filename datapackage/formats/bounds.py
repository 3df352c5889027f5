"""Limits at which a load stops."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count

from msgspec import Struct

from datapackage.formats.located import Located
from inventory.errors import Stopped, TooMuch
from inventory.ledger.heads import PAGE
from inventory.problems import MOST_PROBLEMS

BATCH_BYTES = 1 << 20
"""Bytes of JSON of records checked together. As Python values they take up to 25 times as much memory."""
NOTHING_WRITTEN = "Nothing was written."
IN_PARTS = f"{NOTHING_WRITTEN} Send it in parts, or load it with `psi load`, which has no such limit."


class Sizes(Struct, frozen=True, kw_only=True):
    """Size limits of one input file. None: no limit of its own.

    document_bytes: one document in JSON. rows, table_bytes: all tables of a package, unpacked. cells: all sheets of
    a workbook, each up to its last one. sheet_bytes: a workbook, unpacked. text_bytes: the text of its cells.
    """

    document_bytes: int | None = None
    rows: int | None = None
    table_bytes: int | None = None
    cells: int | None = None
    sheet_bytes: int | None = None
    text_bytes: int | None = None


class Bounds(Struct, frozen=True, kw_only=True):
    """The limits of a load. None: no limit.

    problems: of all rejected records; the report lists as many of each kind. records: in the input. held_bytes: JSON
    of the records that are in memory together to be sorted. go_on: a function called before each record, which
    raises Stopped to end the load.
    """

    problems: int | None = None
    records: int | None = None
    held_bytes: int | None = None
    go_on: Callable[[], None] = lambda: None

    def check(self, refused: int, read: int) -> None:
        """Raise Stopped if the rejected records have too many problems. read: the number of records read."""
        if self.problems is not None and refused > self.problems:
            raise Stopped(
                f"Reading stopped at record {read:,}: the records that cannot be kept have more than "
                f"{self.problems:,} problems. {NOTHING_WRITTEN} Correct them and send all again; "
                f"`psi check --json` lists every problem of a file, of one record up to {MOST_PROBLEMS:,}"
            )

    def counted(self, inputs: Iterable[Located]) -> Iterator[Located]:
        """Yield the inputs one by one. Raises TooMuch if they are too many, Stopped."""
        numbers = count(1)
        for located in inputs:
            self.go_on()
            if self.records is not None and next(numbers) > self.records:
                raise TooMuch(f"The input holds more than {self.records:,} records. {IN_PARTS}")
            yield located
            del located  # free it before the next is read: each may take 50 MB

    def held(self, inputs: Iterable[Located]) -> Iterator[Located]:
        """Yield inputs that stay in memory. Raises TooMuch if they are too large for that, Stopped."""
        size = 0
        for located in inputs:
            self.go_on()
            size += located.size
            if self.held_bytes is not None and size > self.held_bytes:
                what = f"The records of type {located.record_type} take more than {self.held_bytes:,} bytes"
                raise TooMuch(f"{what}. {IN_PARTS}")
            yield located


def batches(inputs: Iterable[Located]) -> Iterator[list[Located]]:
    """Yield the inputs in batches, fewer in each if they are large."""
    batch: list[Located] = []
    size = 0
    for located in inputs:
        batch.append(located)
        size += located.size
        del located
        if len(batch) == PAGE or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
