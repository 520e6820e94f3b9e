"""Statistics of a month without reading the record: when tasks were given and taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_GIVEN = """
INSERT INTO handovers (ticket_id, at, rung)
SELECT CAST(substr(subject, 8) AS INTEGER), at, coalesce({rung}, '')
FROM transitions
WHERE subject LIKE 'ticket/%' AND move IN ('dispatch', 'hand_on', 'reassign')
ORDER BY id
"""
_TAKEN = """
INSERT INTO handovers (ticket_id, at, given_at, waited)
SELECT CAST(substr(subject, 8) AS INTEGER), at, given_at, {waited}
FROM (
    SELECT id, subject, at, move,
        max(at) FILTER (WHERE move <> 'acknowledge')
            OVER (PARTITION BY subject ORDER BY seq) AS given_at
    FROM transitions
    WHERE subject LIKE 'ticket/%'
        AND move IN ('dispatch', 'hand_on', 'reassign', 'acknowledge')
) AS moves
WHERE move = 'acknowledge' AND given_at IS NOT NULL
ORDER BY id
"""
_RUNG = {"sqlite": "json_extract(detail, '$.rung')", "postgresql": "detail->>'rung'"}
_WAITED = {
    "sqlite": "round((julianday(at) - julianday(given_at)) * 86400, 3)",
    "postgresql": "extract(epoch FROM at - given_at)",
}


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "handovers",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung", sa.String(length=40), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waited", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_handovers_ticket_id_tickets")
        ),
    )
    dialect = op.get_bind().dialect.name
    op.execute(_GIVEN.format(rung=_RUNG[dialect]))
    op.execute(_TAKEN.format(waited=_WAITED[dialect]))
    op.create_index("ix_handovers_ticket_id", "handovers", ["ticket_id"])
    op.create_index("ix_handovers_given", "handovers", ["at", "rung"])
    op.create_index("ix_handovers_taken", "handovers", ["at", "given_at", "waited"])
    op.create_index("ix_tickets_done_at_on_time", "tickets", ["done_at", "on_time"])
    op.create_index("ix_tickets_stage_due_at", "tickets", ["stage_due_at"])
    op.drop_index("ix_alerts_opened_at", "alerts")
    op.create_index("ix_alerts_opened_at_state", "alerts", ["opened_at", "state"])
    op.create_index("ix_alerts_decided_at_state", "alerts", ["decided_at", "state", "opened_at"])


def downgrade() -> None:
    op.drop_index("ix_alerts_decided_at_state", "alerts")
    op.drop_index("ix_alerts_opened_at_state", "alerts")
    op.create_index("ix_alerts_opened_at", "alerts", ["opened_at"])
    op.drop_index("ix_tickets_stage_due_at", "tickets")
    op.drop_index("ix_tickets_done_at_on_time", "tickets")
    op.drop_table("handovers")
