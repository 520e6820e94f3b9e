"""All SQL about judged alerts that have a clip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.events.tables import Event, EventEvidence
from command_center.tickets.actors import SYSTEM
from command_center.tickets.states import State
from detectors.event import EvidenceKind, Phase

JUDGED = (State.CONFIRMED, State.FALSE_ALARM)


async def judged(
    session: AsyncSession, *, since: datetime, camera_id: str | None, after: int, limit: int
) -> Sequence[Alert]:
    """Alerts of zones that a person judged, oldest first."""
    query = (
        select(Alert)
        .where(
            Alert.id > after,
            Alert.opened_at >= since,
            Alert.state.in_(JUDGED),
            or_(Alert.decided_by != SYSTEM.name, Alert.decided_by.is_(None)),
            Alert.camera_id.is_not(None),
            Alert.zone_id.is_not(None),
        )
        .order_by(Alert.id)
        .limit(limit)
    )
    if camera_id is not None:
        query = query.where(Alert.camera_id == camera_id)
    return list(await session.scalars(query))


async def opening_with_clip(session: AsyncSession, alert: Alert) -> Event | None:
    """The first opening of an alert whose clip has come: what it was judged by."""
    query = (
        select(Event)
        .join(EventEvidence, EventEvidence.event_id == Event.event_id)
        .where(
            Event.alert_id == alert.id,
            Event.phase == Phase.OPENED,
            EventEvidence.kind == EvidenceKind.CLIP,
        )
        .order_by(Event.at)
        .limit(1)
    )
    return await session.scalar(query)


async def end_of(session: AsyncSession, alert: Alert, opening: Event) -> datetime | None:
    """When the episode of an opening ended."""
    query = select(Event).where(Event.alert_id == alert.id, Event.phase == Phase.CLEARED)
    episode = opening.body.data.episode_id
    ends = (e.at for e in await session.scalars(query) if e.body.data.episode_id == episode)
    return next(ends, None)
