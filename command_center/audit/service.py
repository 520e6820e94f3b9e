"""Writing the access log and reading it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.audit.tables import Access, AccessEntry


def record_access(
    session: AsyncSession,
    *,
    login: str,
    access: Access,
    at: datetime,
    camera_id: str | None = None,
    alert_id: int | None = None,
    reason: str = "",
) -> None:
    """Note an access in the caller's transaction: commit it *before* anything is shown."""
    session.add(
        AccessEntry(
            at=at,
            login=login,
            access=access,
            camera_id=camera_id,
            alert_id=alert_id,
            reason=reason,
        )
    )


async def has_looked(
    session: AsyncSession, login: str, access: Access, camera_id: str, since: datetime
) -> bool:
    """Whether the log says already that somebody looked at a camera in this way since."""
    query = (
        select(AccessEntry.id)
        .where(
            AccessEntry.login == login,
            AccessEntry.camera_id == camera_id,
            AccessEntry.access == access,
            AccessEntry.at > since,
        )
        .limit(1)
    )
    return await session.scalar(query) is not None


async def entries(
    session: AsyncSession,
    *,
    login: str | None,
    camera_id: str | None,
    before: int | None,
    limit: int,
) -> Sequence[AccessEntry]:
    """Newest first; `before` is the id of the last entry of the page before."""
    query = select(AccessEntry).order_by(AccessEntry.id.desc()).limit(limit)
    if login is not None:
        query = query.where(AccessEntry.login == login)
    if camera_id is not None:
        query = query.where(AccessEntry.camera_id == camera_id)
    if before is not None:
        query = query.where(AccessEntry.id < before)
    return list(await session.scalars(query))
