"""The access log: rows are added, never changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import String, Table
from sqlalchemy.orm import Mapped, mapped_column

from command_center.append_only import append_only
from command_center.database import Base, UtcDateTime, word


class Access(StrEnum):
    """What somebody did that must be answered for (State Council Order 799, PIPL)."""

    SNAPSHOT_CLEAR = "snapshot_clear"
    CLIP = "clip"
    STILL = "still"
    SHADOW = "shadow"
    """A blurred picture of what a rule told, or one that is tried beside it."""
    LIVE = "live"
    EXPORT = "export"
    ACCESS_LOG = "access_log"
    TOWN_FILE = "town_file"
    """A change of the town file came into force; `reason` says which."""


class AccessEntry(Base):
    __tablename__ = "access_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    login: Mapped[str] = mapped_column(String(63), index=True)
    access: Mapped[Access] = mapped_column(word(Access))
    camera_id: Mapped[str | None] = mapped_column(String(63), index=True)
    alert_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(500))


append_only(cast("Table", AccessEntry.__table__))
