"""What must have happened by when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, UtcDateTime, word


class TimerKind(StrEnum):
    DISCOVER = "discover"
    DISCOVER_LEAD = "discover_lead"
    ACCEPT = "accept"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    HANDLE_50 = "handle_50"
    HANDLE_80 = "handle_80"
    HANDLE_100 = "handle_100"
    HANDLE_150 = "handle_150"
    RESUME = "resume"
    VERIFY = "verify"
    FEED_BACK = "feed_back"
    RATE = "rate"


MARKS: dict[TimerKind, float] = {
    TimerKind.HANDLE_50: 0.5,
    TimerKind.HANDLE_80: 0.8,
    TimerKind.HANDLE_100: 1.0,
    TimerKind.HANDLE_150: 1.5,
}
"""Fractions of the time for handling (marks 50/80/100 %, supervision 80/100/150 %)."""

_ARMED = text("fired_at IS NULL AND cancelled_at IS NULL")


class Timer(Base):
    """Fires once: `fired_at` is set in the transaction that holds all of its effect.

    A timer belongs to one alert or one ticket, and is changed only by who holds that row's lock.
    """

    __tablename__ = "timers"
    __table_args__ = (
        Index("ix_timers_armed", "wake_at", "id", sqlite_where=_ARMED, postgresql_where=_ARMED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    kind: Mapped[TimerKind] = mapped_column(word(TimerKind))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wake_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """`due_at`, or later where the effect failed and is tried again."""
    fired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(String(200), default="")

    @property
    def is_armed(self) -> bool:
        return self.fired_at is None and self.cancelled_at is None
