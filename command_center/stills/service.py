"""What a look at a camera sets off."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.audit.service import has_looked, record_access
from command_center.audit.tables import Access
from command_center.database import Database
from command_center.stills import repository
from command_center.town import cameras

WANTED_FOR = timedelta(seconds=30)
"""Six of the wall's questions, one every 5 s: a slow network ends nothing."""
RENEWED_BEFORE = timedelta(seconds=15)
"""A mark that lasts longer is left alone, so that a wall of 40 tiles writes three times a second
and not eight, however many desks show it."""
LOGGED_EVERY = timedelta(minutes=10)
"""One entry a person and camera in this time: every live view is to be logged, and a desk that
is open all day would write 17,000 lines a camera and bury what an auditor looks for."""
KEPT = timedelta(minutes=5)
"""A still shows how it is now; whoever needs how it was has snapshots and clips, which are logged
one by one."""


async def look(database: Database, login: str, camera_id: str, now: datetime) -> None:
    """Note that `login` looks at a camera: its shard will hear of it, and so will the auditor.

    Returns when that is committed; only then may anything be shown.

    Raises:
        Problem: 404; there is no such camera.
    """
    async with database.reading() as session:
        await cameras.find(session, camera_id)
        nothing_new = not await _is_news(session, login, camera_id, now)
    if nothing_new:
        return
    try:
        await _note(database, login, camera_id, now)
    except IntegrityError:  # another process has wanted the same camera first; now it is there
        await _note(database, login, camera_id, now)


async def _is_news(session: AsyncSession, login: str, camera_id: str, now: datetime) -> bool:
    until = await repository.wanted_until(session, camera_id)
    if until is None or until < now + RENEWED_BEFORE:
        return True
    return not await has_looked(session, login, Access.STILL, camera_id, now - LOGGED_EVERY)


async def _note(database: Database, login: str, camera_id: str, now: datetime) -> None:
    async with database.transaction() as session:
        await repository.want(session, camera_id, now + WANTED_FOR)
        if not await has_looked(session, login, Access.STILL, camera_id, now - LOGGED_EVERY):
            record_access(session, login=login, access=Access.STILL, at=now, camera_id=camera_id)
