"""Who is told of which change."""

from __future__ import annotations

from command_center.live.tables import Change, ChangeKind
from command_center.people.permissions import Permission, may
from command_center.people.tables import Person

_SEES_ALL: dict[ChangeKind, Permission] = {
    ChangeKind.ALERT: Permission.SEE_ALERTS,
    ChangeKind.TICKET: Permission.SEE_ALL_TICKETS,
    ChangeKind.CAMERA: Permission.SEE_CAMERAS,
    ChangeKind.SENSOR: Permission.SEE_SENSORS,
    ChangeKind.NOTICE: Permission.SEE_NOTICES,
    ChangeKind.REPORT: Permission.SEE_REPORTS,
}


def is_told(person: Person, change: Change) -> bool:
    """Whether `person` may know of `change`."""
    if may(person.roles, _SEES_ALL[change.kind]) or person.login in change.people:
        return True
    if change.kind is not ChangeKind.TICKET:
        return False
    return _of_department(person, change) or _of_unit(person, change)


def _of_department(person: Person, change: Change) -> bool:
    return (
        may(person.roles, Permission.SEE_DEPARTMENT_TICKETS)
        and change.department is not None
        and change.department == person.department
    )


def _of_unit(person: Person, change: Change) -> bool:
    return (
        may(person.roles, Permission.SEE_UNIT_TICKETS)
        and change.unit_code is not None
        and lies_in(change.unit_code, person.unit_code)
    )


def lies_in(unit: str, above: str) -> bool:
    """Whether unit `unit` is `above` or lies below it, by their 12-digit codes.

    The code tells the tree: six digits district, three town, three village; zeros at the end
    stand for "all of it" (GB/T 2260 and GB/T 10114).
    """
    return unit.startswith(significant(above))


def significant(unit: str) -> str:
    """The part of a unit's code that the codes of everything below it begin with."""
    code = unit
    while len(code) > 6 and code.endswith("000"):
        code = code[:-3]
    return code
