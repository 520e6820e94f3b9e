"""The auditor: finds steps that are overdue and that nobody was told about.

It looks at tickets and transitions, not at what the timers believe of themselves, so that it
also finds what a mistake in arming them would hide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, cast, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.database import Database
from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import Notice, NoticeLevel
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

_OPEN = tuple(state for state in State if state not in CLOSED)


@dataclass(frozen=True, slots=True)
class Overdue:
    number: str
    state: State
    due_at: datetime | None
    """None: it has no deadline at all, which no open ticket may be without."""


async def find(session: AsyncSession, now: datetime, limit: int = 100) -> Sequence[Overdue]:
    """Open tickets past their deadline without an escalation since, or without any deadline.

    Two questions, each by its own index, so that it takes as long as there is open work: closed
    tickets, of which a district has a million, have no deadline and are not looked at.
    """
    subject = literal("ticket/") + cast(Ticket.id, String)
    escalated = exists().where(
        Transition.subject == subject,
        Transition.by == "system",
        Transition.at >= Ticket.stage_due_at,
    )
    late = (Ticket.stage_due_at < now - GRACE, Ticket.state.not_in(CLOSED), ~escalated)
    # Written so that SQLite goes by the state: it takes having no deadline for something rare.
    no_deadline = func.coalesce(cast(Ticket.stage_due_at, String), "") == ""
    forgotten = (Ticket.state.in_(_OPEN), no_deadline)
    columns = (Ticket.id, Ticket.number, Ticket.state, Ticket.stage_due_at)
    found: list[tuple[int, Overdue]] = []
    for which in (late, forgotten):
        rows = await session.execute(select(*columns).where(*which).limit(limit))
        found += [(row.id, Overdue(row.number, row.state, row.stage_due_at)) for row in rows]
    return [each for _, each in sorted(found, key=lambda one: one[0])][:limit]


async def stuck_timers(session: AsyncSession, now: datetime) -> int:
    """Armed timers that were due more than the grace ago: the loop does not run, or they fail."""
    query = select(Timer.id).where(armed(), Timer.due_at < now - GRACE).limit(1000)
    return len(list(await session.scalars(query)))


async def audit(database: Database, now: datetime) -> None:
    """Say on the wall what was found, and take it down again when all is well."""
    async with database.reading() as session:
        text = _said(await find(session, now), await stuck_timers(session, now))
        is_shown = await session.get(Notice, NOTICE) is not None
    if text is None and not is_shown:
        return
    async with database.transaction() as session:
        if text is None:
            await end_notice(session, NOTICE, now)
        else:
            await raise_notice(session, NOTICE, NoticeLevel.ERROR, text, now)


def _said(found: Sequence[Overdue], stuck: int) -> Name | None:
    if not found and not stuck:
        return None
    numbers = ", ".join(o.number for o in found[:SHOWN])
    return Name(
        zh=f"有{len(found)}张工单超时未升级（{numbers}），{stuck}个计时器滞后",
        en=f"{len(found)} tickets are overdue and nobody was told ({numbers}); "
        f"{stuck} timers are late",
    )
