"""Log-in sessions of browsers, in the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.database import Database
from command_center.people.secrets import new_token, token_hash
from command_center.people.tables import LoginSession, Person

IDLE = timedelta(hours=12)
"""One shift and its handover; NIST SP 800-63B §4.2.3 takes 12 hours as well."""
LONGEST = timedelta(days=30)
"""Then the password is asked for again, however busy the session was (NIST SP 800-63B §4.1.3)."""
RENEW_AFTER = timedelta(minutes=5)
"""A page polls every few seconds; writing at each call would keep SQLite's one writer busy."""


def open_session(session: AsyncSession, login: str, now: datetime) -> str:
    """Begin a session; returns the cookie's value, which is kept nowhere."""
    token = new_token()
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            login=login,
            created_at=now,
            seen_at=now,
            expires_at=now + IDLE,
        )
    )
    return token


async def person_of(database: Database, token: str, now: datetime) -> Person | None:
    """Whose session this is, if it has not ended; using it puts its end off."""
    async with database.reading() as session:
        query = (
            select(LoginSession, Person)
            .join(Person, Person.login == LoginSession.login)
            .where(LoginSession.token_hash == token_hash(token))
        )
        row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    found, person = row
    if not person.active or found.expires_at <= now or found.created_at + LONGEST <= now:
        return None
    if now - found.seen_at >= RENEW_AFTER:
        async with database.transaction() as session:
            renewed = await session.get(LoginSession, found.token_hash)
            if renewed is not None:
                renewed.seen_at = now
                renewed.expires_at = now + IDLE
    return person


async def close_session(session: AsyncSession, token: str) -> None:
    await session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash(token)))


async def close_all(session: AsyncSession, login: str, *, but: str | None) -> None:
    """End a person's sessions, except that of the token `but`."""
    ended = delete(LoginSession).where(LoginSession.login == login)
    if but is not None:
        ended = ended.where(LoginSession.token_hash != token_hash(but))
    await session.execute(ended)


async def prune(session: AsyncSession, now: datetime) -> None:
    """Delete sessions that have ended."""
    ended = or_(LoginSession.expires_at <= now, LoginSession.created_at <= now - LONGEST)
    await session.execute(delete(LoginSession).where(ended))
