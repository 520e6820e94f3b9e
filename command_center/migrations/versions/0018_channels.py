"""How people are reached outside the product, what became of each message, and phone orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _channels()
    _deliveries()
    _phone_orders()
    no = sa.false()
    with op.batch_alter_table("notifications") as table:
        # What was told before this version is repeated nowhere.
        table.add_column(sa.Column("urgent", sa.Boolean(), nullable=False, server_default=no))
        table.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("repeat_at", _MOMENT, nullable=True))
    with op.batch_alter_table("notifications") as table:
        table.alter_column("urgent", server_default=None)
        table.alter_column("round", server_default=None)
    _partial("ix_notifications_repeated", "notifications", ["repeat_at", "id"], "repeat_at", "NOT ")


def downgrade() -> None:
    op.drop_index("ix_notifications_repeated", table_name="notifications")
    op.drop_table("phone_orders")
    op.drop_table("channel_deliveries")
    op.drop_table("channels")
    with op.batch_alter_table("notifications") as table:
        for column in ("repeat_at", "round", "urgent"):
            table.drop_column(column)


def _channels() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("urgent_only", sa.Boolean(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("code_until", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("verified_at", _MOMENT, nullable=True),
        sa.Column("created_by", sa.String(length=63), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("removed_at", _MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", _MOMENT, nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["people.login"], name=op.f("fk_channels_person_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )
    _partial("uq_channels_held", "channels", ["person", "mark"], "removed_at", unique=True)


def _deliveries() -> None:
    op.create_table(
        "channel_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("fate", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_channel_deliveries_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name=op.f("fk_channel_deliveries_notification_id_notifications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_deliveries")),
        sa.UniqueConstraint(
            "notification_id",
            "channel_id",
            "round",
            name=op.f("uq_channel_deliveries_notification_id"),
        ),
    )
    for column in ("channel_id", "created_at"):
        op.create_index(op.f(f"ix_channel_deliveries_{column}"), "channel_deliveries", [column])
    waiting = sa.text("fate IN ('queued', 'failed')")
    op.create_index(
        "ix_channel_deliveries_waiting",
        "channel_deliveries",
        ["due_at", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _phone_orders() -> None:
    op.create_table(
        "phone_orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=63), nullable=False),
        sa.Column("callers", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closed_by", sa.String(length=63), nullable=True),
        sa.Column("answered", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["people.login"], name=op.f("fk_phone_orders_person_people")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_phone_orders_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_orders")),
    )
    op.create_index(op.f("ix_phone_orders_ticket_id"), "phone_orders", ["ticket_id"])
    _partial(
        "uq_phone_orders_open", "phone_orders", ["ticket_id", "person"], "closed_at", unique=True
    )


def _partial(
    name: str, table: str, columns: list[str], null: str, but: str = "", *, unique: bool = False
) -> None:
    """An index over the rows in which column `null` is NULL, or `but` is not."""
    where = sa.text(f"{null} IS {but}NULL")
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
