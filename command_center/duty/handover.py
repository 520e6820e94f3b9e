"""Open tasks of whoever goes on leave: handed over when it begins, and given back when it is over.

Looked at again and again rather than armed as timers: leave is entered late, cut short and taken
back, and what counts is who is away now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.duty.tables import StandIn
from command_center.people.asked import ask_once
from command_center.people.permissions import Permission, may
from command_center.people.tables import Person
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
from command_center.town.tables import Leave

OPEN = (State.DISPATCHED, State.ACKNOWLEDGED, State.HANDLING, State.REWORK)
"""A person has to do something for it."""
BATCH = 200
"""Tickets that one look hands over; the rest come with the next, half a minute later."""

_log = structlog.get_logger(__name__)


async def run(ground: Ground) -> None:
    """Hand over and give back, each ticket in its own transaction.

    Raises:
        Exception: the first that went wrong with a ticket; it kept no other back.
    """
    now = ground.clock()
    async with ground.database.reading() as session:
        try:
            turn = await begin(session, now)
        except Problem:
            return  # there is no town yet
        ask_once(session)
        today = now.astimezone(turn.calendar.zone).date()
        away = await _away(session, today)
        going = await _to_hand_over(turn, away)
        coming = await _to_give_back(session, away)
    steps = [(_hand_over, ticket_id) for ticket_id in going]
    steps += [(_give_back, ticket_id) for ticket_id in coming]
    failed: Exception | None = None
    for step, ticket_id in steps:
        try:
            async with ground.database.transaction() as session:
                await step(await begin(session, now), ticket_id, today)
        except (OperationalError, InterfaceError):
            raise  # it is the database that is away: every other would fail as well
        except Exception as error:  # noqa: BLE001 (one bad ticket keeps no other back)
            failed = failed or error
    if failed is not None:
        raise failed


async def _away(session: AsyncSession, today: date) -> dict[str, Leave]:
    """Who is on leave, with that leave."""
    query = select(Leave).where(Leave.first_day <= today, Leave.last_day >= today)
    return {row.person: row for row in await session.scalars(query.order_by(Leave.id.desc()))}


async def _to_hand_over(turn: Turn, away: dict[str, Leave]) -> Sequence[int]:
    """The oldest tickets that somebody is there to take."""
    if not away:
        return []
    columns = (Ticket.id, Ticket.grid_code, Ticket.assignee)
    query = select(*columns).where(Ticket.assignee.in_(away), Ticket.state.in_(OPEN))
    found: list[int] = []
    for ticket_id, grid_code, assignee in await turn.session.execute(query.order_by(Ticket.id)):
        if await _stand_in(turn, grid_code, away[assignee or ""]) is not None:
            found.append(ticket_id)
        if len(found) == BATCH:
            break
    return found


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
    to = await _stand_in(turn, ticket.grid_code, leave)
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


async def _stand_in(turn: Turn, grid_code: str | None, leave: Leave) -> str | None:
    """Whom the leave names, else B (or A, whose B is away), else the station chief; on duty, and
    somebody who handles tickets."""
    patch = (await ground_index(turn.session)).find(grid_code)
    ladder = [leave.stand_in]
    if patch is not None:
        workers = (patch.worker_a, patch.worker_b)
        ladder += [*workers, patch.chief] if leave.person in workers else [patch.chief]
    for login in ladder:
        if login is None or login == leave.person:
            continue
        if not (await on_duty(turn.session, login, turn.now)).on:
            continue
        if _handles_tickets(await repository.person(turn.session, login)):
            return login
    return None


def _handles_tickets(person: Person | None) -> bool:
    return person is not None and person.active and may(person.roles, Permission.MOVE_TICKETS)


async def _give_back(turn: Turn, ticket_id: int, today: date) -> None:
    ticket = await repository.lock(turn.session, ticket_id)
    row = await turn.session.get(StandIn, ticket_id, with_for_update=True)
    if row is None or ticket is None or row.person in await _away(turn.session, today):
        return
    if ticket.assignee == row.stand_in and ticket.state in OPEN:
        person = await repository.person(turn.session, row.person)
        if _handles_tickets(person):
            reason = f"{row.person} 休假结束 · {row.person} is back from leave"
            content = Content(assignee=row.person, reason=reason)
            await service.make(turn, ticket, Move.REASSIGN, SYSTEM, content)
            _log.info("task_given_back", ticket=ticket.number, person=row.person)
    await turn.session.delete(row)
