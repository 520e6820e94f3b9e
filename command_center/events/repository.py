"""All SQL about events."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.events.tables import Event, EventEvidence
from detectors.event import EvidenceKind


async def get(session: AsyncSession, event_id: str) -> Event | None:
    return await session.get(Event, event_id)


async def claim(session: AsyncSession, event: Event) -> bool:
    """Take an event id for this transaction; False where a second delivery of it was faster.

    On PostgreSQL this waits for a delivery that runs at the same time to end.
    """
    try:
        async with session.begin_nested():
            session.add(event)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def evidence_arrived(
    session: AsyncSession, event: Event, kind: EvidenceKind, camera_id: str | None, now: datetime
) -> bool:
    """Note that a file is there, and whose it is; False if all that was noted before."""
    there = await session.get(EventEvidence, (event.event_id, kind))
    if there is None:
        there = EventEvidence(event_id=event.event_id, kind=kind, alert_id=event.alert_id)
        there.arrived_at = now
        session.add(there)
    elif there.camera_id == camera_id:
        return False
    there.camera_id = camera_id
    return True
