"""What shadows told: kept for comparison, read by nobody at the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, UtcDateTime, word
from detectors.event import Phase


class ShadowEvent(Base):
    """One delivered event of a shadow."""

    __tablename__ = "shadow_events"
    __table_args__ = (Index("ix_shadow_events_camera_id_at", "camera_id", "at"),)

    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    shadow: Mapped[str] = mapped_column(String(63))
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.id"))
    zone_id: Mapped[str] = mapped_column(String(63))
    event_type: Mapped[str] = mapped_column(String(63))
    phase: Mapped[Phase] = mapped_column(word(Phase))
    episode_id: Mapped[str] = mapped_column(String(36))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    confidence: Mapped[float]
    config_version: Mapped[str] = mapped_column(String(64))
    """What the camera's would be if the shadow were its rule."""
    snapshot: Mapped[bool] = mapped_column(default=False)
    """Whether its picture has arrived."""
