"""All SQL about notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.notifications.tables import Notification

KEPT = timedelta(days=90)
"""A quarter: longer than any deadline of the shipped catalogue, and small: 20 rows a ticket."""
MOST_COUNTED = 1000


async def of_person(
    session: AsyncSession, login: str, *, unread: bool, before: int | None, limit: int
) -> Sequence[Notification]:
    """Newest first."""
    query = (
        select(Notification)
        .where(Notification.person == login)
        .order_by(Notification.id.desc())
        .limit(limit)
    )
    if unread:
        query = query.where(Notification.read_at.is_(None))
    if before is not None:
        query = query.where(Notification.id < before)
    return list(await session.scalars(query))


async def count_unread(session: AsyncSession, login: str) -> int:
    """At most `MOST_COUNTED`: of an operator who reads none there are hundreds of thousands."""
    unread = (
        select(Notification.id)
        .where(Notification.person == login, Notification.read_at.is_(None))
        .limit(MOST_COUNTED)
    )
    query = select(func.count()).select_from(unread.subquery())
    return int(await session.scalar(query) or 0)


async def get(session: AsyncSession, notification_id: int, login: str) -> Notification | None:
    found = await session.get(Notification, notification_id)
    return found if found is not None and found.person == login else None


async def prune(session: AsyncSession, before: datetime) -> None:
    """Forget what was said before a moment; the tickets' own record keeps what happened."""
    await session.execute(delete(Notification).where(Notification.at < before))
