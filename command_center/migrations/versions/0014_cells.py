"""Alerts know the cell they lie in, so that the same incident is looked for nearby alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from command_center.town.distance import cell_of
from configs.values import Position

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_PAGE = 1000
_ALERTS = sa.table(
    "alerts",
    sa.column("id", sa.Integer),
    sa.column("position", sa.JSON),
    sa.column("cell", sa.String),
)
_OPEN = sa.text("live AND merged_into IS NULL")


def upgrade() -> None:
    op.add_column(
        "alerts", sa.Column("cell", sa.String(length=40), nullable=False, server_default="")
    )
    _fill(op.get_bind())
    op.create_index(
        "ix_alerts_incidents",
        "alerts",
        ["event_type", "cell"],
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def _fill(connection: sa.Connection) -> None:
    after = 0
    page = sa.select(_ALERTS.c.id, _ALERTS.c.position).order_by(_ALERTS.c.id).limit(_PAGE)
    put = sa.update(_ALERTS).where(_ALERTS.c.id == sa.bindparam("key"))
    while rows := connection.execute(page.where(_ALERTS.c.id > after)).all():
        after = rows[-1].id
        cells = [
            {"key": row.id, "cell": cell_of(Position(**row.position))}
            for row in rows
            if row.position
        ]
        if cells:
            connection.execute(put.values(cell=sa.bindparam("cell")), cells)


def downgrade() -> None:
    op.drop_index("ix_alerts_incidents", table_name="alerts")
    op.drop_column("alerts", "cell")
