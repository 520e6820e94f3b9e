"""Who issues alerts, and every message that was issued, as it was."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word
from configs.catalogue import CapScope
from configs.values import Name


class MsgType(StrEnum):
    """CAP 1.2, 3.2.1 msgType; what else the standard knows is for answers to others' alerts."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class CapIssuer(Base):
    """What of the settings stands in every message: one row, written at each start."""

    __tablename__ = "cap_issuer"

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20))
    url: Mapped[str] = mapped_column(String(500))


class CapMessage(Base):
    __tablename__ = "cap_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(String(100), unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    msg_type: Mapped[MsgType] = mapped_column(word(MsgType))
    scope: Mapped[CapScope] = mapped_column(word(CapScope))
    sender: Mapped[str] = mapped_column(String(200))
    sent: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    headline: Mapped[Name] = mapped_column(Document(Name))
    xml: Mapped[str] = mapped_column(Text)
