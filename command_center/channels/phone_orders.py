"""专用电话: the centre rings up whom no message brings to take his task.

One open order a ticket and person. A department's task has one for all of its handlers: who lifts
the receiver there is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.channels.tables import PhoneOrder, PhoneReason
from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.notifications.service import tell
from command_center.people.tables import Person
from command_center.tickets import repository as tickets
from command_center.tickets.tables import CallLog, Ticket
from command_center.town.duty import on_duty
from configs.town import Role
from configs.values import Name

SYSTEM = "system"


async def ask(
    session: AsyncSession, ticket: Ticket, login: str, why: PhoneReason, now: datetime
) -> None:
    """Have the centre ring him up, unless it is about to, or has reached him."""
    query = select(PhoneOrder).where(
        PhoneOrder.ticket_id == ticket.id,
        or_(PhoneOrder.closed_at.is_(None), PhoneOrder.answered.is_(True)),
    )
    if login in {ticket.assignee, *ticket.offered}:
        query = query.where(PhoneOrder.person == login)
    else:
        query = query.join(Person, Person.login == PhoneOrder.person)
        query = query.where(Person.department == ticket.department)
    if await session.scalar(query.limit(1)) is not None:
        return
    callers = await _callers(session, now)
    order = PhoneOrder(
        ticket_id=ticket.id, person=login, callers=tuple(callers), why=why, asked_at=now
    )
    session.add(order)
    await session.flush()
    await _say(session, ticket, order, now)


async def close(
    session: AsyncSession, order: PhoneOrder, by: str, *, answered: bool, note: str, now: datetime
) -> None:
    """Somebody rang; it is a line of the ticket's calls as well."""
    order.closed_at, order.closed_by = now, by
    order.answered, order.note = answered, note
    session.add(
        CallLog(
            ticket_id=order.ticket_id,
            by=by,
            called=order.person,
            answered=answered,
            note=note,
            at=now,
        )
    )
    _announce(session, order.ticket_id, now)


async def close_all(session: AsyncSession, ticket_id: int, now: datetime) -> None:
    """Somebody has taken the ticket, or it is another's."""
    mine = (PhoneOrder.ticket_id == ticket_id, PhoneOrder.closed_at.is_(None))
    values = {"closed_at": now, "closed_by": SYSTEM}
    await session.execute(update(PhoneOrder).where(*mine).values(values))


async def listed(
    session: AsyncSession, *, only_open: bool, before: int | None, limit: int
) -> Sequence[tuple[PhoneOrder, Ticket, Person]]:
    """Newest first."""
    query = (
        select(PhoneOrder, Ticket, Person)
        .join(Ticket, Ticket.id == PhoneOrder.ticket_id)
        .join(Person, Person.login == PhoneOrder.person)
        .order_by(PhoneOrder.id.desc())
        .limit(limit)
    )
    if only_open:
        query = query.where(PhoneOrder.closed_at.is_(None))
    if before is not None:
        query = query.where(PhoneOrder.id < before)
    return [(order, ticket, person) for order, ticket, person in await session.execute(query)]


async def _callers(session: AsyncSession, now: datetime) -> list[str]:
    """The operators on duty; without any the shift leads, and then all of them."""
    operators = await tickets.logins_with(session, Role.OPERATOR)
    leads = await tickets.logins_with(session, Role.SHIFT_LEAD)
    for candidates in (operators, leads):
        present = [who for who in candidates if (await on_duty(session, who, now)).on]
        if present:
            return present
    return sorted({*operators, *leads})


async def _say(session: AsyncSession, ticket: Ticket, order: PhoneOrder, now: datetime) -> None:
    person = await session.get_one(Person, order.person)
    text = Name(
        zh=f"{ticket.number} {ticket.name.zh}：请电话通知{person.name_zh}",
        en=f"{ticket.number} {ticket.name.en}: ring up {person.name_en}",
    )
    callers = order.callers
    tell(session, callers, "phone_order", text, at=now, ticket_id=ticket.id, urgent=True)
    _announce(session, ticket.id, now)


def _announce(session: AsyncSession, ticket_id: int, now: datetime) -> None:
    record_change(session, kind=ChangeKind.TICKET, id=str(ticket_id), what="phone_order", at=now)
