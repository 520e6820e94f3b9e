"""What people changed at run time: marks that an import heeds, and the record of all changes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import cast

from pydantic import JsonValue
from sqlalchemy import JSON, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from command_center.append_only import append_only
from command_center.database import Base, UtcDateTime, word


class Edited(StrEnum):
    """A kind of thing that a town file describes and people may change."""

    GRID = "grid"
    PERSON = "person"
    SHIFTS = "shifts"
    """All shifts of a person, by login."""
    LEAVE = "leave"
    """All leave of a person, by login."""
    OIDC_SUBJECT = "oidc_subject"
    """Whom a person is at the OpenID provider; stands in no town file."""


class Edit(Base):
    """A thing that is no longer as the town file said."""

    __tablename__ = "edits"

    kind: Mapped[Edited] = mapped_column(word(Edited), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    told: Mapped[JsonValue] = mapped_column(JSON(none_as_null=True), nullable=True)
    """What the file said of it when it was first edited; None: nothing."""
    conflict: Mapped[bool] = mapped_column(default=False)
    """The file says something else by now, which is neither."""
    differs: Mapped[JsonValue] = mapped_column(JSON(none_as_null=True), nullable=True)
    by: Mapped[str] = mapped_column(String(63))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class EditLine(Base):
    """Who changed what, when, from what to what. Append-only."""

    __tablename__ = "edit_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    by: Mapped[str] = mapped_column(String(63), index=True)
    kind: Mapped[Edited] = mapped_column(word(Edited))
    key: Mapped[str] = mapped_column(String(200), index=True)
    before: Mapped[JsonValue] = mapped_column(JSON(none_as_null=True), nullable=True)
    after: Mapped[JsonValue] = mapped_column(JSON(none_as_null=True), nullable=True)


append_only(cast("Table", EditLine.__table__))
