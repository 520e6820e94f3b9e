"""All SQL about webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.webhooks.tables import Delivery, Fate, Webhook

KEPT = timedelta(days=90)
"""As long as what people were told."""


async def webhooks(session: AsyncSession) -> Sequence[Webhook]:
    return list(await session.scalars(select(Webhook).order_by(Webhook.id)))


async def listening(session: AsyncSession) -> Sequence[Webhook]:
    """Those that are not stopped."""
    query = select(Webhook).where(Webhook.stopped_at.is_(None)).order_by(Webhook.id)
    return list(await session.scalars(query))


def _due(now: datetime) -> Sequence[ColumnElement[bool]]:
    return (Delivery.fate == Fate.PENDING, Delivery.due_at <= now, Webhook.stopped_at.is_(None))


async def receivers(session: AsyncSession, now: datetime) -> Sequence[int]:
    """Ids of those to whom something should be sent now."""
    query = (
        select(Webhook.id)
        .join(Delivery, Webhook.id == Delivery.webhook_id)
        .where(*_due(now))
        .distinct()
        .order_by(Webhook.id)
    )
    return list(await session.scalars(query))


async def due(
    session: AsyncSession, webhook_id: int, now: datetime, limit: int
) -> Sequence[tuple[Delivery, Webhook]]:
    """What should be sent to one of them now, oldest first, locked; another command center's is
    skipped."""
    query = (
        select(Delivery, Webhook)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(Delivery.webhook_id == webhook_id, *_due(now))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    return [(delivery, webhook) for delivery, webhook in await session.execute(query)]


async def deliveries(
    session: AsyncSession,
    *,
    webhook_id: int | None,
    fate: Fate | None,
    before: int | None,
    limit: int,
) -> Sequence[Delivery]:
    """Newest first."""
    query = select(Delivery).order_by(Delivery.id.desc()).limit(limit)
    if webhook_id is not None:
        query = query.where(Delivery.webhook_id == webhook_id)
    if fate is not None:
        query = query.where(Delivery.fate == fate)
    if before is not None:
        query = query.where(Delivery.id < before)
    return list(await session.scalars(query))


async def prune(session: AsyncSession, now: datetime) -> None:
    """Forget what has ended long ago."""
    old = (Delivery.fate != Fate.PENDING, Delivery.created_at < now - KEPT)
    await session.execute(delete(Delivery).where(*old))
