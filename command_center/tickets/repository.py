"""All SQL about tickets, their transitions and photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.live.visibility import significant
from command_center.people.tables import Person
from command_center.tickets.states import CLOSED, Move, State
from command_center.tickets.tables import CallLog, Photo, Ticket, Transition
from configs.town import Role

ROW_LOCK = {"key_share": True}
"""FOR NO KEY UPDATE. Stronger is not needed, for no key ever changes, and would deadlock: the
second UPDATE of a ticket in one transaction makes PostgreSQL check its foreign keys again, and
that check waits for whoever holds the alert FOR UPDATE and waits for the ticket."""

_NO_STEP = (Move.NOTE, Move.MARK, Move.SUPERVISE)
"""Lines that leave a ticket as it is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which tickets somebody may see: all, or the union of the rest."""

    everything: bool = False
    login: str | None = None
    grids: tuple[str, ...] = ()
    department: str | None = None
    unit: str | None = None
    """All below this unit."""

    def clause(self) -> ColumnElement[bool]:
        if self.everything:
            return Ticket.id.is_not(None)
        mine = [Ticket.assignee == self.login, Ticket.finder == self.login]
        if self.login is not None:
            mine.append(_holds(Ticket.offered, self.login))
            mine.append(_holds(Ticket.handlers, self.login))
        if self.grids:
            mine.append(Ticket.grid_code.in_(self.grids))
        if self.department is not None:
            mine.append(Ticket.department == self.department)
        if self.unit is not None:
            mine.append(Ticket.unit.startswith(significant(self.unit), autoescape=True))
        return or_(*mine)


def _holds(column: object, value: str) -> ColumnElement[bool]:
    """A JSON list of logins holds this one. Logins have no quotes, so text will do."""
    return cast(column, String).contains(f'"{value}"', autoescape=True)


async def get(session: AsyncSession, ticket_id: int) -> Ticket | None:
    return await session.get(Ticket, ticket_id)


async def lock(session: AsyncSession, ticket_id: int) -> Ticket | None:
    """The ticket as it is now; nobody else moves it until this transaction ends."""
    return await session.get(Ticket, ticket_id, with_for_update=ROW_LOCK, populate_existing=True)


async def visible(session: AsyncSession, ticket_id: int, scope: Scope) -> Ticket | None:
    query = select(Ticket).where(Ticket.id == ticket_id, scope.clause())
    return await session.scalar(query)


async def listed(
    session: AsyncSession,
    scope: Scope,
    *,
    states: Sequence[State] = (),
    unit: str | None = None,
    search: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Ticket]:
    """Newest first."""
    query = select(Ticket).where(scope.clause()).order_by(Ticket.id.desc()).limit(limit)
    if states:
        query = query.where(Ticket.state.in_(states))
    if unit is not None:
        query = query.where(Ticket.unit == unit)
    if before is not None:
        query = query.where(Ticket.id < before)
    if search:
        columns = (Ticket.number, Ticket.title, Ticket.description, Ticket.place)
        query = query.where(or_(*(c.contains(search, autoescape=True) for c in columns)))
    return list(await session.scalars(query))


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
    owner = or_(
        and_(Ticket.id == photo.ticket_id, Ticket.id.is_not(None)),
        and_(Ticket.report_id == photo.report_id, Ticket.report_id.is_not(None)),
    )
    query = select(Ticket.id).where(owner, scope.clause()).limit(1)
    return await session.scalar(query) is not None


async def photos(session: AsyncSession, ticket: Ticket) -> Sequence[Photo]:
    """Photos of the ticket and of the report it came from."""
    owner = Photo.ticket_id == ticket.id
    if ticket.report_id is not None:
        owner = or_(owner, Photo.report_id == ticket.report_id)
    return list(await session.scalars(select(Photo).where(owner).order_by(Photo.at, Photo.id)))


async def count_photos(session: AsyncSession, ticket_id: int) -> int:
    """Photos of the ticket itself."""
    query = select(func.count()).select_from(Photo).where(Photo.ticket_id == ticket_id)
    return int(await session.scalar(query) or 0)


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


async def logins_with(session: AsyncSession, *roles: Role) -> list[str]:
    """Logins of everybody who works here in one of these roles."""
    held = or_(*(_holds(Person.roles, role.value) for role in roles))
    query = select(Person.login).where(Person.active, held).order_by(Person.login)
    return list(await session.scalars(query))


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
    return list(await session.scalars(query))
