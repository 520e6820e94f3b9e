"""Raising a notice once when something begins, and ending it once when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.notices.tables import Notice, NoticeLevel
from configs.values import Name

_log = structlog.get_logger(__name__)


async def raise_notice(
    session: AsyncSession,
    id: str,  # noqa: A002 (the name on the wire)
    level: NoticeLevel,
    text: Name,
    now: datetime,
) -> None:
    """Show a notice; nothing happens if it is shown already with these words."""
    found = await session.get(Notice, id)
    if found is None:
        session.add(Notice(id=id, level=level, text=text, since=now))
        what = "opened"
    elif (found.level, found.text) == (level, text):
        return
    else:
        found.level, found.text = level, text
        what = "updated"
    _log.warning("notice", id=id, level=level.value, text=text.en)
    record_change(session, kind=ChangeKind.NOTICE, id=id, what=what, at=now)


async def end_notice(session: AsyncSession, id: str, now: datetime) -> None:  # noqa: A002
    """Take a notice away, if it is there."""
    found = await session.get(Notice, id)
    if found is None:
        return
    await session.delete(found)
    _log.info("notice_ended", id=id)
    record_change(session, kind=ChangeKind.NOTICE, id=id, what="cleared", at=now)


async def notices(session: AsyncSession) -> Sequence[Notice]:
    """Those in force, oldest first."""
    return list(await session.scalars(select(Notice).order_by(Notice.since, Notice.id)))
