"""Limits on the SQL that strangers send: what it may call and read, and how much it may make or return."""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import ref

from datasette.database import Database

MOST_BYTES = 16_000_000
"""Bytes that the rows of one query may take, of text and of `CELL_BYTES` for each cell."""
CELL_BYTES = 50
"""Bytes that a cell costs whatever it holds: a page of very many empty cells takes long too."""
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,  # bytes of a value or a row
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 50,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 2_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_FUNCTIONS = """
    -> ->> abs char coalesce concat concat_ws format glob hex if ifnull iif instr length like likelihood likely lower
    ltrim max min nullif octet_length printf quote random replace round rtrim sign soundex substr substring trim
    typeof unhex unicode unistr unistr_quote unlikely upper

    current_date current_time current_timestamp date datetime julianday strftime time timediff unixepoch

    avg count cume_dist dense_rank first_value group_concat lag last_value lead median nth_value ntile percent_rank
    percentile percentile_cont percentile_disc rank row_number string_agg sum total

    acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power
    radians sin sinh sqrt tan tanh trunc

    json json_array json_array_length json_each json_error_position json_extract json_group_array json_group_object
    json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set json_tree json_type
    json_valid

    bm25 escape_fts highlight match snippet
"""
ALLOWED_FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Functions of SQLite that read their arguments and nothing else, and `escape_fts`, which is Datasette's own.

Any other is refused, `fts3_tokenizer` among them.
"""
ALLOWED_PRAGMAS = frozenset(
    {
        *("data_version", "foreign_key_list", "index_info", "index_list", "index_xinfo"),
        *("schema_version", "table_info", "table_xinfo"),
    }
)
DESCRIBING_PRAGMAS = ALLOWED_PRAGMAS - {"data_version", "schema_version"}
"""Pragmas that take the name of a table or an index. The others would set a value if they were given one."""
TABLE_FUNCTIONS = ("json_each", "json_tree", *(f"pragma_{name}" for name in sorted(DESCRIBING_PRAGMAS)))


def limit_connection(connection: sqlite3.Connection) -> None:
    """Limit a read-only connection, before a stranger's SQL runs on it, to its own tables and harmless functions."""
    connection.execute("PRAGMA temp_store = MEMORY")
    for limit, most in LIMITS.items():
        connection.setlimit(limit, most)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    _connect_virtual_tables(connection)
    connection.row_factory = BoundedRows()
    modules = {row[0] for row in connection.execute("SELECT name FROM pragma_module_list")}
    connection.set_authorizer(authorizer({"sqlite_master", "sqlite_schema", *TABLE_FUNCTIONS, *tables}, modules))


def _connect_virtual_tables(connection: sqlite3.Connection) -> None:
    """Use each virtual table once: at first use it declares its columns as a table, which the authorizer refuses."""
    full_text = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'").fetchall()
    for name in (*(row[0] for row in full_text), *TABLE_FUNCTIONS):
        connection.execute(f'SELECT 1 FROM "{name}" LIMIT 0')


Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def authorizer(tables: Collection[str], modules: Collection[str]) -> Authorizer:
    """Return the function that SQLite asks, while it compiles a statement, about each thing the statement does.

    tables: the names of the tables, views and table functions that may be read. modules: those of all virtual tables
    that SQLite has built in.
    """
    readable = {name.lower() for name in tables}
    built_in = {name.lower() for name in modules}

    def allows(action: int, first: str | None, second: str | None) -> bool:
        if action == sqlite3.SQLITE_READ:
            name = (first or "").lower()
            # Of a subquery that the statement names itself, SQLite asks only where none of its columns is read.
            named_in_it = not second and name not in built_in and not name.startswith(("pragma_", "sqlite_"))
            return name in readable or named_in_it
        if action == sqlite3.SQLITE_FUNCTION:
            return (second or "").lower() in ALLOWED_FUNCTIONS
        if action == sqlite3.SQLITE_PRAGMA:
            name = (first or "").lower()
            return name in DESCRIBING_PRAGMAS or (name in ALLOWED_PRAGMAS and second is None)
        return action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)

    def authorize(action: int, first: str | None, second: str | None, _schema: str | None, _trigger: str | None) -> int:
        return sqlite3.SQLITE_OK if allows(action, first, second) else sqlite3.SQLITE_DENY

    return authorize


