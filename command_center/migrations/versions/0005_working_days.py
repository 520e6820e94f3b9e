"""The town's working days, by which its timers are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("towns") as towns:
        towns.add_column(sa.Column("workdays", sa.JSON(), nullable=False, server_default="{}"))
    # Its file is imported once more, or its working days would not arrive until it changes.
    op.execute("UPDATE towns SET config_version = ''")


def downgrade() -> None:
    with op.batch_alter_table("towns") as towns:
        towns.drop_column("workdays")
