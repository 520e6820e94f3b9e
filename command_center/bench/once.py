"""Did each timer have exactly one effect: held against what its story says it must do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Executable, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.bench.lives import Story
from command_center.notifications.tables import Notification
from command_center.tickets.tables import Transition
from command_center.timers.repository import armed
from command_center.timers.tables import Timer


@dataclass(frozen=True, slots=True)
class Written:
    """Owners of one story whose timers are due at one moment, and what was there before."""

    story: Story
    due_at: datetime
    owners: Sequence[int]
    lines: int
    """Of each owner's chain."""
    armed: int
    """Timers of each owner besides the one that is due."""

    def subject(self, owner: int) -> str:
        return f"{'alert' if self.story.is_of_an_alert else 'ticket'}/{owner}"


async def before(
    session: AsyncSession, story: Story, due_at: datetime, owners: Sequence[int]
) -> Written:
    """What lies there, the same for all of them; asked of the first."""
    bare = Written(story, due_at, owners[:1], 0, 0)
    lines = await _lines(session, bare)
    waiting = await _armed(session, bare)
    return Written(story, due_at, owners, len(lines[owners[0]]), waiting[owners[0]] - 1)


async def differences(session: AsyncSession, written: Written, since: datetime) -> list[str]:
    """A line for each owner whose timer did nothing, or not what it must, or that twice; `since`:
    when the first was due."""
    story, found = written.story, []
    lines, waiting = await _lines(session, written), await _armed(session, written)
    told = await _told(session, written, since)
    usual = max(told.values())
    for owner in written.owners:
        name = f"{story.kind} of {written.subject(owner)}"
        moves = lines[owner][written.lines :]
        if moves != list(story.effect):
            found.append(f"{name} wrote {', '.join(moves) or 'nothing'}")
        elif waiting[owner] != written.armed + story.arms:
            found.append(f"{name} left {waiting[owner]} timers armed")
        elif story.is_of_an_alert and not 0 < told[owner] == usual:
            found.append(f"{name} told {told[owner]} people, others {usual}")
    return found


async def _lines(session: AsyncSession, written: Written) -> dict[int, list[str]]:
    """The moves of each owner's chain, in order."""
    owners = {written.subject(owner): owner for owner in written.owners}
    query = select(Transition.subject, Transition.move).where(Transition.subject.in_(owners))
    found: dict[int, list[str]] = {owner: [] for owner in written.owners}
    for subject, move in await session.execute(query.order_by(Transition.subject, Transition.seq)):
        found[owners[subject]].append(move)
    return found


async def _armed(session: AsyncSession, written: Written) -> dict[int, int]:
    owner = Timer.alert_id if written.story.is_of_an_alert else Timer.ticket_id
    query = select(owner, func.count()).where(owner.in_(written.owners), armed()).group_by(owner)
    return await _counted(session, written, query)


async def _told(session: AsyncSession, written: Written, since: datetime) -> dict[int, int]:
    of_alert = written.story.is_of_an_alert
    owner = Notification.alert_id if of_alert else Notification.ticket_id
    query = select(owner, func.count()).where(owner.in_(written.owners), Notification.at >= since)
    return await _counted(session, written, query.group_by(owner))


async def _counted(session: AsyncSession, written: Written, query: Executable) -> dict[int, int]:
    found = dict.fromkeys(written.owners, 0)
    found.update({row[0]: row[1] for row in await session.execute(query)})
    return found
