"""The end of the change log in memory, shared by all followers of this process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from command_center.database import Database
from command_center.live.tables import Change

KEPT = 1000
"""Changes in memory. A follower that is further behind reads the database, page by page: there
is no queue a follower, so that a slow one costs nothing and loses nothing."""
PAGE = 200
POLL = 1.0
"""Seconds. Another process's changes are seen this late at most; this process's at once."""


@dataclass(frozen=True)
class Gone(Exception):  # noqa: N818 (a state, not a fault)
    """What a follower saw last is no longer in the log; it has to fetch everything again."""

    newest: int


class Tail:
    """Reads new changes once for everybody and wakes who waits for them."""

    def __init__(self, database: Database, *, kept: int = KEPT) -> None:
        self._database = database
        self._changes: deque[Change] = deque(maxlen=kept)
        self._newest: int | None = None
        self._committed = asyncio.Event()
        self._arrived = asyncio.Condition()
        database.on_commit.append(self._committed.set)

    @property
    def newest(self) -> int:
        """Id of the newest change that was read; 0 where there is none."""
        return self._newest or 0

    async def run(self) -> None:
        """Follow the log until cancelled."""
        while True:
            self._committed.clear()
            await self.read()
            try:
                async with asyncio.timeout(POLL):
                    await self._committed.wait()
            except TimeoutError:
                continue

    async def read(self) -> None:
        """Take in what is new. The first time: only where the log ends."""
        async with self._database.reading() as session:
            if self._newest is None:
                self._newest = await session.scalar(select(func.max(Change.id))) or 0
                return
            query = select(Change).where(Change.id > self._newest).order_by(Change.id).limit(KEPT)
            fresh = (await session.scalars(query)).all()
        if fresh:
            self._changes.extend(fresh)
            async with self._arrived:
                self._newest = fresh[-1].id
                self._arrived.notify_all()

    async def wait(self, seen: int, timeout: float) -> bool:  # noqa: ASYNC109 (it is an answer)
        """Until there is something after change `seen`; False if `timeout` seconds passed first."""
        try:
            async with asyncio.timeout(timeout), self._arrived:
                return await self._arrived.wait_for(lambda: self.newest > seen)
        except TimeoutError:
            return False

    async def after(self, seen: int) -> Sequence[Change]:
        """At most a page of changes after `seen`, oldest first.

        Raises:
            Gone: changes after `seen` were pruned, or `seen` is not of this database.
        """
        if seen == self.newest:
            return []
        if self._changes and self._changes[0].id <= seen + 1 <= self.newest:
            return [c for c in self._changes if c.id > seen][:PAGE]
        async with self._database.reading() as session:
            oldest = await session.scalar(select(func.min(Change.id)))
            query = select(Change).where(Change.id > seen).order_by(Change.id).limit(PAGE)
            found = (await session.scalars(query)).all()
        if oldest is None or seen + 1 < oldest or seen > self.newest:
            raise Gone(self.newest)
        return found
