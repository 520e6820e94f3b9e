"""Taking in what a shadow told: once, and into nobody's list."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.events.checks import checked
from command_center.problems import Problem
from command_center.shadows import repository
from command_center.shadows.tables import ShadowEvent
from command_center.shards.service import Fence
from command_center.tickets.turn import Turn
from command_center.town.held import held_town
from detectors.event import Event, EvidenceKind


async def take_in(turn: Turn, body: Event, fence: Fence) -> bool:
    """Keep a shadow's event; whether it was there already.

    Raises:
        Problem: 409 the epoch is fenced off; 422 what it says cannot be true of this town.
    """
    session, data = turn.session, body.data
    if await repository.get(session, str(body.id)) is not None:
        return True
    fence.check(body.epoch)
    checked(await held_town(session), data)
    event = ShadowEvent(
        event_id=str(body.id),
        shadow=data.shadow,
        camera_id=data.camera_id,
        zone_id=data.zone_id,
        event_type=data.event_type,
        phase=data.phase,
        episode_id=str(data.episode_id),
        started_at=data.started_at,
        at=body.time,
        received_at=turn.now,
        confidence=data.confidence,
        config_version=data.config_version,
    )
    return not await repository.insert(session, event)


async def awaits(session: AsyncSession, event_id: UUID, kind: EvidenceKind) -> bool:
    """Whether this is a shadow's event.

    Raises:
        Problem: 422 it is, and a shadow has no evidence of this kind.
    """
    event = await repository.get(session, str(event_id))
    if event is not None and kind is not EvidenceKind.SNAPSHOT:
        raise Problem(422, "of what a shadow found only a blurred snapshot is kept", field="kind")
    return event is not None


async def snapshot_arrived(session: AsyncSession, event_id: UUID) -> None:
    event = await repository.get(session, str(event_id))
    if event is not None:
        event.snapshot = True
