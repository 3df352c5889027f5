"""What `psi load` and `psi check` share for files of responses."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.commands.session import err, out
from datapackage.external.response_counts import Sink, SurveyType
from datapackage.external.response_input import FORM, ResponseFile, told
from datapackage.formats.located import Input

OfSurvey = Annotated[SurveyType | None, typer.Option("--survey-type", help="Of responses: how question_1 was asked.")]
Into = Annotated[str | None, typer.Option(metavar=FORM, help="Of responses: the collection that they become.")]
LeaveOut = Annotated[
    bool, typer.Option("--leave-out-bad-rows", help="Of responses: take the good rows though others are bad.")
]


@contextmanager
def bad_rows(path: Path | None) -> Iterator[Sink | None]:
    """Where rows that cannot be read are written, one JSON value a line: their numbers and bad cells, no other text."""
    if path is None:
        yield None
        return
    count = 0
    try:
        with path.open("wb") as file:

            def write(row: int, cells: Sequence[tuple[str, str]]) -> None:
                nonlocal count
                count += 1
                file.write(msgspec.json.encode({"row": row, "cells": dict(cells)}) + b"\n")

            yield write
    finally:
        if not count:
            path.unlink(missing_ok=True)
    if count:
        err.print(f"{count:,} rows cannot be read: their numbers and bad cells are in {path}", markup=False)


def watch(inputs: Input, tell: Any, sink: Sink | None) -> None:
    """Tell, while a file of responses is read, how far that is and which rows are bad."""
    if isinstance(inputs, ResponseFile):
        inputs.watch(tell, sink)


def of_rows(inputs: Input) -> dict[str, Any]:
    """What became of the rows of a file of responses; of any other input nothing."""
    return {"responses": told(inputs.tally)} if isinstance(inputs, ResponseFile) else {}


def read_alone(inputs: Input) -> str | None:
    """What was read of a file of responses that go nowhere; None for any other input."""
    if not isinstance(inputs, ResponseFile) or inputs.brings_records:
        return None
    count = inputs.tally.respondents
    return f"{count:,} {'respondent' if count == 1 else 'respondents'} of 1 collection read"


def print_rows(inputs: Input) -> None:
    """The same in a line."""
    if isinstance(inputs, ResponseFile):
        tally = inputs.tally
        out.print(
            f"{tally.rows:,} rows: {tally.respondents:,} respondents, {tally.unanswered:,} without an answer, "
            f"{tally.left_out:,} that cannot be read",
            highlight=False,
        )
