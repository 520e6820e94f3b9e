"""People, shifts and leave as a town file has them and as the database does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.people.tables import Person
from command_center.town import tables
from configs.town import Leave, Shift
from configs.town import Person as PersonConfig

Shifts = Mapping[str, Sequence[Shift]]
LeaveOf = Mapping[str, Sequence[Leave]]
"""By login, each person's entries in a fixed order."""


def config_of(row: Person) -> PersonConfig:
    """What a file says of such a person."""
    return PersonConfig(
        login=row.login,
        name=row.name,
        roles=row.roles,
        unit=row.unit_code,
        department=row.department,
        phone=row.phone,
    )


def put(row: Person, person: PersonConfig) -> None:
    row.name_zh, row.name_en = person.name.zh, person.name.en
    row.roles = person.roles
    row.unit_code = person.unit
    row.department = person.department
    row.phone = person.phone
    row.active = True


def shifts_of(shifts: Iterable[Shift]) -> Shifts:
    """Each person's own, in which nobody else is named."""
    found: dict[str, list[Shift]] = defaultdict(list)
    for shift in shifts:
        for login in shift.people:
            found[login].append(shift.model_copy(update={"people": (login,)}))
    return {login: tuple(sorted(own, key=_order)) for login, own in found.items()}


def leave_of(leave: Iterable[Leave]) -> LeaveOf:
    found: dict[str, list[Leave]] = defaultdict(list)
    for away in leave:
        found[away.person].append(away)
    return {login: tuple(sorted(own, key=_days)) for login, own in found.items()}


async def every_shift(session: AsyncSession) -> Shifts:
    rows = await session.scalars(select(tables.Shift))
    return shifts_of(
        Shift(
            name=row.name, start=row.start, end=row.end, weekdays=row.weekdays, people=(row.person,)
        )
        for row in rows
    )


async def every_leave(session: AsyncSession) -> LeaveOf:
    rows = await session.scalars(select(tables.Leave))
    return leave_of(
        Leave(
            person=row.person,
            first_day=row.first_day,
            last_day=row.last_day,
            reason=row.reason,
            stand_in=row.stand_in,
        )
        for row in rows
    )


async def put_shifts(session: AsyncSession, login: str, shifts: Iterable[Shift]) -> None:
    """Have these be all of a person's shifts."""
    await session.execute(delete(tables.Shift).where(tables.Shift.person == login))
    session.add_all(
        tables.Shift(person=login, name=s.name, start=s.start, end=s.end, weekdays=s.weekdays)
        for s in shifts
    )


async def put_leave(session: AsyncSession, login: str, leave: Iterable[Leave]) -> None:
    """Have this be all of a person's leave."""
    await session.execute(delete(tables.Leave).where(tables.Leave.person == login))
    session.add_all(
        tables.Leave(
            person=login,
            first_day=x.first_day,
            last_day=x.last_day,
            reason=x.reason,
            stand_in=x.stand_in,
        )
        for x in leave
    )


def _order(shift: Shift) -> tuple[str, ...]:
    return shift.start.isoformat(), shift.end.isoformat(), shift.name.en, ",".join(shift.weekdays)


def _days(leave: Leave) -> tuple[str, ...]:
    return leave.first_day.isoformat(), leave.last_day.isoformat(), leave.reason
