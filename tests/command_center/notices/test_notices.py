"""Notices are raised once and end once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from command_center.database import Database
from command_center.live.tables import Change
from command_center.notices.service import end_notice, notices, raise_notice
from command_center.notices.tables import NoticeLevel
from configs.values import Name
from tests.command_center.example import START

pytestmark = pytest.mark.anyio

DOWN = Name(zh="坏了", en="broken")
WORSE = Name(zh="更坏", en="worse")


async def shown(database: Database) -> list[tuple[str, str, str]]:
    async with database.reading() as session:
        return [(n.id, n.level.value, n.text.en) for n in await notices(session)]


async def test_said_once_told_once_logged_once(database: Database) -> None:
    with capture_logs() as logs:
        for minute in range(3):
            async with database.transaction() as session:
                now = START + timedelta(minutes=minute)
                await raise_notice(session, "x", NoticeLevel.WARNING, DOWN, now)
        for _ in range(2):
            async with database.transaction() as session:
                await end_notice(session, "x", START)
    assert await shown(database) == []
    assert [entry["event"] for entry in logs] == ["notice", "notice_ended"]
    async with database.reading() as session:
        changes = await session.scalars(select(Change).order_by(Change.id))
        assert [(c.object_id, c.what) for c in changes] == [("x", "opened"), ("x", "cleared")]


async def test_other_words_replace_it_and_its_beginning_stays(database: Database) -> None:
    async with database.transaction() as session:
        await raise_notice(session, "x", NoticeLevel.WARNING, DOWN, START)
    async with database.transaction() as session:
        later = START + timedelta(hours=1)
        await raise_notice(session, "x", NoticeLevel.ERROR, WORSE, later)
        assert [n.since for n in await notices(session)] == [START]
    assert await shown(database) == [("x", "error", "worse")]
