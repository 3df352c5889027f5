"""The salt of an erased part goes with it, so salts may be null."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Let both salts be null."""
    with op.batch_alter_table("bodies") as bodies:
        bodies.alter_column("public_salt", existing_type=sa.String(), nullable=True)
        bodies.alter_column("private_salt", existing_type=sa.String(), nullable=True)
