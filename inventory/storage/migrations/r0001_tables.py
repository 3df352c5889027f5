"""The four tables of the first release: entries, bodies, heads and the chain."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade() -> None:
    """Create the tables."""
    _entries()
    _bodies()
    _heads()
    op.create_table(
        "chain",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("public_seq", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
    )


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("public_seq", sa.Integer()),
        sa.Column("record_type", sa.String(), nullable=False),
        sa.Column("record_id", _text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("public_digest", sa.String(), nullable=False),
        sa.Column("private_digest", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
    )
    op.create_index("entries_public_seq", "entries", ["public_seq"], unique=True)
    op.create_index("entries_of_record", "entries", ["record_type", "record_id", "seq"])
    op.create_index("entries_link", "entries", ["link"], unique=True)


def _bodies() -> None:
    op.create_table(
        "bodies",
        sa.Column("record_type", _text(), primary_key=True),
        sa.Column("record_id", _text(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("public_salt", sa.String(), nullable=False),
        sa.Column("public_body", sa.LargeBinary()),
        sa.Column("private_salt", sa.String(), nullable=False),
        sa.Column("private_body", sa.LargeBinary()),
    )


def _heads() -> None:
    op.create_table(
        "heads",
        sa.Column("record_type", _text(), primary_key=True),
        sa.Column("record_id", _text(), primary_key=True),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String()),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("public_state", sa.String()),
        sa.Column("public_version", sa.Integer()),
        sa.Column("public_seq", sa.Integer()),
    )
    op.create_index("heads_public", "heads", ["record_type", "public_state", "record_id"])
