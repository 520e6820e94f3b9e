"""All SQL about channels and what was sent on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.channels.tables import WAITING, Channel, ChannelKind, Delivery, Fate
from command_center.notifications.tables import Notification

KEPT = timedelta(days=90)
"""As long as what people were told."""


def held() -> ColumnElement[bool]:
    """Not taken away."""
    return Channel.removed_at.is_(None)


def told() -> ColumnElement[bool]:
    """Something is sent there: the person has shown that he reads it."""
    return and_(held(), Channel.verified_at.is_not(None))


async def of_person(session: AsyncSession, login: str) -> Sequence[Channel]:
    query = select(Channel).where(Channel.person == login, held()).order_by(Channel.id)
    return list(await session.scalars(query))


async def of_people(session: AsyncSession, logins: Collection[str]) -> Sequence[Channel]:
    """Verified ones."""
    query = select(Channel).where(Channel.person.in_(logins), told())
    return list(await session.scalars(query.order_by(Channel.id)))


async def get(session: AsyncSession, channel_id: int, login: str) -> Channel | None:
    """A channel of this person, locked."""
    found = await session.get(Channel, channel_id, with_for_update=True)
    return found if found and found.person == login and found.removed_at is None else None


async def codes_since(session: AsyncSession, login: str, since: datetime) -> int:
    """How many codes a person's channels were sent since, those taken away included."""
    query = (
        select(func.count(Delivery.id))
        .join(Channel, Channel.id == Delivery.channel_id)
        .where(
            Channel.person == login,
            Delivery.notification_id.is_(None),
            Delivery.created_at >= since,
        )
    )
    return int(await session.scalar(query) or 0)


@dataclass(frozen=True, slots=True)
class Due:
    delivery: Delivery
    channel: Channel
    notification: Notification | None


async def due(session: AsyncSession, kind: ChannelKind, now: datetime, limit: int) -> Sequence[Due]:
    """What should be sent now on channels of this kind, oldest first, locked; another command
    center's is skipped."""
    query = (
        select(Delivery, Channel, Notification)
        .join(Channel, Channel.id == Delivery.channel_id)
        .outerjoin(Notification, Notification.id == Delivery.notification_id)
        .where(Delivery.fate.in_(WAITING), Delivery.due_at <= now, Channel.kind == kind)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    return [Due(*row) for row in await session.execute(query)]


async def end(
    session: AsyncSession,
    notifications: Collection[int],
    now: datetime,
    *,
    acknowledged: Collection[int] = (),
) -> None:
    """Send no more of these notifications; what was sent of `acknowledged` is acknowledged."""
    if notifications:
        waiting = update(Delivery).where(
            Delivery.notification_id.in_(notifications), Delivery.fate.in_(WAITING)
        )
        await session.execute(waiting.values(fate=Fate.WITHDRAWN, ended_at=now))
    if acknowledged:
        sent = update(Delivery).where(
            Delivery.notification_id.in_(acknowledged), Delivery.fate == Fate.SENT
        )
        await session.execute(sent.values(fate=Fate.ACKNOWLEDGED, ended_at=now))


async def end_of_channel(session: AsyncSession, channel_id: int, now: datetime) -> None:
    """Send nothing more on it."""
    waiting = update(Delivery).where(Delivery.channel_id == channel_id, Delivery.fate.in_(WAITING))
    await session.execute(waiting.values(fate=Fate.WITHDRAWN, ended_at=now))


async def deliveries(
    session: AsyncSession,
    *,
    person: str | None,
    fate: Fate | None,
    ticket_id: int | None,
    before: int | None,
    limit: int,
) -> Sequence[Due]:
    """Newest first."""
    query = (
        select(Delivery, Channel, Notification)
        .join(Channel, Channel.id == Delivery.channel_id)
        .outerjoin(Notification, Notification.id == Delivery.notification_id)
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    if person is not None:
        query = query.where(Channel.person == person)
    if fate is not None:
        query = query.where(Delivery.fate == fate)
    if ticket_id is not None:
        query = query.where(Notification.ticket_id == ticket_id)
    if before is not None:
        query = query.where(Delivery.id < before)
    return [Due(*row) for row in await session.execute(query)]


async def prune(session: AsyncSession, before: datetime) -> None:
    """Forget what has ended long ago; most of it goes with its notification."""
    old = (Delivery.fate.not_in(WAITING), Delivery.created_at < before)
    await session.execute(delete(Delivery).where(*old))
