"""The town's least confidence, which shards are told while they run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("towns") as towns:
        towns.add_column(
            sa.Column("confidence_floor", sa.Float(), nullable=False, server_default="0.3")
        )
    # Its file is imported once more, or what it says of this would not arrive until it changes.
    op.execute("UPDATE towns SET config_version = ''")


def downgrade() -> None:
    with op.batch_alter_table("towns") as towns:
        towns.drop_column("confidence_floor")
