"""What every command shares: the settings, the store, and how to say things to people and to programs."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from sqlalchemy.exc import InterfaceError, OperationalError
from typer.core import TyperGroup

from api.opening import cannot_open, open_store
from api.settings import Settings
from inventory.errors import Invalid, InventoryError
from inventory.problems import Problem
from inventory.store import Store

FINE, PROBLEMS, MISUSE = 0, 1, 2
SHOWN = 20

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


class Session:
    """One run of the command line."""

    @cached_property
    def settings(self) -> Settings:
        """The settings, from the environment."""
        return Settings.from_environment(os.environ)

    @cached_property
    def store(self) -> Store:
        """The store."""
        return open_store(self.settings)


session = Session()


@contextmanager
def told() -> Iterator[None]:
    """Turn what can go wrong in ordinary use into one line and exit code 2: refusals, files, folders, the database.

    Problems of the data are listed, and with exit code 1.
    """
    try:
        yield
    except Invalid as invalid:
        err.print(f"[bold red]psi:[/] {escape(str(invalid))}", highlight=False)
        show_problems(invalid.problems)
        raise typer.Exit(PROBLEMS) from invalid
    except InventoryError as error:
        fail(str(error))
    except BrokenPipeError:
        raise  # whoever read our output has had enough of it, which is no fault
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))
    except (OperationalError, InterfaceError) as error:
        fail(cannot_open(session.settings, error))


class Told(TyperGroup):
    """Commands whose ordinary failures are told in a line."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        with told():
            return super().invoke(ctx)


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit code 2."""
    err.print(f"[bold red]psi:[/] {escape(message)}", highlight=False)
    raise typer.Exit(MISUSE)


def print_json(value: Any) -> None:
    """Print data for a program."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


@contextmanager
def progress() -> Iterator[Any]:
    """A callable (what, how many so far) that shows long work on a terminal's standard error."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda what, count: bar.update(task, description=what, completed=count)


def show_problems(problems: list[Problem]) -> None:
    """The first problems, errors first: what is wrong and where, what stands there, and what is expected instead."""
    if not problems:
        return
    table = Table.grid(Column(no_wrap=True), Column(overflow="fold"), padding=(0, 2, 0, 0))
    for problem in sorted(problems, key=lambda problem: problem.severity)[:SHOWN]:
        clause = f" (§{problem.clause})" if problem.clause else ""
        table.add_row()
        table.add_row(f"[bold]{problem.severity}[/]", f"[bold]{problem.code}[/]: {escape(problem.message)}{clause}")
        at = ", ".join(part for part in (problem.record, place(problem)) if part)
        for label, told_of in (("at", at), ("is", _written(problem.value)), ("expected", problem.expected)):
            if told_of:
                table.add_row(label, escape(told_of))
    out.print(table, highlight=False)
    if len(problems) > SHOWN:
        out.print(f"… and {len(problems) - SHOWN:,} more; --json prints all of them")


def place(problem: Problem) -> str:
    """Where a problem is, in words."""
    row = f"row {problem.row}" if problem.row else None
    parts = [problem.file, problem.sheet, row, problem.field or problem.pointer]
    return ", ".join(part for part in parts if part)


def _written(value: Any) -> str | None:
    """A value as one writes it: text as it is, anything else as in JSON."""
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()
