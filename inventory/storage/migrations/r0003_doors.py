"""The tables behind API writes: keys, stored responses and denied writes."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "keys",
        sa.Column("key_id", _text(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("digest", "holder", "role")),
        sa.Column("organization_id", sa.String()),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("issued_by", "issued_at", "expires_at")),
        sa.Column("revoked_by", sa.String()),
        sa.Column("revoked_at", sa.String()),
    )
    op.create_table(
        "answers",
        sa.Column("asker", _text(), primary_key=True),
        sa.Column("idempotency_key", _text(), primary_key=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
    )
    op.create_table(
        "refusals",
        sa.Column("number", sa.Integer(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("refused_at", "holder")),
        sa.Column("key_id", sa.String()),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("address", "method", "path")),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
