"""Which cameras somebody looks at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, UtcDateTime


class WantedStill(Base):
    """Somebody looks at this camera; a row that is over stays, to be renewed."""

    __tablename__ = "wanted_stills"

    camera_id: Mapped[str] = mapped_column(
        String(63), ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True
    )
    until: Mapped[datetime] = mapped_column(UtcDateTime)
