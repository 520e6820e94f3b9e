"""Notices that are in force."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word
from configs.values import Name


class NoticeLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Notice(Base):
    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(String(150), primary_key=True)
    """What it is about, such as `model:yolox_nano`: one notice a thing."""
    level: Mapped[NoticeLevel] = mapped_column(word(NoticeLevel))
    text: Mapped[Name] = mapped_column(Document(Name))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
