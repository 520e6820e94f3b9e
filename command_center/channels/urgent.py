"""What is urgent is said again until the person has acknowledged it, or it is another's.

Who is next, and when, is the escalation table's alone (`timers/escalation.py`): it hands the task
on and tells the next one, whose messages are repeated in his turn; the repetitions to the one
before find that he is asked no more, and end. At the top of the ladder they go on until somebody
takes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.channels import phone_orders, publishing, repository
from command_center.channels.tables import Channel, Delivery, PhoneReason
from command_center.database import Database
from command_center.notifications.tables import Notification
from command_center.people.tables import Person
from command_center.tickets.states import Rung, State
from command_center.tickets.tables import Ticket
from configs.catalogue import Urgency

BATCH = 50

_UNTAKEN = frozenset({State.DISPATCHED, State.REFERRED})
_UNDECIDED = frozenset({State.CONFIRMED, State.ACCEPTED, State.RETURNED})


async def repeat(database: Database, now: datetime) -> None:
    """Repeat until nothing is due."""
    while await repeat_due(database, now):
        pass


async def repeat_due(database: Database, now: datetime) -> int:
    """Say again what is due, `BATCH` at most; with how many notifications it dealt."""
    async with database.transaction() as session:
        rows = await _due(session, now)
        working = await _working(session, {row.person for row in rows})
        for row in rows:
            await _again(session, row, working[row.person], now)
        return len(rows)


async def acknowledged(session: AsyncSession, ticket: Ticket, by: str, now: datetime) -> None:
    """Somebody has taken the ticket: nobody is told of it again, and nobody has to be rung."""
    own = select(Notification.id).where(
        Notification.person == by,
        Notification.read_at.is_(None),
        Notification.ticket_id == ticket.id,
    )
    his = list(await session.scalars(own))
    ended: list[int] = []
    if ticket.urgency is Urgency.URGENT:
        others = (
            update(Notification)
            .where(Notification.repeat_at.is_not(None), Notification.ticket_id == ticket.id)
            .values(repeat_at=None)
            .returning(Notification.id)
        )
        ended = list(await session.scalars(others))
        await phone_orders.close_all(session, ticket.id, now)
    await repository.end(session, sorted({*his, *ended}), now, acknowledged=his)


def is_asked(row: Notification, person: Person, ticket: Ticket) -> bool:
    """Whether this person is still wanted for the ticket."""
    match row.kind:
        case "task":
            own = person.login in {ticket.assignee, *ticket.offered}
            department = ticket.department is not None and person.department == ticket.department
            return ticket.state in _UNTAKEN and (own or department)
        case "unassigned":
            return ticket.state is State.DISPATCHED and ticket.rung is Rung.CENTRE
        case "alarm":
            return ticket.state in _UNTAKEN
        case "overdue":
            return ticket.state in _UNDECIDED
    return False


async def _due(session: AsyncSession, now: datetime) -> Sequence[Notification]:
    query = (
        select(Notification)
        .where(Notification.repeat_at <= now)
        .order_by(Notification.repeat_at, Notification.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(query))


async def _working(session: AsyncSession, logins: set[str]) -> dict[str, list[Channel]]:
    found: dict[str, list[Channel]] = defaultdict(list)
    for channel in await repository.of_people(session, sorted(logins)):
        if channel.failing_since is None:
            found[channel.person].append(channel)
    return found


async def _again(
    session: AsyncSession, row: Notification, channels: Sequence[Channel], now: datetime
) -> None:
    ticket = await session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    if row.read_at is not None or not await _is_asked(session, row, ticket):
        row.repeat_at = None
        return
    if ticket is not None and row.kind == "task":
        why = PhoneReason.NO_ANSWER if channels else PhoneReason.NO_CHANNEL
        await phone_orders.ask(session, ticket, row.person, why, now)
    row.round += 1
    row.repeat_at = now + wait_after(row.round)
    told = [publishing.delivery(c.id, row.id, now, row.round) for c in channels]
    if told:  # in place of what could not be sent so far
        await repository.end(session, [row.id], now)
        await session.execute(insert(Delivery), told)


def wait_after(repetition: int) -> timedelta:
    return publishing.REPEATS[min(repetition, len(publishing.REPEATS) - 1)]


async def _is_asked(session: AsyncSession, row: Notification, ticket: Ticket | None) -> bool:
    if row.kind == "undecided":
        alert = await session.get(Alert, row.alert_id)
        return alert is not None and alert.state is State.NEW
    person = await session.get(Person, row.person)
    return ticket is not None and person is not None and is_asked(row, person, ticket)
