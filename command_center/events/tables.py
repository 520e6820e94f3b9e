"""Events as they came in, and which of their evidence has arrived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word
from detectors.event import Event as EventBody
from detectors.event import EvidenceKind, Phase


class Event(Base):
    """One delivered event and the answer that it got: a second delivery gets the same."""

    __tablename__ = "events"

    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    outcome: Mapped[str] = mapped_column(String(20))
    phase: Mapped[Phase] = mapped_column(word(Phase))
    epoch: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    body: Mapped[EventBody] = mapped_column(Document(EventBody))


class EventEvidence(Base):
    """A snapshot or clip that has arrived; the file lies in the evidence store."""

    __tablename__ = "event_evidence"

    event_id: Mapped[str] = mapped_column(ForeignKey("events.event_id"), primary_key=True)
    kind: Mapped[EvidenceKind] = mapped_column(word(EvidenceKind), primary_key=True)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    camera_id: Mapped[str | None] = mapped_column(String(63))
    """Whose footage it is: of a sensor's event, a camera near it."""
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
