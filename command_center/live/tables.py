"""The durable log of changes that the stream is read from."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word


class ChangeKind(StrEnum):
    ALERT = "alert"
    TICKET = "ticket"
    CAMERA = "camera"
    SENSOR = "sensor"
    NOTICE = "notice"
    REPORT = "report"


class Change(Base):
    """That something changed, and whom it concerns; clients fetch the thing itself.

    `sqlite_autoincrement`: an id is never used again after pruning, or a client that comes
    back with Last-Event-ID would miss what took its place.
    """

    __tablename__ = "changes"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy's own attribute)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[ChangeKind] = mapped_column(word(ChangeKind))
    object_id: Mapped[str] = mapped_column(String(100))
    what: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    unit_code: Mapped[str | None] = mapped_column(String(12))
    department: Mapped[str | None] = mapped_column(String(63))
    people: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
