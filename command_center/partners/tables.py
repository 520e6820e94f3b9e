"""Keys of programs of others."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, UtcDateTime


class Partner(Base):
    """A program, not a person: it logs in nowhere, and opens nothing but what asks for its key.
    Never deleted: reports name the partner that they came by."""

    __tablename__ = "partners"

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    label: Mapped[str] = mapped_column(String(200))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of its key, which is shown once and kept nowhere."""
    created_by: Mapped[str] = mapped_column(String(63))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
