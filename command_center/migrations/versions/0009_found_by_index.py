"""Lists, maps and searches of tickets find what they show by an index, however many there are."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from command_center.tickets import words
from command_center.tickets.spots import spot_of
from configs.values import Position

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_PAGE = 5_000
_CLOSED = ("rejected", "archived", "false_alarm", "merged", "cleared")
_INDEXES = {
    "ix_tickets_grid_code_id": ["grid_code", "id"],
    "ix_tickets_unit_id": ["unit", "id"],
    "ix_tickets_department_id": ["department", "id"],
    "ix_tickets_department_state_id": ["department", "state", "id"],
}
_REPLACED = ("event_type", "grid_code", "unit", "department")
_UNREAD = sa.text("read_at IS NULL")


def upgrade() -> None:
    for column in _REPLACED:
        op.drop_index(f"ix_tickets_{column}", "tickets")
    for name, columns in _INDEXES.items():
        op.create_index(name, "tickets", columns)
    op.create_table(
        "ticket_people",
        sa.Column("login", sa.String(length=63), nullable=False),
        _ticket_id(),
        sa.PrimaryKeyConstraint("login", "ticket_id", name=op.f("pk_ticket_people")),
        _of_ticket("ticket_people"),
    )
    op.create_table(
        "ticket_spots",
        _ticket_id(),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_spots")),
        _of_ticket("ticket_spots"),
    )
    op.create_table(
        "ticket_texts",
        _ticket_id(),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_texts")),
        _of_ticket("ticket_texts"),
    )
    table, *indexes = words.statements(op.get_bind().dialect.name)
    op.execute(table)
    _take_in()
    for index in indexes:
        op.execute(index)
    op.create_index("ix_ticket_spots_x_y", "ticket_spots", ["x", "y"])
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["person", "id"],
        sqlite_where=_UNREAD,
        postgresql_where=_UNREAD,
    )


def downgrade() -> None:
    op.drop_index("ix_notifications_unread", "notifications")
    for table in (words.GRAMS, "ticket_texts", "ticket_spots", "ticket_people"):
        op.drop_table(table)
    for name in _INDEXES:
        op.drop_index(name, "tickets")
    for column in _REPLACED:
        op.create_index(f"ix_tickets_{column}", "tickets", [column])


def _ticket_id() -> sa.Column[int]:
    return sa.Column("ticket_id", sa.Integer(), nullable=False, autoincrement=False)


def _of_ticket(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_ticket_id_tickets")
    return sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=name, ondelete="CASCADE")


def _take_in() -> None:
    """What is kept beside a ticket, for those that are there."""
    query = sa.text(
        "SELECT id, number, title, description, place, urgency, state, assignee, finder,"
        " CAST(offered AS TEXT) AS offered, CAST(handlers AS TEXT) AS handlers,"
        " CAST(position AS TEXT) AS position FROM tickets WHERE id > :last ORDER BY id LIMIT :page"
    )
    last, bind = 0, op.get_bind()
    while rows := bind.execute(query, {"last": last, "page": _PAGE}).all():
        last = rows[-1].id
        people: list[tuple[str, int]] = []
        spots: list[dict[str, object]] = []
        texts: dict[int, str] = {}
        for row in rows:
            logins = {row.assignee, row.finder, *_list(row.offered), *_list(row.handlers)} - {None}
            people += [(login, row.id) for login in sorted(logins)]
            position = json.loads(row.position) if row.position else None
            if position and row.state not in _CLOSED:
                x, y = spot_of(Position(**position))
                urgent = row.urgency == "urgent"
                spots.append({"ticket_id": row.id, "x": x, "y": y, "urgent": urgent})
            texts[row.id] = words.text_of(row.number, row.title, row.description, row.place)
        _insert(people, spots, texts)


def _insert(
    people: list[tuple[str, int]], spots: list[dict[str, object]], texts: dict[int, str]
) -> None:
    bind = op.get_bind()
    rows = [{"login": login, "ticket_id": ticket} for login, ticket in people]
    if rows:
        bind.execute(sa.text("INSERT INTO ticket_people VALUES (:login, :ticket_id)"), rows)
    if spots:
        statement = "INSERT INTO ticket_spots VALUES (:ticket_id, :x, :y, :urgent)"
        bind.execute(sa.text(statement), spots)
    folded = [{"ticket_id": ticket, "folded": text} for ticket, text in texts.items()]
    bind.execute(sa.text("INSERT INTO ticket_texts VALUES (:ticket_id, :folded)"), folded)
    words.index_many(bind, texts)


def _list(text: str | None) -> list[str]:
    return [str(login) for login in json.loads(text or "[]")]
