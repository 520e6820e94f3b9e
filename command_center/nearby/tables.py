"""Clips that are wanted of a camera, as evidence of a sensor's event."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word


class ClipState(StrEnum):
    WANTED = "wanted"
    """A shard has been asked, and is asked again with every heartbeat."""
    HERE = "here"
    MISSING = "missing"
    """No camera could give one; the reason says why."""


class NearbyClip(Base):
    """One for each sensor's event that has a camera near."""

    __tablename__ = "nearby_clips"

    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"), primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    camera_id: Mapped[str] = mapped_column(String(63))
    """Who is asked now, or gave it."""
    others: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    """Who is asked next, should this camera have nothing."""
    state: Mapped[ClipState] = mapped_column(word(ClipState), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    end: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
