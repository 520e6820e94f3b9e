"""The whole table of who may do what, cell by cell, written out a second time by role."""

from __future__ import annotations

import pytest

from command_center.people.permissions import ALLOWED, Permission, may, permissions_of
from configs.town import Role

P = Permission

EVERYBODY = {P.SEE_TOWN, P.FOLLOW_CHANGES, P.SEE_OWN_TICKETS, P.OWN_TOKENS, P.OWN_CHANNELS}
FIELD = EVERYBODY | {P.MOVE_TICKETS, P.REPORT_PATROL}
LOOKING = EVERYBODY | {P.SEE_PEOPLE, P.SEE_CAMERAS, P.SEE_SENSORS, P.SEE_NOTICES}
LOOKING |= {P.SEE_ALERTS, P.SEE_STATISTICS}
LEADING = LOOKING | {P.SEE_EVIDENCE, P.SEE_ALL_TICKETS, P.MOVE_TICKETS, P.SEE_REPORTS}
LEADING |= {P.SEE_DELIVERIES}
CENTRE = LEADING | {P.DECIDE_ALERTS, P.SEE_CLEAR_EVIDENCE, P.REPORT_CENTRE, P.SEE_STILLS}
CENTRE |= {P.RING_UP}
TECHNICAL = {P.DRAW_PLACES, P.SEE_METRICS, P.EDIT_CONNECTIONS}

EXPECTED: dict[Role, set[Permission]] = {
    Role.GRID_WORKER: FIELD,
    Role.ASSISTANT: FIELD,
    Role.STATION_CHIEF: FIELD
    | {P.SEE_PEOPLE, P.SEE_CAMERAS, P.SEE_SENSORS, P.SEE_UNIT_TICKETS, P.EDIT_DUTY},
    Role.OPERATOR: CENTRE,
    Role.SHIFT_LEAD: CENTRE | {P.EDIT_DUTY},
    Role.SUPERVISOR: LEADING | {P.SEE_CLEAR_EVIDENCE, P.SEE_STILLS},
    Role.DEPARTMENT: EVERYBODY | {P.MOVE_TICKETS, P.SEE_DEPARTMENT_TICKETS},
    Role.ADMINISTRATOR: LEADING
    | TECHNICAL
    | {P.EDIT_CAMERAS, P.EDIT_PEOPLE, P.EDIT_PLACES, P.EDIT_DUTY},
    Role.ENGINEER: LOOKING | TECHNICAL | {P.SEE_STILLS, P.SEE_SHADOWS},
    Role.AUDITOR: {P.READ_ACCESS_LOG},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_every_cell(role: Role, permission: Permission) -> None:
    assert may([role], permission) == (permission in EXPECTED[role])


def test_every_permission_is_somebodys() -> None:
    assert set(ALLOWED) == set(Permission)
    assert all(ALLOWED.values())


def test_roles_add_up() -> None:
    both = permissions_of([Role.GRID_WORKER, Role.AUDITOR])
    assert both == permissions_of([Role.GRID_WORKER]) | permissions_of([Role.AUDITOR])
    assert permissions_of([]) == frozenset()
