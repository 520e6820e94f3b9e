"""All SQL about reports."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.reports.tables import Report
from command_center.tickets.tables import Photo, Ticket
from configs.catalogue import Source


async def get(session: AsyncSession, report_id: int) -> Report | None:
    return await session.get(Report, report_id)


async def with_code(session: AsyncSession, code_hash: str) -> Report | None:
    return await session.scalar(select(Report).where(Report.code_hash == code_hash))


async def ticket_of(session: AsyncSession, report: Report) -> Ticket | None:
    return await session.get(Ticket, report.ticket_id) if report.ticket_id else None


async def listed(
    session: AsyncSession, *, source: Source | None, before: int | None, limit: int
) -> Sequence[Report]:
    """Newest first."""
    query = select(Report).order_by(Report.id.desc()).limit(limit)
    if source is not None:
        query = query.where(Report.source == source)
    if before is not None:
        query = query.where(Report.id < before)
    return list(await session.scalars(query))


async def count_photos(session: AsyncSession, report_id: int) -> int:
    query = select(func.count()).select_from(Photo).where(Photo.report_id == report_id)
    return int(await session.scalar(query) or 0)
