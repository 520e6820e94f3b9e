"""All SQL about reports."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.reports.tables import HotlineCategory, Report
from command_center.tickets.scope import Scope
from command_center.tickets.sight import BEYOND, SCOPED
from command_center.tickets.spots import spot_of
from command_center.tickets.states import SETTLED, State
from command_center.tickets.tables import Photo, Ticket, TicketSpot
from command_center.town.distance import box_around
from configs.catalogue import Source
from configs.values import Position

_UNSETTLED = tuple(state for state in State if state not in SETTLED)
_LOOKED_AT = 2000
"""Open tickets in a place of 400 m: the newest of them; a street with more has other worries."""


async def get(session: AsyncSession, report_id: int) -> Report | None:
    return await session.get(Report, report_id)


async def with_code(session: AsyncSession, code_hash: str) -> Report | None:
    return await session.scalar(select(Report).where(Report.code_hash == code_hash))


async def ticket_of(session: AsyncSession, report: Report) -> Ticket | None:
    return await session.get(Ticket, report.ticket_id) if report.ticket_id else None


async def listed(
    session: AsyncSession,
    *,
    source: Source | None = None,
    category: HotlineCategory | None = None,
    ticket_id: int | None = None,
    before: int | None = None,
    limit: int,
) -> Sequence[Report]:
    """Newest first."""
    query = select(Report).order_by(Report.id.desc()).limit(limit)
    if source is not None:
        query = query.where(Report.source == source)
    if category is not None:
        query = query.where(Report.hotline_category == category)
    if ticket_id is not None:
        query = query.where(Report.ticket_id == ticket_id)
    if before is not None:
        query = query.where(Report.id < before)
    return list(await session.scalars(query))


async def count_photos(session: AsyncSession, report_id: int) -> int:
    query = select(func.count()).select_from(Photo).where(Photo.report_id == report_id)
    return int(await session.scalar(query) or 0)


async def open_tickets(
    session: AsyncSession, event_types: Collection[str], around: Position, metres: float
) -> Sequence[tuple[Ticket, Position]]:
    """Tickets of these types about a place that somebody still has to do, with their own places:
    all that lie so near, and some beyond."""
    (west, south), (east, north) = map(spot_of, box_around(around, metres))
    query = (
        select(Ticket)
        .join(TicketSpot, TicketSpot.ticket_id == Ticket.id)
        .where(
            TicketSpot.x.between(west, east),
            TicketSpot.y.between(south, north),
            Ticket.event_type.in_(event_types),
            Ticket.state.in_(_UNSETTLED),
        )
        .order_by(Ticket.id.desc())
        .limit(_LOOKED_AT)
        .execution_options(**BEYOND)
    )
    found = await session.scalars(query)
    return [(ticket, ticket.position) for ticket in found if ticket.position is not None]


async def within(session: AsyncSession, ids: Collection[int], scope: Scope) -> set[int]:
    """Those of these tickets that lie in a scope."""
    query = select(Ticket.id).where(Ticket.id.in_(ids), scope.clause())
    return set(await session.scalars(query.execution_options(**SCOPED)))
