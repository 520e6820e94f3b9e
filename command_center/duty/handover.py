"""Open tasks of whoever goes on leave: handed over when it begins, and given back when it is over.

Looked at again and again rather than armed as timers: leave is entered late, cut short and taken
back, and what counts is who is away now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.duty.tables import StandIn
from command_center.problems import Problem
from command_center.routing.repository import ground_index
from command_center.state import Ground
from command_center.tickets import repository, service
from command_center.tickets.actors import SYSTEM
from command_center.tickets.content import Content
from command_center.tickets.states import Move, State
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn, begin
from command_center.town.duty import on_duty
from command_center.town.repository import time_zone
from command_center.town.tables import Leave

OPEN = (State.DISPATCHED, State.ACKNOWLEDGED, State.HANDLING, State.REWORK)
"""A person has to do something for it."""
BATCH = 200
"""Tickets that one look hands over; the rest come with the next, half a minute later."""

_log = structlog.get_logger(__name__)


async def run(ground: Ground) -> None:
    """Hand over and give back, each ticket in its own transaction."""
    now = ground.clock()
    async with ground.database.reading() as session:
        try:
            today = now.astimezone(await time_zone(session)).date()
        except Problem:
            return  # there is no town yet
        away = await _away(session, today)
        going = await _tickets_of(session, away)
        coming = await _to_give_back(session, away)
    for ticket_id in going:
        async with ground.database.transaction() as session:
            await _hand_over(await begin(session, now), ticket_id, today)
    for ticket_id in coming:
        async with ground.database.transaction() as session:
            await _give_back(await begin(session, now), ticket_id, today)


async def _away(session: AsyncSession, today: date) -> dict[str, Leave]:
    """Who is on leave, with that leave."""
    query = select(Leave).where(Leave.first_day <= today, Leave.last_day >= today)
    return {row.person: row for row in await session.scalars(query.order_by(Leave.id.desc()))}


async def _tickets_of(session: AsyncSession, away: dict[str, Leave]) -> Sequence[int]:
    if not away:
        return []
    query = select(Ticket.id).where(Ticket.assignee.in_(away), Ticket.state.in_(OPEN))
    return list(await session.scalars(query.order_by(Ticket.id).limit(BATCH)))


async def _to_give_back(session: AsyncSession, away: dict[str, Leave]) -> Sequence[int]:
    query = select(StandIn.ticket_id).where(StandIn.person.not_in(away))
    return list(await session.scalars(query.order_by(StandIn.ticket_id).limit(BATCH)))


async def _hand_over(turn: Turn, ticket_id: int, today: date) -> None:
    ticket = await repository.lock(turn.session, ticket_id)
    away = await _away(turn.session, today)
    if ticket is None or ticket.state not in OPEN or ticket.assignee not in away:
        return  # another command center was faster, or he has done it meanwhile
    person = ticket.assignee
    leave = away[person]
    to = await _stand_in(turn, ticket, leave)
    if to is None:
        return  # nobody is there: supervision by the clock goes on
    last = leave.last_day.isoformat()
    reason = f"{person} 休假至 {last} · {person} is on leave until {last}"
    await service.make(turn, ticket, Move.REASSIGN, SYSTEM, Content(assignee=to, reason=reason))
    row = await turn.session.get(StandIn, ticket_id)
    if row is None:
        turn.session.add(StandIn(ticket_id=ticket_id, person=person, stand_in=to, at=turn.now))
    else:
        row.stand_in = to  # whoever stood in has gone on leave too: it is still the first one's
    _log.info("task_handed_over", ticket=ticket.number, person=person, to=to)


async def _stand_in(turn: Turn, ticket: Ticket, leave: Leave) -> str | None:
    """Whom the leave names, else B (or A, whose B is away), else the station chief; on duty."""
    patch = (await ground_index(turn.session)).find(ticket.grid_code)
    ladder = [leave.stand_in]
    if patch is not None:
        workers = (patch.worker_a, patch.worker_b)
        ladder += [*workers, patch.chief] if leave.person in workers else [patch.chief]
    for login in ladder:
        if login is None or login == leave.person:
            continue
        if (await on_duty(turn.session, login, turn.now)).on:
            return login
    return None


async def _give_back(turn: Turn, ticket_id: int, today: date) -> None:
    ticket = await repository.lock(turn.session, ticket_id)
    row = await turn.session.get(StandIn, ticket_id, with_for_update=True)
    if row is None or ticket is None or row.person in await _away(turn.session, today):
        return
    if ticket.assignee == row.stand_in and ticket.state in OPEN:
        person = await repository.person(turn.session, row.person)
        if person is not None and person.active:
            reason = f"{row.person} 休假结束 · {row.person} is back from leave"
            content = Content(assignee=row.person, reason=reason)
            await service.make(turn, ticket, Move.REASSIGN, SYSTEM, content)
            _log.info("task_given_back", ticket=ticket.number, person=row.person)
    await turn.session.delete(row)
