"""Whom people are at an OpenID provider, and log-ins that are under way there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "oidc_subjects",
        sa.Column("issuer", sa.String(length=400), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("login", sa.String(length=63), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["login"], ["people.login"], name=op.f("fk_oidc_subjects_login_people")
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_oidc_subjects")),
    )
    op.create_index(op.f("ix_oidc_subjects_login"), "oidc_subjects", ["login"])
    op.create_table(
        "oidc_log_ins",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("next_path", sa.String(length=1000), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_oidc_log_ins")),
    )
    op.create_index(op.f("ix_oidc_log_ins_expires_at"), "oidc_log_ins", ["expires_at"])


def downgrade() -> None:
    op.drop_table("oidc_log_ins")
    op.drop_table("oidc_subjects")
