"""Versions of grids: one ends, the next begins, and none is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.town.tables import Grid
from configs.town import Grid as GridConfig


async def change(
    session: AsyncSession, changes: Mapping[str, GridConfig | None], now: datetime
) -> None:
    """Have each of these grids be another from `now` on; None: there is no such grid any more."""
    if not changes:
        return
    newest = select(Grid.code, func.max(Grid.version)).group_by(Grid.code)
    last = {row[0]: row[1] for row in await session.execute(newest)}
    for row in await session.scalars(select(Grid).where(Grid.valid_to.is_(None))):
        if row.code in changes:
            row.valid_to = now
    # One version in force a grid: the old one must end before the new one begins.
    await session.flush()
    session.add_all(
        Grid.begun(grid, last.get(code, 0) + 1, now)
        for code, grid in changes.items()
        if grid is not None
    )
    await session.flush()
