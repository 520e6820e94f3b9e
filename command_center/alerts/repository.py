"""All SQL about alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.events.tables import Event, EventEvidence
from command_center.tickets.repository import ROW_LOCK
from command_center.tickets.states import State
from detectors.event import EvidenceKind, Phase


async def get(session: AsyncSession, alert_id: int) -> Alert | None:
    return await session.get(Alert, alert_id)


async def lock(session: AsyncSession, alert_id: int) -> Alert | None:
    """The alert as it is now; nobody else decides it until this transaction ends."""
    return await session.get(Alert, alert_id, with_for_update=ROW_LOCK, populate_existing=True)


async def live(session: AsyncSession, fingerprint: str) -> Alert | None:
    """The live alert with this fingerprint, locked."""
    query = select(Alert).where(Alert.fingerprint == fingerprint, Alert.live)
    return await session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


async def ended_since(session: AsyncSession, fingerprint: str, since: datetime) -> Alert | None:
    """The last alert with this fingerprint, if it ended at or after `since`; locked."""
    query = (
        select(Alert)
        .where(Alert.fingerprint == fingerprint, Alert.ended_at >= since)
        .order_by(Alert.id.desc())
        .limit(1)
    )
    return await session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


async def insert(session: AsyncSession, alert: Alert) -> bool:
    """Add a live alert; False where another transaction was faster with the same fingerprint."""
    try:
        async with session.begin_nested():
            session.add(alert)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def neighbours(
    session: AsyncSession, event_type: str, since: datetime, *, limit: int = 200
) -> Sequence[Alert]:
    """Live alerts of one type seen since, that were not merged into others, oldest first."""
    query = (
        select(Alert)
        .where(
            Alert.event_type == event_type,
            Alert.live,
            Alert.merged_into.is_(None),
            Alert.last_seen_at >= since,
        )
        .order_by(Alert.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def still_seen(session: AsyncSession, incident_id: int) -> bool:
    """Whether a camera of this incident has not said yet that it is over."""
    query = select(Alert.id).where(
        or_(Alert.id == incident_id, Alert.merged_into == incident_id),
        Alert.live,
        Alert.cleared_at.is_(None),
    )
    return await session.scalar(query.limit(1)) is not None


async def listed(
    session: AsyncSession,
    *,
    states: Sequence[State] = (),
    event_type: str | None = None,
    camera_id: str | None = None,
    sensor_id: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Alert]:
    """Newest first."""
    query = select(Alert).order_by(Alert.id.desc()).limit(limit)
    if states:
        query = query.where(Alert.state.in_(states))
    if event_type is not None:
        query = query.where(Alert.event_type == event_type)
    if camera_id is not None:
        query = query.where(Alert.camera_id == camera_id)
    if sensor_id is not None:
        query = query.where(Alert.sensor_id == sensor_id)
    if before is not None:
        query = query.where(Alert.id < before)
    return list(await session.scalars(query))


async def evidence_kinds(session: AsyncSession, alert_ids: Sequence[int]) -> set[tuple[int, str]]:
    """(alert id, kind) of all evidence that has arrived for these alerts."""
    query = select(EventEvidence.alert_id, EventEvidence.kind).where(
        EventEvidence.alert_id.in_(alert_ids)
    )
    rows = (await session.execute(query)).all()
    return {(alert_id, EvidenceKind(kind)) for alert_id, kind in rows if alert_id is not None}


async def evidence_served(
    session: AsyncSession, alert_id: int, kind: EvidenceKind
) -> EventEvidence | None:
    """That of the latest opening of this alert whose evidence of this kind has arrived."""
    query = (
        select(EventEvidence)
        .join(Event, EventEvidence.event_id == Event.event_id)
        .where(
            EventEvidence.alert_id == alert_id,
            EventEvidence.kind == kind,
            Event.phase == Phase.OPENED,
        )
        .order_by(Event.at.desc())
        .limit(1)
    )
    return await session.scalar(query)
