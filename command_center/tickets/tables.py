"""Tickets, the transitions of alerts and tickets, photos, and logged calls."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from pydantic import JsonValue
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from command_center.append_only import append_only
from command_center.database import Base, Document, UtcDateTime, word
from command_center.tickets.states import Move, Rating, Request, Rung, State
from configs.catalogue import Source, Urgency
from configs.values import Name, Position

LINE = 200
"""Characters of a title or a place; PostgreSQL refuses more."""


class Ticket(Base):
    """What a person must do. Moved only by `tickets.service.make`."""

    __tablename__ = "tickets"
    __table_args__ = (
        # Each ends in the id, in whose order every list is shown: a page is read from the index.
        Index("ix_tickets_state_id", "state", "id"),
        Index("ix_tickets_grid_code_id", "grid_code", "id"),
        Index("ix_tickets_unit_id", "unit", "id"),
        Index("ix_tickets_department_id", "department", "id"),
        Index("ix_tickets_department_state_id", "department", "state", "id"),
        Index("ix_tickets_done_at_on_time", "done_at", "on_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    event_type: Mapped[str] = mapped_column(String(63))
    name: Mapped[Name] = mapped_column(Document(Name))
    urgency: Mapped[Urgency] = mapped_column(word(Urgency))
    state: Mapped[State] = mapped_column(word(State))
    title: Mapped[str] = mapped_column(String(LINE))
    description: Mapped[str] = mapped_column(Text)
    source: Mapped[Source] = mapped_column(word(Source))
    position: Mapped[Position | None] = mapped_column(Document(Position))
    place: Mapped[str] = mapped_column(String(LINE), default="")
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    quality_key: Mapped[str | None] = mapped_column(String(100), index=True)
    """What a data-quality ticket is about; at most one open ticket a key is made."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    # where routing put it
    grid_code: Mapped[str | None] = mapped_column(String(63))
    grid_version: Mapped[int | None]
    unit: Mapped[str | None] = mapped_column(String(12))
    rung: Mapped[Rung | None] = mapped_column(word(Rung))
    why: Mapped[tuple[Name, ...]] = mapped_column(Document(tuple[Name, ...]), default=())
    assignee: Mapped[str | None] = mapped_column(ForeignKey("people.login"), index=True)
    offered: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]), default=())
    """Logins that may take it as well as the assignee; whoever acknowledges first has it."""
    department: Mapped[str | None] = mapped_column(String(63))

    # what has happened to it
    finder: Mapped[str | None] = mapped_column(String(63))
    handlers: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]), default=())
    """Everybody who acknowledged, started or finished it: none of them may verify it."""
    request: Mapped[Request | None] = mapped_column(word(Request))
    request_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    request_department: Mapped[str | None] = mapped_column(String(63))
    returned: Mapped[bool] = mapped_column(default=False)
    reopened: Mapped[bool] = mapped_column(default=False)
    supervision: Mapped[int] = mapped_column(default=0)
    """0 none, 1 station, 2 centre, 3 leader."""
    rating: Mapped[Rating | None] = mapped_column(word(Rating))
    comment: Mapped[str] = mapped_column(Text, default="")

    # the clock of handling
    clock_total: Mapped[float | None]
    """Seconds allowed for handling, on the event type's clock; None: it has not begun."""
    clock_used: Mapped[float] = mapped_column(default=0.0)
    """Seconds used before `clock_since`."""
    clock_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: the clock stands still."""
    clock_round: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When these marks began to count: marks that fired since then do not fire again."""
    stage_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    on_time: Mapped[bool | None]
    """Whether it was done before its deadline; None: it is not done."""

    # the chain
    seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64))


class TicketPerson(Base):
    """Somebody to whom a ticket belongs by himself: who has it, to whom it was offered, who has
    worked on it, who found it. Kept by `tickets.reach`, so that nobody's list reads every ticket.
    """

    __tablename__ = "ticket_people"

    login: Mapped[str] = mapped_column(String(63), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )


class TicketSpot(Base):
    """Where an open ticket lies, in whole steps of `tickets.spots`; a closed one has none.

    What a map shows hangs on the work that is open, not on all that ever was.
    """

    __tablename__ = "ticket_spots"
    __table_args__ = (Index("ix_ticket_spots_x_y", "x", "y"),)

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    x: Mapped[int]
    y: Mapped[int]
    urgent: Mapped[bool]


class TicketText(Base):
    """What a ticket is searched by, written the same way as what is searched for
    (`tickets.words`)."""

    __tablename__ = "ticket_texts"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    folded: Mapped[str] = mapped_column(Text)


class Handover(Base):
    """That a task was given to somebody (`rung`), or that he took it (`waited` seconds since it was
    given to him). The record says so too; this is what statistics of a month can be made of.
    """

    __tablename__ = "handovers"
    __table_args__ = (
        Index("ix_handovers_given", "at", "rung"),
        Index("ix_handovers_taken", "at", "given_at", "waited"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    rung: Mapped[str | None] = mapped_column(String(40))
    """None: it was taken."""
    given_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waited: Mapped[float | None]


class Transition(Base):
    """One move of an alert or a ticket. Append-only; see `tickets.chain`."""

    __tablename__ = "transitions"
    __table_args__ = (UniqueConstraint("subject", "seq"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    subject: Mapped[str] = mapped_column(String(40))
    """`alert/{id}` or `ticket/{id}`."""
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    by: Mapped[str] = mapped_column(String(80))
    """A login, `system`, `citizen`, or `machine/{shard}`."""
    move: Mapped[Move] = mapped_column(word(Move))
    source: Mapped[State] = mapped_column(word(State))
    target: Mapped[State] = mapped_column(word(State))
    reason: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[dict[str, str]] = mapped_column(Document(dict[str, str]), default=dict)
    epoch: Mapped[int | None]
    changed: Mapped[dict[str, JsonValue]] = mapped_column(
        Document(dict[str, JsonValue]), default=dict
    )
    """Columns of its alert or ticket that the move wrote, see `tickets.face`; shown to nobody."""
    hash: Mapped[str] = mapped_column(String(64))


class Photo(Base):
    """A picture of a ticket or a report; the file lies in the evidence store under `id`."""

    __tablename__ = "photos"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    width: Mapped[int]
    height: Mapped[int]


class CallLog(Base):
    """A phone order 专用电话: somebody was called about a ticket."""

    __tablename__ = "call_logs"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    by: Mapped[str] = mapped_column(String(63))
    called: Mapped[str] = mapped_column(String(200))
    """Whom: a login or a name, never a number."""
    answered: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class TicketDay(Base):
    """The last running number of a day, so that ticket numbers can be read out on the phone."""

    __tablename__ = "ticket_days"

    day: Mapped[str] = mapped_column(String(8), primary_key=True)
    last: Mapped[int]


append_only(cast("Table", Transition.__table__))
