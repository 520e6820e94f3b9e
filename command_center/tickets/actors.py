"""What a person is to a ticket: role and relation together."""

from __future__ import annotations

from dataclasses import dataclass

from command_center.live.visibility import lies_in
from command_center.people.tables import Person
from command_center.tickets.states import Actor, Rung
from command_center.tickets.tables import Ticket
from configs.town import Role

_CENTRE = frozenset({Role.OPERATOR, Role.SHIFT_LEAD})


@dataclass(frozen=True, slots=True)
class Mover:
    """Who makes a move: the name that the record keeps, and what he is to the ticket."""

    name: str
    actors: frozenset[Actor]
    epoch: int | None = None


SYSTEM = Mover("system", frozenset({Actor.SYSTEM}))
CITIZEN = Mover("citizen", frozenset({Actor.FINDER}))


def machine(shard: str, epoch: int) -> Mover:
    """A shard. It finds things; the table gives a machine no way to close a ticket."""
    return Mover(f"machine/{shard}", frozenset({Actor.SYSTEM}), epoch)


def mover(person: Person, ticket: Ticket) -> Mover:
    return Mover(person.login, actors_of(person, ticket))


def actors_of(person: Person, ticket: Ticket) -> frozenset[Actor]:
    roles = frozenset(person.roles)
    found: set[Actor] = set()
    if roles & _CENTRE:
        found.add(Actor.CENTRE)
    if Role.SUPERVISOR in roles:
        found.add(Actor.SUPERVISOR)
    if Role.STATION_CHIEF in roles and ticket.unit and lies_in(ticket.unit, person.unit_code):
        found.add(Actor.CHIEF)
    if person.login == ticket.finder:
        found.add(Actor.FINDER)
    if _may_handle(person, roles, ticket):
        found.add(Actor.HANDLER)
    if person.login == ticket.assignee or person.login in ticket.handlers:
        found.add(Actor.WORKED)
    return frozenset(found)


def desk_actors(person: Person) -> frozenset[Actor]:
    """What a person is to an alert, which nobody handles yet."""
    return frozenset({Actor.CENTRE}) if frozenset(person.roles) & _CENTRE else frozenset()


def _may_handle(person: Person, roles: frozenset[Role], ticket: Ticket) -> bool:
    if person.login == ticket.assignee or person.login in ticket.offered:
        return True
    if ticket.department is not None and person.department == ticket.department:
        return Role.DEPARTMENT in roles
    # Nobody else is left on the ladder: an operator may take it in hand by telephone.
    return ticket.rung is Rung.CENTRE and ticket.assignee is None and bool(roles & _CENTRE)
