"""People, their log-in sessions and their bearer tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime
from configs.town import Role
from configs.values import Name


class Person(Base):
    """Someone who can log in. Never deleted: tickets name people for years."""

    __tablename__ = "people"

    login: Mapped[str] = mapped_column(String(63), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    roles: Mapped[tuple[Role, ...]] = mapped_column(Document(tuple[Role, ...]))
    unit_code: Mapped[str] = mapped_column(String(12), index=True)
    department: Mapped[str | None] = mapped_column(String(63), index=True)
    phone: Mapped[str | None] = mapped_column(String(40))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """argon2; None: this person cannot log in with a password."""
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def name(self) -> Name:
        return Name(zh=self.name_zh, en=self.name_en)


class LoginSession(Base):
    """A browser that is logged in. The cookie's value is not kept, only its SHA-256."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("people.login"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Token(Base):
    """A person's bearer token for a field app. Only its SHA-256 is kept."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    login: Mapped[str] = mapped_column(ForeignKey("people.login"), index=True)
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
