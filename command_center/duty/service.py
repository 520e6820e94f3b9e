"""Changing people, their shifts and their leave, and deciding where the town file disagrees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.live.visibility import lies_in
from command_center.people import sessions
from command_center.people.auth import has
from command_center.people.permissions import Permission, may
from command_center.people.tables import Person
from command_center.problems import Problem, not_found
from command_center.town import edits, grids, repository, staff
from command_center.town.edit_tables import Edit, Edited
from configs.shapes import normal
from configs.town import Grid, Leave, Shift
from configs.town import Person as PersonConfig

_SHIFTS = TypeAdapter(tuple[Shift, ...])
_LEAVE = TypeAdapter(tuple[Leave, ...])


async def find(session: AsyncSession, login: str) -> Person:
    """Raises: Problem: 404, nobody has this login."""
    found = await session.get(Person, login)
    if found is None:
        raise not_found("person", login)
    return found


def may_edit_duty(caller: Person, person: Person) -> bool:
    """Whether somebody with `EDIT_DUTY` may change this person's: a station chief those below him,
    the others everybody's."""
    if has(caller, Permission.SEE_ALL_TICKETS):
        return True
    return lies_in(person.unit_code, caller.unit_code)


async def put_person(session: AsyncSession, wanted: PersonConfig, by: str, now: datetime) -> Person:
    """Add or change somebody; a new one has no password yet.

    Raises:
        Problem: 422, the unit or the department is not there.
    """
    if wanted.unit not in {unit.code for unit in await repository.units(session)}:
        raise Problem(422, f"unit: there is no unit {wanted.unit!r}", field="unit")
    departments = {one.code for one in await repository.departments(session)}
    if wanted.department is not None and wanted.department not in departments:
        raise Problem(
            422, f"department: there is no department {wanted.department!r}", field="department"
        )
    await repository.lock_town(session)
    row = await session.get(Person, wanted.login)
    before = edits.plain(staff.config_of(row)) if row is not None and row.active else None
    if row is None:
        row = Person(login=wanted.login, password_hash=None)
        session.add(row)
    staff.put(row, wanted)
    await edits.record(
        session,
        Edited.PERSON,
        wanted.login,
        before=before,
        after=edits.plain(wanted),
        by=by,
        now=now,
    )
    return row


async def remove_person(session: AsyncSession, login: str, by: str, now: datetime) -> None:
    """Ends his sessions; he stays in the records that name him.

    Raises:
        Problem: 404; 409, for oneself.
    """
    if login == by:
        raise Problem(409, "nobody takes himself out; ask another administrator")
    await repository.lock_town(session)
    row = await find(session, login)
    if not row.active:
        raise not_found("person", login)
    before = edits.plain(staff.config_of(row))
    row.active = False
    await sessions.close_all(session, login, but=None)
    await edits.record(session, Edited.PERSON, login, before=before, after=None, by=by, now=now)


async def put_shifts(
    session: AsyncSession, login: str, shifts: Sequence[Shift], by: str, now: datetime
) -> None:
    await repository.lock_town(session)
    wanted = staff.shifts_of(shifts).get(login, ())
    before = (await staff.every_shift(session)).get(login, ())
    await staff.put_shifts(session, login, wanted)
    await edits.record(
        session,
        Edited.SHIFTS,
        login,
        before=edits.plain_list(before),
        after=edits.plain_list(wanted),
        by=by,
        now=now,
    )


async def put_leave(
    session: AsyncSession, login: str, leave: Sequence[Leave], by: str, now: datetime
) -> None:
    """Raises: Problem: 422, a stand-in is nobody, the person himself, or handles no tickets."""
    for away in leave:
        if away.stand_in == login:
            raise Problem(422, "stand_in: nobody stands in for himself", field="stand_in")
        person = await session.get(Person, away.stand_in) if away.stand_in else None
        if away.stand_in is not None and (person is None or not person.active):
            raise Problem(422, f"stand_in: there is no person {away.stand_in!r}", field="stand_in")
        if person is not None and not may(person.roles, Permission.MOVE_TICKETS):
            detail = f"stand_in: {away.stand_in!r} handles no tickets; choose somebody who does"
            raise Problem(422, detail, field="stand_in")
    await repository.lock_town(session)
    wanted = staff.leave_of(leave).get(login, ())
    before = (await staff.every_leave(session)).get(login, ())
    await staff.put_leave(session, login, wanted)
    await edits.record(
        session,
        Edited.LEAVE,
        login,
        before=edits.plain_list(before),
        after=edits.plain_list(wanted),
        by=by,
        now=now,
    )


async def held_value(session: AsyncSession, kind: Edited, key: str) -> JsonValue:
    """What is in force of a thing, in a file's words; None: nothing."""
    match kind:
        case Edited.GRID:
            rows = {row.code: row.config for row in await repository.grids(session)}
            return edits.plain(normal(rows[key])) if key in rows else None
        case Edited.PERSON:
            row = await session.get(Person, key)
            return edits.plain(staff.config_of(row)) if row is not None and row.active else None
        case Edited.SHIFTS:
            return edits.plain_list((await staff.every_shift(session)).get(key, ()))
        case Edited.OIDC_SUBJECT:
            return None
        case Edited.LEAVE:
            return edits.plain_list((await staff.every_leave(session)).get(key, ()))


async def resolve(
    session: AsyncSession, kind: Edited, key: str, *, keep_edit: bool, by: str, now: datetime
) -> None:
    """Decide a conflict.

    Raises:
        Problem: 404, there is none of this thing; 409, the file's word does not fit any more.
    """
    await repository.lock_town(session)
    row = await session.get(Edit, (kind, key))
    if row is None or not row.conflict:
        raise not_found("conflict", f"{kind}/{key}")
    if keep_edit:
        row.told, row.differs, row.conflict = row.differs, None, False
    else:
        before, wanted = await held_value(session, kind, key), row.differs
        row.told = wanted  # so that the record below takes the mark away
        try:
            await _take(session, kind, key, wanted, now)
        except ValidationError as error:
            raise Problem(409, f"the file's word does not fit any more: {error}") from error
        await edits.record(session, kind, key, before=before, after=wanted, by=by, now=now)
    await session.flush()
    await edits.say_conflicts(session, now)


async def _take(
    session: AsyncSession, kind: Edited, key: str, wanted: JsonValue, now: datetime
) -> None:
    match kind:
        case Edited.GRID:
            grid = Grid.model_validate(wanted) if wanted is not None else None
            await grids.change(session, {key: grid}, now)
        case Edited.PERSON:
            row = await find(session, key)
            if wanted is None:
                row.active = False
            else:
                staff.put(row, PersonConfig.model_validate(wanted))
        case Edited.SHIFTS:
            await staff.put_shifts(session, key, _SHIFTS.validate_python(wanted or ()))
        case Edited.LEAVE:
            await staff.put_leave(session, key, _LEAVE.validate_python(wanted or ()))
