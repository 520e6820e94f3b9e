"""The end of the change log in memory, shared by all followers of this process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import func, select

from command_center.database import Database
from command_center.doorbell import Doorbell, heard
from command_center.live.tables import Change
from command_center.live.wire import Entry, entry

KEPT = 1000
"""Changes in memory. A follower that is further behind reads the database, page by page: there
is no queue a follower, so that a slow one costs nothing and loses nothing."""
PAGE = 200
POLL = 1.0
"""Seconds. Changes of which nobody told are seen this late at most: of another process on SQLite,
and on PostgreSQL while the listening connection is away."""
GATHER = 0.05
"""Seconds from one reading to the next at least. What comes meanwhile is told together: of 200
streams at 200 changes a second each is written to 20 times a second instead of 200."""


@dataclass(frozen=True)
class Gone(Exception):  # noqa: N818 (a state, not a fault)
    """What a follower saw last is no longer in the log; it has to fetch everything again."""

    newest: int


class Tail:
    """Reads new changes once for everybody and wakes who waits for them."""

    def __init__(self, database: Database, *, kept: int = KEPT) -> None:
        self._database = database
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._newest: int | None = None
        self._told = asyncio.Event()
        self._bell = Doorbell()
        database.on_commit.append(self.wake)

    @property
    def newest(self) -> int:
        """Id of the newest change that was read; 0 where there is none."""
        return self._newest or 0

    def wake(self) -> None:
        """Somebody has committed something, here or elsewhere: look soon."""
        self._told.set()

    async def run(self) -> None:
        """Follow the log until cancelled."""
        while True:
            self._told.clear()
            await self.read()
            await asyncio.sleep(GATHER)
            await heard(self._told, POLL)

    async def read(self) -> None:
        """Take in what is new. The first time: only where the log ends."""
        async with self._database.reading() as session:
            if self._newest is None:
                self._newest = await session.scalar(select(func.max(Change.id))) or 0
                return
            query = select(Change).where(Change.id > self._newest).order_by(Change.id).limit(KEPT)
            fresh = (await session.scalars(query)).all()
        if fresh:
            self._entries.extend(map(entry, fresh))
            self._newest = fresh[-1].id
            self._bell.ring()
            if len(fresh) == KEPT:
                self.wake()  # there is more

    async def wait(self, seen: int, timeout: float) -> bool:  # noqa: ASYNC109 (it is an answer)
        """Until there is something after change `seen`; False if `timeout` seconds passed first."""
        ring = self._bell.next_ring()
        if self.newest <= seen:
            await heard(ring, timeout)
        return self.newest > seen

    async def after(self, seen: int) -> Sequence[Entry]:
        """At most a page of changes after `seen`, oldest first.

        Raises:
            Gone: changes after `seen` were pruned, or `seen` is not of this database.
        """
        if seen == self.newest:
            return []
        if self._entries and self._entries[0].id <= seen + 1 <= self.newest:
            return self._from_memory(seen)
        async with self._database.reading() as session:
            oldest = await session.scalar(select(func.min(Change.id)))
            query = select(Change).where(Change.id > seen).order_by(Change.id).limit(PAGE)
            found = (await session.scalars(query)).all()
            newest = await session.scalar(select(func.max(Change.id))) or 0
        if oldest is None or seen + 1 < oldest or seen > newest:
            raise Gone(max(newest, self.newest))
        return [entry(change) for change in found]

    def _from_memory(self, seen: int) -> Sequence[Entry]:
        """Followers are near the end: counted from there, not from the oldest."""
        newer: list[Entry] = []
        for each in reversed(self._entries):
            if each.id <= seen:
                break
            newer.append(each)
        newer.reverse()
        return list(islice(newer, PAGE))
