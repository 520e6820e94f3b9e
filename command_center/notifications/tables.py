"""What people are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime
from configs.values import Name

_UNREAD = text("read_at IS NULL")
_REPEATED = text("repeat_at IS NOT NULL")


class Notification(Base):
    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_person_id", "person", "id"),
        Index(
            "ix_notifications_unread",
            "person",
            "id",
            sqlite_where=_UNREAD,
            postgresql_where=_UNREAD,
        ),
        Index(
            "ix_notifications_repeated",
            "repeat_at",
            "id",
            sqlite_where=_REPEATED,
            postgresql_where=_REPEATED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.login"))
    kind: Mapped[str] = mapped_column(String(40))
    """What it is about: `task`, `overdue`, `supervision`, `feedback` …"""
    text: Mapped[Name] = mapped_column(Document(Name))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    urgent: Mapped[bool] = mapped_column(default=False)
    round: Mapped[int] = mapped_column(default=0)
    """How often it was repeated outside the product."""
    repeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it is repeated next, see `channels.urgent`; None: it is not."""
