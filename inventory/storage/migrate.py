"""Migration of a database's tables to the newest revision, one revision after another (docs/decisions/0008)."""

from pathlib import Path

from sqlalchemy import Connection, column, insert, inspect, select, table

from inventory.errors import Incompatible
from inventory.storage.tables import CHAIN, GENESIS

FIRST, NEWEST = "0001", "0003"
"""The revision of databases older than revision numbers, and the revision this software needs."""
MIGRATIONS = Path(__file__).parent / "migrations"


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the database's tables; None if it has no tables."""
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" in tables:
        return connection.execute(select(column("version_num")).select_from(table("alembic_version"))).scalar()
    return FIRST if CHAIN.name in tables else None


def upgrade(connection: Connection) -> None:
    """Migrate the tables to the newest revision, and start the chain. Raises Incompatible for a newer database.

    The caller excludes other migrations, and holds one transaction.
    """
    # Scripts are loaded late: every command opens the store, but few need a migration.
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])
    now = revision_of(connection)
    known = [script.revision for script in scripts.walk_revisions()]
    if now is not None and now not in known:
        raise Incompatible(
            f"The database is of revision {now}, made by a newer version of this software, "
            f"which knows revisions up to {known[0]}; install that version"
        )
    context = MigrationContext.configure(connection)
    context.stamp(scripts, now or "base")
    with Operations.context(context):
        for script in reversed(list(scripts.iterate_revisions(NEWEST, now or "base"))):
            script.module.upgrade()
            context.stamp(scripts, script.revision)
    if connection.execute(select(CHAIN.c.id)).first() is None:
        connection.execute(insert(CHAIN).values(id=1, seq=0, public_seq=0, link=GENESIS, recorded_at=""))
