"""Which tickets a person may see."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.people.auth import has
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import not_found
from command_center.routing.repository import ground_index
from command_center.tickets import repository
from command_center.tickets.scope import Scope
from command_center.tickets.tables import Ticket


async def scope_of(session: AsyncSession, person: Person, *, mine: bool = False) -> Scope:
    """Everything for the centre; for others their own tasks and those of their grids, their
    department or their village. `mine`: only what waits for this very person."""
    if mine:
        return Scope(login=person.login, department=_department(person))
    if has(person, Permission.SEE_ALL_TICKETS):
        return Scope(everything=True)
    grids = (await ground_index(session)).worked_by(person.login)
    return Scope(
        login=person.login,
        grids=tuple(grids),
        department=_department(person),
        unit=person.unit_code if has(person, Permission.SEE_UNIT_TICKETS) else None,
    )


async def visible_ticket(
    session: AsyncSession, person: Person, ticket_id: int, *, locked: bool = False
) -> Ticket:
    """
    Raises:
        Problem: 404, also for a ticket that is none of this person's business.
    """
    scope = await scope_of(session, person)
    ticket = await repository.visible(session, ticket_id, scope)
    if ticket is None:
        raise not_found("ticket", ticket_id)
    return (await repository.lock(session, ticket_id) or ticket) if locked else ticket


def knows_finder(person: Person) -> bool:
    """Whether a person may learn who reported something: the centre, never a handler."""
    return has(person, Permission.SEE_ALL_TICKETS)


def _department(person: Person) -> str | None:
    return person.department if has(person, Permission.SEE_DEPARTMENT_TICKETS) else None
