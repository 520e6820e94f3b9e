"""All SQL about tickets, their transitions and photos."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.people.asked import asked
from command_center.people.tables import Person
from command_center.reports.tables import Report
from command_center.row_locks import held, hold
from command_center.tickets.scope import Scope
from command_center.tickets.states import CLOSED, Move
from command_center.tickets.tables import CallLog, Photo, Ticket, Transition
from configs.catalogue import Source
from configs.town import Role

ROW_LOCK = {"key_share": True}
"""FOR NO KEY UPDATE. Stronger is not needed, for no key ever changes, and would deadlock: the
second UPDATE of a ticket in one transaction makes PostgreSQL check its foreign keys again, and
that check waits for whoever holds the alert FOR UPDATE and waits for the ticket."""

_NO_STEP = (Move.NOTE, Move.MARK, Move.SUPERVISE)
"""Lines that leave a ticket as it is."""


async def get(session: AsyncSession, ticket_id: int) -> Ticket | None:
    return await session.get(Ticket, ticket_id)


async def lock(session: AsyncSession, ticket_id: int) -> Ticket | None:
    """The ticket as it is now; nobody else moves it until this transaction ends."""
    found = held(session, Ticket, ticket_id) or await session.get(
        Ticket, ticket_id, with_for_update=ROW_LOCK, populate_existing=True
    )
    if found is not None:
        hold(session, found)
    return found


async def lock_all(session: AsyncSession, ids: Collection[int]) -> dict[int, Ticket]:
    """The same of several, in the one order in which everybody locks them."""
    query = select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id)
    rows = await session.scalars(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    for row in found.values():
        hold(session, row)
    return found


async def visible(session: AsyncSession, ticket_id: int, scope: Scope) -> Ticket | None:
    query = select(Ticket).where(Ticket.id == ticket_id, scope.clause())
    return await session.scalar(query)


async def transitions(session: AsyncSession, subject: str) -> Sequence[Transition]:
    query = select(Transition).where(Transition.subject == subject).order_by(Transition.seq)
    return list(await session.scalars(query))


async def last_step(session: AsyncSession, subject: str) -> Transition | None:
    """The last line that was more than a note or a mark."""
    query = (
        select(Transition)
        .where(Transition.subject == subject, Transition.move.not_in(_NO_STEP))
        .order_by(Transition.seq.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def stepped_since(session: AsyncSession, subject: str, seq: int) -> bool:
    """Whether more than notes and marks was written after line `seq`."""
    row = await last_step(session, subject)
    return row is not None and row.seq > seq


async def photo_in_scope(session: AsyncSession, photo: Photo, scope: Scope) -> bool:
    """Whether the photo belongs to a ticket within `scope`, by itself or by its report."""
    owner = photo.ticket_id
    if owner is None:
        owner = await session.scalar(select(Report.ticket_id).where(Report.id == photo.report_id))
    query = select(Ticket.id).where(Ticket.id == owner, scope.clause())
    return await session.scalar(query) is not None


async def photos(session: AsyncSession, ticket: Ticket) -> Sequence[Photo]:
    """Photos of the ticket and of its reports."""
    reports = select(Report.id).where(Report.ticket_id == ticket.id)
    owner = or_(Photo.ticket_id == ticket.id, Photo.report_id.in_(reports))
    return list(await session.scalars(select(Photo).where(owner).order_by(Photo.at, Photo.id)))


async def count_photos(session: AsyncSession, ticket_id: int) -> int:
    """Photos of the ticket itself."""
    query = select(func.count()).select_from(Photo).where(Photo.ticket_id == ticket_id)
    return int(await session.scalar(query) or 0)


async def joined_finders(session: AsyncSession, ticket_id: int) -> list[str]:
    """Logins of those whose reports joined the ticket."""
    query = select(Report.finder).where(
        Report.ticket_id == ticket_id,
        Report.joined,
        Report.finder.is_not(None),
        Report.source != Source.HOTLINE,
    )
    return sorted({login for login in await session.scalars(query) if login is not None})


async def count_joined(session: AsyncSession, ticket_id: int) -> int:
    """How many reports joined the ticket."""
    query = select(func.count()).where(Report.ticket_id == ticket_id, Report.joined)
    return int(await session.scalar(query) or 0)


async def a_caller_waits(session: AsyncSession, ticket: Ticket) -> bool:
    """Whether one of its finders reported it by telephone, and has no page to look at."""
    query = select(Report.id).where(Report.ticket_id == ticket.id, Report.source == Source.HOTLINE)
    return ticket.source is Source.HOTLINE or await session.scalar(query.limit(1)) is not None


async def calls(session: AsyncSession, ticket_id: int) -> Sequence[CallLog]:
    query = select(CallLog).where(CallLog.ticket_id == ticket_id).order_by(CallLog.id)
    return list(await session.scalars(query))


async def open_quality_ticket(session: AsyncSession, key: str) -> Ticket | None:
    query = select(Ticket).where(Ticket.quality_key == key, Ticket.state.not_in(CLOSED)).limit(1)
    return await session.scalar(query)


async def next_number(session: AsyncSession, day: str) -> int:
    """1, 2, 3 … within a day (`20261018`); never given twice, whoever asks at once."""
    statement = text(
        "INSERT INTO ticket_days (day, last) VALUES (:day, 1) "
        "ON CONFLICT (day) DO UPDATE SET last = ticket_days.last + 1 RETURNING last"
    )
    return int((await session.execute(statement, {"day": day})).scalar_one())


async def person(session: AsyncSession, login: str | None) -> Person | None:
    return await session.get(Person, login) if login else None


async def people(session: AsyncSession, logins: Iterable[str]) -> dict[str, Person]:
    query = select(Person).where(Person.login.in_(set(logins)))
    return {row.login: row for row in await session.scalars(query)}


def _holds(column: object, value: str) -> ColumnElement[bool]:
    """A JSON list of words holds this one. They have no quotes, so text will do."""
    return cast(column, String).contains(f'"{value}"', autoescape=True)


async def logins_with(session: AsyncSession, *roles: Role) -> list[str]:
    """Logins of everybody who works here in one of these roles."""
    held = or_(*(_holds(Person.roles, role.value) for role in roles))
    query = select(Person.login).where(Person.active, held).order_by(Person.login)
    return await _logins(session, (logins_with, *roles), query)


async def handlers_of(session: AsyncSession, department: str) -> list[str]:
    """Logins of a department's handlers."""
    query = (
        select(Person.login)
        .where(
            Person.active,
            Person.department == department,
            _holds(Person.roles, Role.DEPARTMENT.value),
        )
        .order_by(Person.login)
    )
    return await _logins(session, (handlers_of, department), query)


async def _logins(session: AsyncSession, question: Hashable, query: Select[str]) -> list[str]:
    async def look() -> tuple[str, ...]:
        return tuple(await session.scalars(query))

    return list(await asked(session, question, look))
