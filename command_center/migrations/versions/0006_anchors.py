"""What each move wrote into its ticket, and the daily anchors of the record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from command_center.append_only import statements

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not by copying the table (batch): that would drop the triggers which make it append-only.
    op.add_column(
        "transitions", sa.Column("changed", sa.JSON(), nullable=False, server_default="{}")
    )
    op.create_table(
        "anchors",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_anchors")),
    )
    for statement in statements("anchors", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("anchors")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION anchors_refuse()")
    op.drop_column("transitions", "changed")
