"""SQL about requests as GeoReport shows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.reports.tables import Report
from command_center.tickets.states import SETTLED
from command_center.tickets.tables import Photo, Ticket, Transition
from configs.catalogue import Source

if TYPE_CHECKING:
    from command_center.open311.service import Wanted

MOST = 1000
"""The standard's: no call answers more."""


async def listed(
    session: AsyncSession, wanted: Wanted, public: Collection[str], partner: str | None
) -> Sequence[tuple[Ticket, Report]]:
    """Citizens' tickets of public types, and whatever came by this partner; newest first."""
    theirs = (Report.source == Source.CITIZEN) & Ticket.event_type.in_(public)
    query = select(Ticket, Report).join(Report, Report.id == Ticket.report_id)
    if partner is None:
        query = query.where(theirs)
    else:
        query = query.where(or_(theirs, Report.partner == partner))
    if wanted.numbers:
        query = query.where(Ticket.number.in_(wanted.numbers))
    if wanted.codes:
        query = query.where(Ticket.event_type.in_(wanted.codes))
    if wanted.since is not None:
        query = query.where(Report.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Report.created_at <= wanted.until)
    if not wanted.open:
        query = query.where(Ticket.state.in_(SETTLED))
    if not wanted.closed:
        query = query.where(Ticket.state.not_in(SETTLED))
    found = await session.execute(query.order_by(Ticket.id.desc()).limit(MOST))
    return [(ticket, report) for ticket, report in found]


async def last_moves(session: AsyncSession, ids: Collection[int]) -> dict[int, datetime]:
    """When each ticket was last moved."""
    subjects = {f"ticket/{ticket_id}": ticket_id for ticket_id in ids}
    query = (
        select(Transition.subject, func.max(Transition.at))
        .where(Transition.subject.in_(subjects))
        .group_by(Transition.subject)
    )
    return {subjects[subject]: at for subject, at in await session.execute(query)}


async def first_photos(session: AsyncSession, reports: Collection[int]) -> dict[int, str]:
    """The first picture of each report that has one."""
    query = (
        select(Photo.report_id, Photo.id)
        .where(Photo.report_id.in_(reports))
        .order_by(Photo.at.desc(), Photo.id.desc())
    )
    return {report: photo for report, photo in await session.execute(query) if report is not None}
