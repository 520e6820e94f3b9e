"""A day's transitions under one hash, each day's hash over the day before's.

A chain proves its own lines; whether a whole chain was taken out, together with its alert or
ticket, only something over all chains can tell.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.audit.tables import Anchor
from command_center.database import Database
from command_center.tickets.chain import GENESIS
from command_center.tickets.tables import Transition

log = logging.getLogger(__name__)

SETTLED = timedelta(hours=6)
"""How long after its end a day is anchored. A line is written within seconds of its moment; the
rest is for a clock that is put right by hours."""

_DAY = timedelta(days=1)
_BATCH = 5000


@dataclass(slots=True)
class Day:
    """The lines of one day, taken in by subject and number."""

    lines: int = 0
    _root: hashlib._Hash = field(default_factory=hashlib.sha256)

    def take(self, line_hash: str) -> None:
        self.lines += 1
        self._root.update(line_hash.encode())

    @property
    def root(self) -> str:
        return self._root.hexdigest()


def anchor_hash(day: str, lines: int, root: str, previous: str) -> str:
    """64 hex digits; `previous` is the hash of the anchor before, or `GENESIS`."""
    return hashlib.sha256(json.dumps([day, lines, root, previous]).encode()).hexdigest()


def faults(anchors: Iterable[Anchor], found: dict[str, Day]) -> Iterable[tuple[str, str]]:
    """(day, what differs) between the anchors, in order of their days, and the lines there are."""
    previous, expected, last = GENESIS, None, ""
    for anchor in anchors:
        if expected is not None and anchor.day != expected:
            yield expected, "its anchor is missing"
        day = found.get(anchor.day, Day())
        if anchor_hash(anchor.day, anchor.lines, anchor.root, previous) != anchor.hash:
            yield anchor.day, "its anchor was changed, or the one before it"
        elif day.lines != anchor.lines:
            yield anchor.day, f"{anchor.lines} lines were anchored, {day.lines} are there"
        elif day.root != anchor.root:
            yield anchor.day, f"its {day.lines} lines are not those that were anchored"
        previous, last = anchor.hash, anchor.day
        expected = _next(anchor.day)
        found.pop(anchor.day, None)
    for day_name in sorted(day for day in found if day < last):
        yield day_name, "it holds lines, and no anchor"


async def make(database: Database, now: datetime) -> None:
    """Anchor every day that has ended and has no anchor yet, each in its own transaction."""
    while (anchor := await _make_next(database, now)) is not None:
        # Written down elsewhere, by whatever keeps the log: see the README.
        log.info("anchor %s: %d lines, %s", anchor.day, anchor.lines, anchor.hash)


async def _make_next(database: Database, now: datetime) -> Anchor | None:
    async with database.reading() as session:
        last = await _last(session)
        day = _next(last.day) if last else await _first_day(session)
        if day is None or _end(day) + SETTLED > now:
            return None
        found = Day()
        async for line_hash in _hashes(session, day):
            found.take(line_hash)
    previous = last.hash if last else GENESIS
    made = Anchor(
        day=day,
        lines=found.lines,
        root=found.root,
        hash=anchor_hash(day, found.lines, found.root, previous),
        made_at=now,
    )
    async with database.transaction() as session:
        if await session.get(Anchor, day) is None:  # else another command center was faster
            session.add(made)
    return made


async def _last(session: AsyncSession) -> Anchor | None:
    return await session.scalar(select(Anchor).order_by(Anchor.day.desc()).limit(1))


async def _first_day(session: AsyncSession) -> str | None:
    first = await session.scalar(select(Transition.at).order_by(Transition.at).limit(1))
    return None if first is None else first.astimezone(UTC).date().isoformat()


async def _hashes(session: AsyncSession, day: str) -> AsyncIterator[str]:
    # In this order verification meets them. Every collation agrees on it: a subject is one of
    # two words, a stroke and digits.
    query = (
        select(Transition.hash)
        .where(Transition.at >= _end(day) - _DAY, Transition.at < _end(day))
        .order_by(Transition.subject, Transition.seq)
        .execution_options(yield_per=_BATCH)
    )
    async for line_hash in await session.stream_scalars(query):
        yield line_hash


def _next(day: str) -> str:
    return (date.fromisoformat(day) + _DAY).isoformat()


def _end(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day) + _DAY, time(), UTC)
