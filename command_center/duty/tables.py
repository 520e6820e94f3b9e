"""Tasks that somebody does in another's place."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, UtcDateTime


class StandIn(Base):
    """A ticket that was handed over for a leave, and goes back when it is over."""

    __tablename__ = "stand_ins"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(63), index=True)
    """On leave; gets it back."""
    stand_in: Mapped[str] = mapped_column(String(63))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
