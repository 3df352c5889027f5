"""How Datasette shows cells: codes with their labels, and ids in answers and views as links to the record."""

import sqlite3
from re import Pattern
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.handle_exception import handle_exception as default_handler
from datasette.utils import tilde_encode
from datasette.utils.asgi import BadRequest
from datasette.views.base import DatasetteError
from markupsafe import Markup

from catalog.sql_limits import DamagedRelease, limit_connection
from datapackage.packages.derived_tables import release_tables
from datapackage.tables.projection import with_children
from inventory.records.registry import Model

LONGEST_MESSAGE = 200  # characters
DAMAGED = "The release cannot be read. The operator finds the cause in the log."


class Catalogue(Datasette):  # type: ignore[misc]
    """Datasette that knows which columns hold codes, and which name a record."""

    def __init__(self, model: Model, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        tables = [table for main in release_tables(model).values() for table in with_children(main)]
        self.tables = {table.name for table in tables}
        self.labels = {
            (table.name, column.name): {str(code): code.label for code in column.field.codes}
            for table in tables
            for column in table.columns
            if column.field.codes
        }
        self.records = {kind.id_segments[0]: kind.table for kind in model.values() if len(kind.id_segments) == 1}
        self.records["agency_id"] = self.records.get("organization_id", "")

    def _routes(self) -> list[tuple[Pattern[str], Any]]:
        """Return Datasette's routes without its pages for operators, which show paths, versions and threads."""
        routes = super()._routes()
        return [route for route in routes if not route[0].pattern.startswith("/-/") or "static" in route[0].pattern]


def report_damage(error: Exception) -> None:
    """Print, for psi to log, why the release cannot be read."""
    print(f"the release cannot be read: {error}", flush=True)  # noqa: T201 - read by psi


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    """Limit each connection to a release; the database of Datasette's own notes is closed to readers."""
    if isinstance(datasette, Catalogue) and database != "_internal":
        limit_connection(conn)


@hookimpl(tryfirst=True)  # type: ignore[untyped-decorator]
def handle_exception(datasette: Datasette, request: Any, exception: Exception) -> Any:
    """Answer 500 where the release is damaged, and 400 where Datasette cannot use a parameter: the sender erred."""
    if isinstance(exception, DamagedRelease):
        report_damage(exception)
        return default_handler(datasette, request, DatasetteError(DAMAGED, status=500))
    if isinstance(exception, DatasetteError) and exception.status == 500:
        exception.status = 400
    elif isinstance(exception, ValueError | sqlite3.Error):
        message = f"A parameter of this address cannot be used: {str(exception)[:LONGEST_MESSAGE]}"
        return default_handler(datasette, request, BadRequest(message))
    elif isinstance(exception, MemoryError):
        return default_handler(datasette, request, BadRequest("The answer takes too much memory. Ask for less of it."))
    elif not hasattr(exception, "status"):  # Datasette reads some parameters without checking their form
        print(f"a request failed with {type(exception).__name__}", flush=True)  # noqa: T201 - read by psi
        return default_handler(datasette, request, BadRequest("A parameter of this address cannot be used."))
    return default_handler(datasette, request, exception)


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: Any, column: str, table: str | None, database: str, datasette: Datasette) -> Markup | None:
    """A cell that is shown otherwise than as its text; None for all others."""
    if not isinstance(datasette, Catalogue) or not isinstance(value, str):
        return None
    if label := datasette.labels.get((table or "", column), {}).get(value):
        return Markup("{} <code>{}</code>").format(label, value)
    if table not in datasette.tables and (name := datasette.records.get(column)):
        address = datasette.urls.row(database, name, tilde_encode(value))
        return Markup('<a href="{}">{}</a>').format(address, value)
    return None
