"""Sets of grids that were brought in to be put into force."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word
from configs.town import Grid


class SetState(StrEnum):
    DRAFT = "draft"
    """Checked and compared; changes nothing yet."""
    PLANNED = "planned"
    """Comes into force at a moment."""
    USED = "used"
    """Was put into force, and perhaps changed since."""
    WITHDRAWN = "withdrawn"


class GridSet(Base):
    """All grids of the town as somebody means them to be: a version of the whole."""

    __tablename__ = "grid_sets"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[SetState] = mapped_column(word(SetState), default=SetState.DRAFT, index=True)
    note: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[str] = mapped_column(String(63))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    size: Mapped[int]
    """How many grids it has."""
    grids: Mapped[tuple[Grid, ...]] = mapped_column(Document(tuple[Grid, ...]), deferred=True)
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    compared_with: Mapped[str | None] = mapped_column(String(64))
    """Fingerprint of the grids in force that whoever put it into force had seen."""
    used_by: Mapped[str | None] = mapped_column(String(63))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
