"""What evidence an open matter still needs, and forgetting what was deleted."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.events.tables import Event, EventEvidence
from command_center.reports.tables import Report
from command_center.tickets.states import State
from command_center.tickets.tables import Photo, Ticket

SETTLED = (State.ARCHIVED, State.REJECTED)
"""Evidence of an open ticket is held until it is archived."""


async def held(session: AsyncSession, owners: Collection[UUID]) -> set[UUID]:
    """Of these events and photos, those that an open alert or ticket needs."""
    ids = [str(owner) for owner in owners]
    events = (
        select(Event.event_id)
        .join(Alert, Alert.id == Event.alert_id)
        .outerjoin(Ticket, Ticket.id == Alert.ticket_id)
        .where(Event.event_id.in_(ids), or_(Alert.live, Ticket.state.not_in(SETTLED)))
    )
    photos = (
        select(Photo.id)
        .outerjoin(Report, Report.id == Photo.report_id)
        .join(Ticket, or_(Ticket.id == Photo.ticket_id, Ticket.id == Report.ticket_id))
        .where(Photo.id.in_(ids), Ticket.state.not_in(SETTLED))
    )
    found = [*await session.scalars(events), *await session.scalars(photos)]
    return {UUID(owner) for owner in found}


async def forget(session: AsyncSession, owners: Collection[UUID]) -> None:
    """Say no longer that there is evidence of these events; rows of photos stay as a record."""
    ids = [str(owner) for owner in owners]
    await session.execute(delete(EventEvidence).where(EventEvidence.event_id.in_(ids)))
