"""All SQL about shadows, and about what was told beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.events.tables import Event, EventEvidence
from command_center.shadows.comparison import Place, Told
from command_center.shadows.tables import ShadowEvent
from detectors.event import EvidenceKind, Phase

MOST_KEPT = 100_000
"""Events of shadows: 20 openings an hour of one are 30,000 in a month with their ends."""


async def get(session: AsyncSession, event_id: str) -> ShadowEvent | None:
    return await session.get(ShadowEvent, event_id)


async def insert(session: AsyncSession, event: ShadowEvent) -> bool:
    """False where a second delivery of the same event was faster."""
    try:
        async with session.begin_nested():
            session.add(event)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def told_in_shadow(
    session: AsyncSession, camera_id: str, shadow: str, since: datetime, until: datetime
) -> Sequence[Told]:
    """What a shadow told in that time."""
    query = select(ShadowEvent).where(
        ShadowEvent.camera_id == camera_id,
        ShadowEvent.shadow == shadow,
        ShadowEvent.at.between(since, until),
    )
    return [
        Told(
            row.event_id,
            row.episode_id,
            Place(row.camera_id, row.zone_id, row.event_type),
            row.phase,
            row.started_at,
            row.at,
            row.confidence,
        )
        for row in await session.scalars(query)
    ]


async def told(
    session: AsyncSession, cameras: Collection[str], since: datetime, until: datetime
) -> Sequence[Told]:
    """What the rules in force of these cameras told in that time."""
    # The end of what was settled by then belongs to no alert; its body knows the camera.
    orphaned = and_(Event.alert_id.is_(None), Event.phase == Phase.CLEARED)
    query = (
        select(Event)
        .outerjoin(Alert, Alert.id == Event.alert_id)
        .where(Event.received_at >= since, Event.at <= until)
        .where(or_(Alert.camera_id.in_(cameras), orphaned))
    )
    found = []
    for row in await session.scalars(query):
        data = row.body.data
        if data.camera_id is None or data.camera_id not in cameras:
            continue
        found.append(
            Told(
                row.event_id,
                str(data.episode_id),
                Place(data.camera_id, data.zone_id, data.event_type),
                data.phase,
                data.started_at,
                row.at,
                data.confidence,
            )
        )
    return found


async def alerts_of(session: AsyncSession, event_ids: Collection[str]) -> dict[str, int]:
    """Event → the alert that it belongs to."""
    query = select(Event.event_id, Event.alert_id).where(Event.event_id.in_(event_ids))
    rows = (await session.execute(query)).all()
    return {event_id: alert_id for event_id, alert_id in rows if alert_id is not None}


async def pictured(
    session: AsyncSession, old: Collection[str], new: Collection[str]
) -> frozenset[str]:
    """Of these events of rules and of shadows, those whose snapshot has arrived."""
    of_rules = select(EventEvidence.event_id).where(
        EventEvidence.event_id.in_(old), EventEvidence.kind == EvidenceKind.SNAPSHOT
    )
    of_shadows = select(ShadowEvent.event_id).where(
        ShadowEvent.event_id.in_(new), ShadowEvent.snapshot
    )
    return frozenset([*await session.scalars(of_rules), *await session.scalars(of_shadows)])


async def prune(session: AsyncSession, before: datetime) -> None:
    """Forget what is older than footage is kept, and the oldest beyond `MOST_KEPT`."""
    await session.execute(delete(ShadowEvent).where(ShadowEvent.received_at < before))
    oldest_kept = await session.scalar(
        select(ShadowEvent.received_at)
        .order_by(ShadowEvent.received_at.desc())
        .offset(MOST_KEPT)
        .limit(1)
    )
    if oldest_kept is not None:
        await session.execute(delete(ShadowEvent).where(ShadowEvent.received_at <= oldest_kept))
