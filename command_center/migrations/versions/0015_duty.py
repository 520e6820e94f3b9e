"""Who stands in for whom: named with a leave, and the tickets that were handed over for one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leave", sa.Column("stand_in", sa.String(length=63), nullable=True))
    op.create_table(
        "stand_ins",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=63), nullable=False),
        sa.Column("stand_in", sa.String(length=63), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_stand_ins_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_stand_ins")),
    )
    op.create_index(op.f("ix_stand_ins_person"), "stand_ins", ["person"])


def downgrade() -> None:
    op.drop_table("stand_ins")
    with op.batch_alter_table("leave") as leave:
        leave.drop_column("stand_in")
