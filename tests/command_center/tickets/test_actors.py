"""Role and relation: what somebody is to a ticket."""

from __future__ import annotations

import pytest

from command_center.people.tables import Person
from command_center.tickets.actors import SYSTEM, actors_of, desk_actors, machine
from command_center.tickets.states import Actor, Rung
from command_center.tickets.tables import Ticket
from configs.town import Role
from tests.command_center.example import OTHER_VILLAGE, TOWN_CODE, VILLAGE

OFFICE: dict[Role, set[Actor]] = {
    Role.OPERATOR: {Actor.CENTRE},
    Role.SHIFT_LEAD: {Actor.CENTRE},
    Role.SUPERVISOR: {Actor.SUPERVISOR},
    Role.STATION_CHIEF: {Actor.CHIEF},
}
"""What a role alone makes somebody to a ticket of his village; other roles: nothing."""


def someone(role: Role, *, unit: str = VILLAGE, department: str | None = None) -> Person:
    return Person(
        login="li", roles=(role,), unit_code=unit, department=department, name_zh="李", name_en="Li"
    )


def a_ticket(
    *,
    assignee: str | None = "zhang",
    offered: tuple[str, ...] = (),
    handlers: tuple[str, ...] = (),
    department: str | None = None,
    finder: str | None = None,
    rung: Rung = Rung.A,
) -> Ticket:
    return Ticket(
        unit=VILLAGE,
        assignee=assignee,
        offered=offered,
        handlers=handlers,
        department=department,
        finder=finder,
        rung=rung,
    )


@pytest.mark.parametrize("role", list(Role))
def test_a_role_alone(role: Role) -> None:
    assert actors_of(someone(role), a_ticket()) == OFFICE.get(role, set())


@pytest.mark.parametrize("role", list(Role))
def test_the_assignee(role: Role) -> None:
    found = actors_of(someone(role), a_ticket(assignee="li"))
    assert found == OFFICE.get(role, set()) | {Actor.HANDLER, Actor.WORKED}


@pytest.mark.parametrize("role", list(Role))
def test_one_of_several_whom_it_was_offered_to(role: Role) -> None:
    found = actors_of(someone(role), a_ticket(offered=("li",)))
    assert found == OFFICE.get(role, set()) | {Actor.HANDLER}


@pytest.mark.parametrize("role", list(Role))
def test_an_earlier_handler_who_has_it_no_longer(role: Role) -> None:
    found = actors_of(someone(role), a_ticket(handlers=("li",)))
    assert found == OFFICE.get(role, set()) | {Actor.WORKED}


@pytest.mark.parametrize("role", list(Role))
def test_the_finder(role: Role) -> None:
    found = actors_of(someone(role), a_ticket(finder="li"))
    assert found == OFFICE.get(role, set()) | {Actor.FINDER}


@pytest.mark.parametrize("role", list(Role))
def test_its_department(role: Role) -> None:
    found = actors_of(someone(role, department="police"), a_ticket(department="police"))
    handler = {Actor.HANDLER} if role is Role.DEPARTMENT else set()
    assert found == OFFICE.get(role, set()) | handler


def test_another_department() -> None:
    person = someone(Role.DEPARTMENT, department="traffic")
    assert actors_of(person, a_ticket(department="police")) == frozenset()


@pytest.mark.parametrize(
    ("unit", "is_chief"), [(VILLAGE, True), (TOWN_CODE, True), (OTHER_VILLAGE, False)]
)
def test_a_chief_of_his_own_place_only(unit: str, is_chief: bool) -> None:
    found = actors_of(someone(Role.STATION_CHIEF, unit=unit), a_ticket())
    assert (Actor.CHIEF in found) is is_chief


@pytest.mark.parametrize("role", list(Role))
def test_at_the_top_of_the_ladder_the_centre_may_take_it_itself(role: Role) -> None:
    found = actors_of(someone(role), a_ticket(assignee=None, rung=Rung.CENTRE))
    assert (Actor.HANDLER in found) is (Actor.CENTRE in OFFICE.get(role, set()))


@pytest.mark.parametrize("role", list(Role))
def test_at_the_desk(role: Role) -> None:
    assert desk_actors(someone(role)) == OFFICE.get(role, set()) & {Actor.CENTRE}


def test_no_person_is_ever_the_system() -> None:
    everything = a_ticket(
        assignee="li", offered=("li",), handlers=("li",), department="police", finder="li"
    )
    person = someone(Role.OPERATOR, department="police")
    person.roles = tuple(Role)
    assert Actor.SYSTEM not in actors_of(person, everything)
    assert machine("shard-0", 3).actors == SYSTEM.actors
