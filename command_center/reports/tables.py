"""What people reported."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word
from configs.catalogue import Source
from configs.values import Position


class HotlineCategory(StrEnum):
    """The six kinds of a call to the hotline."""

    CONSULTATION = "consultation"
    HELP = "help"
    SUGGESTION = "suggestion"
    CRITICISM = "criticism"
    COMPLAINT = "complaint"
    WRONGDOING = "wrongdoing"


class Report(Base):
    """`finder` and `contact` are shown to the centre only, never to whoever handles it."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Source] = mapped_column(word(Source))
    event_type: Mapped[str] = mapped_column(String(63))
    description: Mapped[str] = mapped_column(Text)
    position: Mapped[Position | None] = mapped_column(Document(Position))
    place: Mapped[str] = mapped_column(String(200), default="")
    contact: Mapped[str] = mapped_column(String(200), default="")
    hotline_category: Mapped[HotlineCategory | None] = mapped_column(word(HotlineCategory))
    finder: Mapped[str | None] = mapped_column(String(63), index=True)
    """Login of a patrol or of the operator who wrote it down; None: a citizen."""
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the query code, which is shown once and kept nowhere."""
    partner: Mapped[str | None] = mapped_column(ForeignKey("partners.name"), index=True)
    """By whose program it came, if it came by one."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ticket_id: Mapped[int | None] = mapped_column(index=True)
    joined: Mapped[bool] = mapped_column(default=False)
    """Its ticket was there before, by another report: its finder is told, and rates nothing."""
