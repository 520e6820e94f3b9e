"""Sensors: their readings, states and alarms, and the clips of the cameras beside them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("sensors"):
        raise RuntimeError(
            "this database was made by an unreleased tree between two versions and cannot be "
            "brought to this one: move the data folder (FENGHUO_DATA_DIR) aside and start anew"
        )
    op.create_table(
        "pushed_readings",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("sensor_id", sa.String(length=63), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quality", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushed_readings")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_pushed_readings_received_at"), "pushed_readings", ["received_at"], unique=False
    )
    op.create_table(
        "sensors",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensors")),
    )
    op.create_table(
        "sensor_status",
        sa.Column("sensor_id", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("shard", sa.String(length=63), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sensor_id"],
            ["sensors.id"],
            name=op.f("fk_sensor_status_sensor_id_sensors"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sensor_id", name=op.f("pk_sensor_status")),
    )
    op.create_index(op.f("ix_sensor_status_shard"), "sensor_status", ["shard"], unique=False)
    with op.batch_alter_table("alerts") as alerts:
        alerts.alter_column("camera_id", existing_type=sa.String(length=63), nullable=True)
        alerts.add_column(sa.Column("sensor_id", sa.String(length=63), nullable=True))
        alerts.add_column(sa.Column("measured", sa.JSON(), nullable=True))
        alerts.create_foreign_key(
            op.f("fk_alerts_sensor_id_sensors"), "sensors", ["sensor_id"], ["id"]
        )
    op.create_index(op.f("ix_alerts_sensor_id"), "alerts", ["sensor_id"], unique=False)
    op.create_table(
        "nearby_clips",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("camera_id", sa.String(length=63), nullable=False),
        sa.Column("others", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_nearby_clips_alert_id_alerts")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.event_id"], name=op.f("fk_nearby_clips_event_id_events")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_nearby_clips")),
    )
    op.create_index(op.f("ix_nearby_clips_alert_id"), "nearby_clips", ["alert_id"], unique=False)
    op.create_index(op.f("ix_nearby_clips_state"), "nearby_clips", ["state"], unique=False)
    with op.batch_alter_table("event_evidence") as evidence:
        evidence.add_column(sa.Column("camera_id", sa.String(length=63), nullable=True))
    with op.batch_alter_table("shards") as shards:
        shards.add_column(
            sa.Column("given_up", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    _forget_counters()


def downgrade() -> None:
    told = op.get_bind().scalar(sa.text("SELECT count(*) FROM alerts WHERE camera_id IS NULL"))
    if told:
        raise RuntimeError(f"{told} alarms of sensors have no place in the version before")
    with op.batch_alter_table("shards") as shards:
        shards.drop_column("given_up")
    with op.batch_alter_table("event_evidence") as evidence:
        evidence.drop_column("camera_id")
    op.drop_index(op.f("ix_nearby_clips_state"), table_name="nearby_clips")
    op.drop_index(op.f("ix_nearby_clips_alert_id"), table_name="nearby_clips")
    op.drop_table("nearby_clips")
    op.drop_index(op.f("ix_alerts_sensor_id"), table_name="alerts")
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_constraint(op.f("fk_alerts_sensor_id_sensors"), type_="foreignkey")
        alerts.drop_column("measured")
        alerts.drop_column("sensor_id")
        alerts.alter_column("camera_id", existing_type=sa.String(length=63), nullable=False)
    op.drop_index(op.f("ix_sensor_status_shard"), table_name="sensor_status")
    op.drop_table("sensor_status")
    op.drop_table("sensors")
    op.drop_index(op.f("ix_pushed_readings_received_at"), table_name="pushed_readings")
    op.drop_table("pushed_readings")
    _forget_counters()


def _forget_counters() -> None:
    """What a shard counted has another shape now; it tells it anew as soon as it runs."""
    op.execute("UPDATE shards SET stats = '{}'")