class BoundedRows:
    """A row factory that stops a query whose rows take more than `MOST_BYTES`."""

    def __init__(self) -> None:
        self._cursor: Callable[[], sqlite3.Cursor | None] = lambda: None
        self._left = MOST_BYTES

    def __call__(self, cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        if self._cursor() is not cursor:
            self._cursor, self._left = ref(cursor), MOST_BYTES
        self._left -= sum(map(_sent_bytes, values))
        if self._left < 0:
            raise sqlite3.OperationalError(
                f"The rows take more than {MOST_BYTES:,} bytes. Ask for fewer columns or rows, or page through them."
            )
        return sqlite3.Row(cursor, values)


def _sent_bytes(value: Any) -> int:
    """Return the bytes of a cell in an answer, at most: JSON escapes a character outside printable ASCII by six."""
    if isinstance(value, str):
        return CELL_BYTES + len(value) * (1 if value.isascii() and value.isprintable() else 6)
    return CELL_BYTES + (len(value) if isinstance(value, bytes) else 0)


class Stopwatch:
    """How long the longest of the queries that run now has been running."""

    def __init__(self) -> None:
        self._began: dict[int, float] = {}

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Time what this thread does meanwhile."""
        self._began[threading.get_ident()] = time.monotonic()
        try:
            yield
        finally:
            del self._began[threading.get_ident()]

    def longest(self) -> float:
        """Return the seconds since the oldest query began; 0 where none runs."""
        now = time.monotonic()
        return max((now - began for began in list(self._began.values())), default=0.0)


RUNNING = Stopwatch()
"""The queries of this process. SQLite can stop between two steps of a query; one step may take minutes."""


class DamagedRelease(Exception):
    """A release whose file is missing or damaged: no fault of the sender of a query."""


DAMAGE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in DAMAGE and code != sqlite3.SQLITE_IOERR_NOMEM


class BoundedDatabase(Database):  # type: ignore[misc]
    """A database whose refused and oversized queries are the sender's errors: answered with 400, and not logged."""

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """Open the release to read. Datasette's own way makes an empty file where there is none."""
        assert not write
        address = f"{Path(self.path).absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(address, uri=True, check_same_thread=False)

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:
        """Run a function of a connection in a thread, timed. Raises DamagedRelease."""

        def timed(connection: sqlite3.Connection) -> Any:
            with RUNNING.timing():
                return fn(connection)

        try:
            return await super().execute_fn(timed)
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                raise DamagedRelease(str(error)) from error
            raise

    async def attached_databases(self) -> list[Any]:
        """Return none: nothing can be attached, and the pragma that lists databases shows their paths."""
        return []

    async def execute(self, sql: str, *given: Any, **more: Any) -> Any:
        """Execute a query. Raises DamagedRelease, or sqlite3.OperationalError, which Datasette answers with 400."""
        try:
            return await super().execute(sql, *given, **{**more, "log_sql_errors": False})
        except sqlite3.OperationalError:
            raise
        except sqlite3.DataError as error:
            most = LIMITS[sqlite3.SQLITE_LIMIT_LENGTH]
            raise sqlite3.OperationalError(f"A value or a row is longer than {most:,} bytes. Shorten it.") from error
        except sqlite3.DatabaseError as error:
            raise sqlite3.OperationalError(f"{error}. This SQL may only read the tables of the release.") from error
        except (MemoryError, OverflowError) as error:
            raise sqlite3.OperationalError("The query takes too much memory. Ask for less of it.") from error
