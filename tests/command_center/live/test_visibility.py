"""Who is told of which change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.live.tables import Change, ChangeKind
from command_center.live.visibility import is_told, lies_in
from command_center.people.tables import Person
from configs.town import Role
from tests.command_center.example import OTHER_VILLAGE, START, TOWN_CODE, VILLAGE


def someone(
    role: Role, unit: str = VILLAGE, department: str | None = None, login: str = "me"
) -> Person:
    return Person(
        login=login,
        name_zh="某",
        name_en="X",
        roles=(role,),
        unit_code=unit,
        department=department,
        active=True,
    )


def change(
    kind: ChangeKind,
    unit: str | None = None,
    department: str | None = None,
    people: tuple[str, ...] = (),
) -> Change:
    return Change(
        kind=kind,
        object_id="1",
        what="moved",
        at=START,
        unit_code=unit,
        department=department,
        people=people,
    )


K = ChangeKind


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.OPERATOR, set(K)),
        (Role.SHIFT_LEAD, set(K)),
        (Role.SUPERVISOR, set(K)),
        (Role.ADMINISTRATOR, set(K)),
        (Role.ENGINEER, {K.ALERT, K.CAMERA, K.SENSOR, K.NOTICE}),
        (Role.STATION_CHIEF, {K.CAMERA, K.SENSOR}),
        (Role.GRID_WORKER, set()),
        (Role.ASSISTANT, set()),
        (Role.DEPARTMENT, set()),
        (Role.AUDITOR, set()),
    ],
)
def test_what_is_told_to_a_role_without_being_concerned(role: Role, kinds: set[ChangeKind]) -> None:
    assert {kind for kind in K if is_told(someone(role), change(kind))} == kinds


def test_who_is_concerned_is_told() -> None:
    worker = someone(Role.GRID_WORKER)
    assert is_told(worker, change(K.TICKET, people=("other", "me")))
    assert not is_told(worker, change(K.TICKET, people=("other",)))
    assert not is_told(worker, change(K.TICKET, unit=VILLAGE))


def test_departments_and_chiefs_are_told_of_theirs_alone() -> None:
    police = someone(Role.DEPARTMENT, department="police")
    assert is_told(police, change(K.TICKET, department="police"))
    assert not is_told(police, change(K.TICKET, department="traffic"))
    assert not is_told(police, change(K.REPORT, department="police"))
    assert not is_told(someone(Role.DEPARTMENT), change(K.TICKET))
    chief = someone(Role.STATION_CHIEF)
    assert is_told(chief, change(K.TICKET, unit=VILLAGE))
    assert not is_told(chief, change(K.TICKET, unit=OTHER_VILLAGE))
    assert not is_told(chief, change(K.ALERT, unit=VILLAGE))


@pytest.mark.parametrize(
    ("unit", "above", "expected"),
    [
        (VILLAGE, VILLAGE, True),
        (VILLAGE, TOWN_CODE, True),
        (VILLAGE, "371003000000", True),
        (TOWN_CODE, VILLAGE, False),
        (OTHER_VILLAGE, VILLAGE, False),
        ("371003106201", TOWN_CODE, False),
        ("371004105201", "371003000000", False),
    ],
)
def test_the_tree_of_units(unit: str, above: str, expected: bool) -> None:
    assert lies_in(unit, above) is expected


@given(code=st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_every_unit_lies_in_itself_and_in_its_district(code: str) -> None:
    assert lies_in(code, code)
    assert lies_in(code, code[:6] + "000000")
