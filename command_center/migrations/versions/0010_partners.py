"""Programs of others that file citizens' reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partners",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=63), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_partners")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_partners_key_hash")),
    )
    with op.batch_alter_table("reports") as reports:
        reports.add_column(sa.Column("partner", sa.String(length=63), nullable=True))
        reports.create_index(op.f("ix_reports_partner"), ["partner"])
        reports.create_foreign_key(
            op.f("fk_reports_partner_partners"), "partners", ["partner"], ["name"]
        )


def downgrade() -> None:
    with op.batch_alter_table("reports") as reports:
        reports.drop_constraint(op.f("fk_reports_partner_partners"), type_="foreignkey")
        reports.drop_index(op.f("ix_reports_partner"))
        reports.drop_column("partner")
    op.drop_table("partners")
