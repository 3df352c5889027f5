"""What every command shares: the settings, the store, and how to say things to people and to programs."""

import os
import sqlite3
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError
from typer.core import TyperGroup

from api.commands.problem_lines import lines, summary, varied
from api.server.settings import Settings
from api.server.store import cannot_open, clock_doubt, is_damaged, open_store, operator
from datapackage.loading.spools import Spool
from inventory.calendar.fiscal import Clock
from inventory.errors import Invalid, InventoryError
from inventory.ledger.store import Store
from inventory.problems import Problem
from inventory.records.lifecycle import Actor
from inventory.storage.disk_space import room

FINE, PROBLEMS, MISUSE = 0, 1, 2
SHOWN = 20
SHOWN_PROBLEMS = 50  # each is to be mended, so that nobody should have to ask for a few more

# What is told holds words of others, in which brackets and colons mean nothing: what is to stand out is a Text.
out = Console(soft_wrap=True, markup=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, markup=False, emoji=False)


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

    def writer(self, holder: str | None, yes: bool, now: Clock) -> Actor:
        """Return the operator who writes. End where the clock is in doubt, unless a person has looked at it."""
        doubt = None if yes else clock_doubt(self.store, now())
        if doubt is not None and not _confirmed(doubt):
            fail(f"{doubt}. Nothing was written. If the clock is right, run it again with --yes; else set the clock")
        return operator(holder)


session = Session()


@contextmanager
def told() -> Iterator[None]:
    """Turn what can go wrong in ordinary use into one line and exit code 2: refusals, files, folders, the database.

    Problems of the data come with exit code 1.
    """
    try:
        with room():
            yield
    except Invalid as invalid:
        _tell(str(invalid))
        show_problems(invalid.problems)
        raise typer.Exit(PROBLEMS) from invalid
    except InventoryError as error:
        _tell(str(error))
        show_problems(getattr(error, "problems", []))
        raise typer.Exit(MISUSE) from None  # with its cause, the group around this one would report it again
    except BrokenPipeError:
        raise  # whoever read our output has had enough of it, which is no fault
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))
    except (OperationalError, InterfaceError) as error:
        fail(cannot_open(session.settings, error))
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if not is_damaged(error):
            raise
        fail(cannot_open(session.settings, error))


# Of click's exceptions typer shows this one alone; click itself it bears within, or beside it.
UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])


class Told(TyperGroup):
    """Commands whose misuse and ordinary failures are told in a line."""

    def main(self, *given: Any, **more: Any) -> NoReturn:
        """Run, and end with an exit code."""
        try:
            code = super().main(*given, **{**more, "standalone_mode": False})
        except UsageError as error:
            code = _misuse(error)
        sys.exit(code or FINE)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        with told():
            return super().invoke(ctx)


def _misuse(error: Any) -> int:
    """Say how a command was misused, and where to read of its use. One that was asked nothing has told its use."""
    words = " ".join(error.format_message().split())
    if words:
        place = error.ctx.command_path if error.ctx else "psi"
        _tell(f"{words} ({place} --help says how)")
    return MISUSE


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit code 2."""
    _tell(message)
    raise typer.Exit(MISUSE) from None


def _confirmed(doubt: str) -> bool:
    """Ask a person whether to write all the same. Return False where there is no terminal to ask on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return typer.confirm(f"psi: {doubt}. Write all the same?", err=True)


def _tell(message: str) -> None:
    err.print(Text.assemble(("psi:", "bold red"), f" {message}"))


def say(why: str) -> None:
    """Say beside the output how things go."""
    err.print(why, markup=False, highlight=False)


def check_there(record_type: str, record_id: str | None) -> None:
    """End with a line where a record is asked for by an id that none bears."""
    if record_id is not None and not session.store.head(record_type, record_id).version:
        fail(f"There is no {record_type} {record_id}")


def check_free(path: Path, force: bool) -> None:
    """End with a line where a file is there already, unless it is to be written over. It may be the input itself."""
    if path.exists() and not force:
        fail(f"{path} is there already; --force writes over it")


def print_json(value: Any) -> None:
    """Print data for a program."""
    sys.stdout.write(_formatted(value) + "\n")


def print_json_object(fields: Mapping[str, Any]) -> None:
    """Print an object for a program; of lists in files an item at a time."""
    sys.stdout.write("{")
    for number, (name, value) in enumerate(fields.items()):
        sys.stdout.write(f'{"," if number else ""}\n  "{name}": ')
        if isinstance(value, Spool):
            sys.stdout.write("[")
            for place, line in enumerate(value.lines()):
                sys.stdout.write(f"{',' if place else ''}\n    {line.decode().rstrip()}")
            sys.stdout.write("]")
        else:
            sys.stdout.write(_formatted(value).replace("\n", "\n  "))
    sys.stdout.write("\n}\n")


def _formatted(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


@contextmanager
def progress() -> Iterator[Any]:
    """A callable (what, how many so far) that shows long work on a terminal's standard error."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda what, count: bar.update(task, description=what, completed=count)


def show_problems(problems: Collection[Problem]) -> None:
    """How many there are of each code, then the first of them, each code in turn, errors first."""
    for line in summary(problems):
        out.print(line, markup=False, highlight=False)
    for problem in varied(problems, SHOWN_PROBLEMS)[:SHOWN_PROBLEMS]:
        for line in lines(problem):
            out.print(line, markup=False, highlight=False)
    if len(problems) > SHOWN_PROBLEMS:
        out.print(f"… and {len(problems) - SHOWN_PROBLEMS:,} more; --json prints all of them")


_AS_NAMED = "as type/id; for services the id is enough."
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value, for programs.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")]
Holder = Annotated[str | None, typer.Option(help="Act in this name, instead of your account's.")]
Record = Annotated[str, typer.Argument(help=f"A record {_AS_NAMED}")]
Records = Annotated[list[str], typer.Argument(help=f"Records {_AS_NAMED}")]
Yes = Annotated[bool, typer.Option("--yes", help="Write although the clock and the newest entry are far apart.")]
SomeRecords = Annotated[list[str] | None, typer.Argument(help=f"Records {_AS_NAMED}")]
