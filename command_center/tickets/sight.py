"""The net under every answer that is only read: a query that forgot to ask whose tickets these are
shows a person no others than his own scope's.

Routes ask for a scope as they always did (`tickets.access`), which is what makes their lists quick
and their refusals 404. This lies underneath: it adds the same condition to each statement of the
caller's reading session that names tickets or alerts, however it was written. A statement that was
given its scope says so (`SCOPED`), and one that is meant to see more says that (`BEYOND`); both can
be searched for.

Not under transactions: a move reads what its maker may not see (is there a ticket of this grid's
gap already?). What people may change is asked for by `visible_ticket`, and tried with every other's
ids in `tests/command_center/test_leaks.py`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, cast, event, false, or_, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from starlette.requests import HTTPConnection

from command_center.alerts.tables import Alert
from command_center.people.permissions import Permission, may
from command_center.people.tables import Person
from command_center.tickets.scope import Scope
from command_center.tickets.tables import Ticket
from command_center.town.tables import Grid

_CALL = "fenghuo_call"
_PERSON = "person"
_FREE = "fenghuo_sight"

SCOPED: dict[str, Any] = {_FREE: "scoped"}
"""Execution options of a statement that asks for a scope itself."""
BEYOND: dict[str, Any] = {_FREE: "beyond"}
"""Of one whose answer tells a person of tickets that are not his, on purpose and without naming
them."""


def called_by(connection: HTTPConnection, person: Person) -> None:
    """Note who calls, for the sessions of his request."""
    setattr(connection.state, _PERSON, person)


def answering(session: Session, connection: HTTPConnection) -> None:
    """This session answers a call. Who called is looked at with each statement: a route's
    parameters may have been made in any order."""
    session.info[_CALL] = connection.state


@event.listens_for(Session, "do_orm_execute")
def _under(state: ORMExecuteState) -> None:
    call = state.session.info.get(_CALL)
    person: Person | None = getattr(call, _PERSON, None) if call is not None else None
    if person is None or not state.is_select or _FREE in state.execution_options:
        return
    if not may(person.roles, Permission.SEE_ALL_TICKETS):
        tickets = with_loader_criteria(Ticket, _seen_by(person), include_aliases=True)
        state.statement = state.statement.options(tickets)
    if not may(person.roles, Permission.SEE_ALERTS):
        alerts = with_loader_criteria(Alert, false(), include_aliases=True)
        state.statement = state.statement.options(alerts)


def _seen_by(person: Person) -> ColumnElement[bool]:
    """As `access.scope_of`, which has the grids from memory: here they are asked of the database,
    where a listener can wait for nothing."""
    sees_unit = may(person.roles, Permission.SEE_UNIT_TICKETS)
    sees_department = may(person.roles, Permission.SEE_DEPARTMENT_TICKETS)
    scope = Scope(
        login=person.login,
        department=person.department if sees_department else None,
        unit=person.unit_code if sees_unit else None,
    )
    worked_by = or_(
        Grid.worker_a == person.login,
        Grid.worker_b == person.login,
        cast(Grid.assistants, String).contains(f'"{person.login}"', autoescape=True),
    )
    grids = select(Grid.code).where(Grid.valid_to.is_(None), worked_by)
    return or_(scope.clause(), Ticket.grid_code.in_(grids))
