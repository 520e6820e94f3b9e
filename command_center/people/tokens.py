"""Bearer tokens that people make for their field apps."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.database import Database
from command_center.people.secrets import new_token, token_hash
from command_center.people.tables import Person, Token
from command_center.problems import Problem

LIFETIME = timedelta(days=90)
MOST_PER_PERSON = 20


async def person_of(database: Database, token: str, now: datetime) -> Person | None:
    """Whose token this is, if it is in force."""
    query = (
        select(Person)
        .join(Token, Token.login == Person.login)
        .where(
            Token.token_hash == token_hash(token),
            Token.revoked_at.is_(None),
            Token.expires_at > now,
            Person.active,
        )
    )
    async with database.reading() as session:
        return await session.scalar(query)


async def make(session: AsyncSession, login: str, label: str, now: datetime) -> tuple[Token, str]:
    """A new token and its value, which is shown this once.

    Raises:
        Problem: 409, the person has as many as one may have.
    """
    in_force = (Token.login == login, Token.revoked_at.is_(None), Token.expires_at > now)
    if (await session.scalar(select(func.count()).where(*in_force)) or 0) >= MOST_PER_PERSON:
        raise Problem(409, f"there are {MOST_PER_PERSON} tokens already; revoke one first")
    value = new_token()
    token = Token(
        token_hash=token_hash(value),
        login=login,
        label=label,
        created_at=now,
        expires_at=now + LIFETIME,
        revoked_at=None,
    )
    session.add(token)
    await session.flush()
    return token, value


async def of_person(session: AsyncSession, login: str, now: datetime) -> list[Token]:
    """A person's tokens that are in force, newest first."""
    query = (
        select(Token)
        .where(Token.login == login, Token.revoked_at.is_(None), Token.expires_at > now)
        .order_by(Token.id.desc())
    )
    return list(await session.scalars(query))


async def revoke(session: AsyncSession, login: str, token_id: int, now: datetime) -> bool:
    """End a token; False if this person has no such token."""
    token = await session.get(Token, token_id)
    if token is None or token.login != login:
        return False
    token.revoked_at = token.revoked_at or now
    return True
