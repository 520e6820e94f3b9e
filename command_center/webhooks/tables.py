"""Where events are sent, and every delivery with its fate."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word


class WebhookEvent(StrEnum):
    """What a receiver can ask for."""

    TICKET_OPENED = "ticket.opened"
    TICKET_MOVED = "ticket.moved"
    CAP_ISSUED = "cap.issued"
    """An alert by CAP 1.2; the message is in it."""
    PING = "ping"
    """Sent when an engineer asks for it, to that receiver alone."""


class Fate(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up; an engineer can have it sent again."""


class Webhook(Base):
    """A receiver. Never deleted: deliveries name it; one that is stopped gets nothing."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(1000))
    """May hold a secret of the receiver's: shown and logged without its query."""
    events: Mapped[tuple[WebhookEvent, ...]] = mapped_column(Document(tuple[WebhookEvent, ...]))
    salt: Mapped[str] = mapped_column(String(64))
    """Its secret is made of this and a key that is not in the database, see `signing`."""
    salt_before: Mapped[str | None] = mapped_column(String(64))
    salt_before_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(63))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    why_stopped: Mapped[str] = mapped_column(String(200), default="")


_PENDING = text("fate = 'pending'")


class Delivery(Base):
    """One message to one receiver: one row from the first try to its end."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "message_id"),
        Index(
            "ix_webhook_deliveries_pending",
            "due_at",
            "id",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id"))
    message_id: Mapped[str] = mapped_column(String(100))
    """`webhook-id` of the request: the same at every try, so that a receiver knows a repetition."""
    event: Mapped[WebhookEvent] = mapped_column(word(WebhookEvent))
    body: Mapped[str] = mapped_column(Text)
    fate: Mapped[Fate] = mapped_column(word(Fate), default=Fate.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[int | None]
    """HTTP status of the last try; None: there was no answer."""
    failure: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
