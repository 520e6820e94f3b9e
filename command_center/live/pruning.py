"""Forgetting changes that nobody will come back for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.live.tables import Change

KEPT = timedelta(days=1)
"""A page that was away for longer fetches everything again, which is less than a day's changes."""


async def prune(session: AsyncSession, now: datetime) -> None:
    """Delete old changes, but never the newest: it tells where the log ends."""
    newest = select(func.max(Change.id)).scalar_subquery()
    await session.execute(delete(Change).where(Change.at < now - KEPT, Change.id < newest))
