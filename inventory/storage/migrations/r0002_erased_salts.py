"""Nullable salts, because the salt of an erased part is erased too."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Make both salts nullable."""
    with op.batch_alter_table("bodies") as bodies:
        bodies.alter_column("public_salt", existing_type=sa.String(), nullable=True)
        bodies.alter_column("private_salt", existing_type=sa.String(), nullable=True)
