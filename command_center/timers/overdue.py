"""The auditor: finds steps that are overdue and that nobody was told about.

It looks at tickets and transitions, not at what the timers believe of themselves, so that it
also finds what a mistake in arming them would hide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, cast, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import NoticeLevel
from command_center.tickets.states import CLOSED, State
from command_center.tickets.tables import Ticket, Transition
from command_center.timers.repository import armed
from command_center.timers.tables import Timer
from configs.values import Name

GRACE = timedelta(minutes=5)
"""How long a due timer may wait for its turn: the loop runs every second, a restart takes less
than a minute, and a timer that failed once is tried again after one."""

NOTICE = "overdue"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Overdue:
    number: str
    state: State
    due_at: datetime | None
    """None: it has no deadline at all, which no open ticket may be without."""


async def find(session: AsyncSession, now: datetime, limit: int = 100) -> Sequence[Overdue]:
    """Open tickets past their deadline without an escalation since, or without any deadline."""
    subject = literal("ticket/") + cast(Ticket.id, String)
    escalated = exists().where(
        Transition.subject == subject,
        Transition.by == "system",
        Transition.at >= Ticket.stage_due_at,
    )
    late = (Ticket.stage_due_at < now - GRACE) & ~escalated
    query = (
        select(Ticket)
        .where(Ticket.state.not_in(CLOSED), or_(Ticket.stage_due_at.is_(None), late))
        .order_by(Ticket.id)
        .limit(limit)
    )
    return [Overdue(t.number, t.state, t.stage_due_at) for t in await session.scalars(query)]


async def stuck_timers(session: AsyncSession, now: datetime) -> int:
    """Armed timers that were due more than the grace ago: the loop does not run, or they fail."""
    query = select(Timer.id).where(armed(), Timer.due_at < now - GRACE).limit(1000)
    return len(list(await session.scalars(query)))


async def audit(session: AsyncSession, now: datetime) -> None:
    """Say on the wall what was found, and take it down again when all is well."""
    found, stuck = await find(session, now), await stuck_timers(session, now)
    if not found and not stuck:
        await end_notice(session, NOTICE, now)
        return
    numbers = ", ".join(o.number for o in found[:SHOWN])
    text = Name(
        zh=f"有{len(found)}张工单超时未升级（{numbers}），{stuck}个计时器滞后",
        en=f"{len(found)} tickets are overdue and nobody was told ({numbers}); "
        f"{stuck} timers are late",
    )
    await raise_notice(session, NOTICE, NoticeLevel.ERROR, text, now)
