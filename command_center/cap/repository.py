"""All SQL about alerts that were issued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.cap.tables import CapIssuer, CapMessage
from configs.catalogue import CapScope

_ISSUER = 1
MOST = 100


async def issuer(session: AsyncSession) -> CapIssuer | None:
    return await session.get(CapIssuer, _ISSUER)


async def put_issuer(session: AsyncSession, sender: str, status: str, url: str) -> None:
    """What the settings of the process say that started last."""
    await session.merge(CapIssuer(id=_ISSUER, sender=sender, status=status, url=url))


async def of_ticket(session: AsyncSession, ticket_id: int) -> Sequence[CapMessage]:
    """Oldest first."""
    query = select(CapMessage).where(CapMessage.ticket_id == ticket_id).order_by(CapMessage.id)
    return list(await session.scalars(query))


async def since(
    session: AsyncSession, start: datetime, *, public_only: bool
) -> Sequence[CapMessage]:
    """Newest first, `MOST` at most."""
    query = select(CapMessage).where(CapMessage.sent >= start)
    if public_only:
        query = query.where(CapMessage.scope == CapScope.PUBLIC)
    return list(await session.scalars(query.order_by(CapMessage.id.desc()).limit(MOST)))


async def named(session: AsyncSession, identifier: str) -> CapMessage | None:
    return await session.scalar(select(CapMessage).where(CapMessage.identifier == identifier))
