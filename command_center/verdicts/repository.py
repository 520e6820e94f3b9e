"""All SQL about verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from command_center.alerts.tables import Alert
from command_center.tickets.actors import SYSTEM
from command_center.tickets.states import State
from command_center.verdicts.figures import Judged, Key

VERDICTS = {State.CONFIRMED: True, State.FALSE_ALARM: False}


async def judged(
    session: AsyncSession, since: datetime, until: datetime, camera_id: str | None = None
) -> Sequence[Judged]:
    """Every camera's alerts opened in that time, with what a person found of them; one that was
    merged into another has the other's verdict. What the system confirmed by itself is none."""
    into = aliased(Alert)
    query = (
        select(Alert, into)
        .outerjoin(into, into.id == Alert.merged_into)
        .where(Alert.opened_at.between(since, until), Alert.camera_id.is_not(None))
    )
    if camera_id is not None:
        query = query.where(Alert.camera_id == camera_id)
    return [_judged(alert, other) for alert, other in (await session.execute(query)).all()]


def _judged(alert: Alert, into: Alert | None) -> Judged:
    decided = into if into is not None else alert
    by_person = decided.decided_by != SYSTEM.name
    real = VERDICTS.get(decided.state) if by_person else None
    return Judged(
        Key(alert.camera_id or "", alert.zone_id, alert.event_type, alert.config_version),
        alert.opened_at,
        real,
        decided.reason.strip() if real is False else "",
    )
