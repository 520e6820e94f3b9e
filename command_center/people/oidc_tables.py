"""Who is whom at the provider that people log in with, and log-ins that are under way there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, UtcDateTime


class OidcSubject(Base):
    """A subject of a provider is this person. OIDC Core 1.0 §2: issuer and subject together are
    what is never given to another; a name or an address may be."""

    __tablename__ = "oidc_subjects"

    issuer: Mapped[str] = mapped_column(String(400), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("people.login"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class OidcLogIn(Base):
    """A browser that was sent to the provider and is not back yet. Good once."""

    __tablename__ = "oidc_log_ins"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    """Of the cookie that this browser alone has: a state that was foisted on another does not
    log him in."""
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    next_path: Mapped[str] = mapped_column(String(1000))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
