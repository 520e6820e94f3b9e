"""Shadows: what rules on trial told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shadow_events",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("shadow", sa.String(length=63), nullable=False),
        sa.Column("camera_id", sa.String(length=63), nullable=False),
        sa.Column("zone_id", sa.String(length=63), nullable=False),
        sa.Column("event_type", sa.String(length=63), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("episode_id", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("config_version", sa.String(length=64), nullable=False),
        sa.Column("snapshot", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_shadow_events_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_shadow_events")),
    )
    op.create_index("ix_shadow_events_camera_id_at", "shadow_events", ["camera_id", "at"])
    op.create_index(op.f("ix_shadow_events_received_at"), "shadow_events", ["received_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_shadow_events_received_at"), table_name="shadow_events")
    op.drop_index("ix_shadow_events_camera_id_at", table_name="shadow_events")
    op.drop_table("shadow_events")
