"""The access log and the anchors of the record: rows are added, never changed."""

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
    CONNECTION = "connection"
    """A program of others got or lost its key, or an address that is told of events."""
    CHANNEL = "channel"
    """An administrator added or took away a way to reach somebody; `reason` says whom."""
    PLACES = "places"
    """Grids were put into force; `reason` says which."""
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


class Anchor(Base):
    """All transitions of one day, held together by one hash; see `audit.anchors`."""

    __tablename__ = "anchors"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    """`2026-10-18`, in UTC."""
    lines: Mapped[int]
    root: Mapped[str] = mapped_column(String(64))
    """Over the hashes of the day's lines."""
    hash: Mapped[str] = mapped_column(String(64))
    """Over this row and the hash of the day before."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


append_only(cast("Table", AccessEntry.__table__))
append_only(cast("Table", Anchor.__table__))
