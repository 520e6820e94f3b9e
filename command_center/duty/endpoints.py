"""Who is on duty; changing people, shifts and leave; and edits beside the town file."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, ValidationError
from sqlalchemy import select

from command_center.duty import service
from command_center.duty.schemas import (
    ConflictBody,
    Conflicts,
    LeaveBody,
    LeaveEdit,
    LineBody,
    Lines,
    OnDuty,
    PersonEdit,
    Resolve,
    Roster,
    ShiftsEdit,
    ShownShift,
)
from command_center.people.auth import has, require
from command_center.people.permissions import Permission
from command_center.people.schemas import ListedPerson
from command_center.people.tables import Person
from command_center.problems import Problem, errors
from command_center.state import Now, Reading, Writing
from command_center.town import edits, staff
from command_center.town.duty import answer
from command_center.town.edit_tables import Edited
from command_center.town.repository import time_zone
from command_center.town.tables import Leave as LeaveRow
from command_center.town.tables import Shift as ShiftRow
from configs.town import Leave, Shift
from configs.town import Person as PersonConfig
from configs.values import Identifier

router = APIRouter(tags=["duty"])

Editor = Annotated[Person, require(Permission.EDIT_DUTY)]
Administrator = Annotated[Person, require(Permission.EDIT_PEOPLE)]


@router.get("/duty", summary="Who is on duty, and why", responses=errors(401, 403, 422, 503))
async def roster(
    caller: Annotated[Person, require(Permission.SEE_PEOPLE)],
    session: Reading,
    now: Now,
    at: Annotated[AwareDatetime | None, Query(description="none: now")] = None,
) -> Roster:
    """Everybody who works here, with shifts and leave. A station chief sees his own village. Why
    somebody is away (he may be ill) is for those who enter his leave."""
    moment, zone = at or now, await time_zone(session)
    shifts, leave = await staff.every_shift(session), await staff.every_leave(session)
    people = await session.scalars(select(Person).where(Person.active).order_by(Person.login))
    editor = has(caller, Permission.EDIT_DUTY)
    items = []
    for person in people:
        mine = service.may_edit_duty(caller, person)
        if not mine and not has(caller, Permission.SEE_NOTICES):
            continue
        own, away = shifts.get(person.login, ()), leave.get(person.login, ())
        found = answer(
            tuple(_shift_row(person.login, x) for x in own),
            tuple(_leave_row(x) for x in away),
            moment,
            zone,
        )
        items.append(
            OnDuty(
                login=person.login,
                name=person.name,
                roles=person.roles,
                unit=person.unit_code,
                on_duty=found.on,
                why=found.why,
                shifts=[
                    ShownShift(name=x.name, start=x.start, end=x.end, weekdays=x.weekdays)
                    for x in own
                ],
                leave=[LeaveBody.of(x, with_reason=editor and mine) for x in away],
                may_edit=editor and mine,
            )
        )
    return Roster(at=moment, items=items)


def _shift_row(login: str, shift: Shift) -> ShiftRow:
    return ShiftRow(
        person=login, name=shift.name, start=shift.start, end=shift.end, weekdays=shift.weekdays
    )


def _leave_row(leave: Leave) -> LeaveRow:
    return LeaveRow(person=leave.person, first_day=leave.first_day, last_day=leave.last_day)


@router.put(
    "/duty/{login}/shifts",
    status_code=204,
    summary="Set all of somebody's shifts",
    responses=errors(401, 403, 404, 422),
)
async def put_shifts(
    login: str, body: ShiftsEdit, caller: Editor, session: Writing, now: Now
) -> None:
    """None: on duty day and night. A reload of the town file does not undo it."""
    await _editable(session, caller, login)
    shifts = [Shift(**shift.model_dump(), people=(login,)) for shift in body.shifts]
    await service.put_shifts(session, login, shifts, caller.login, now)


@router.put(
    "/duty/{login}/leave",
    status_code=204,
    summary="Set all of somebody's leave",
    responses=errors(401, 403, 404, 422),
)
async def put_leave(
    login: str, body: LeaveEdit, caller: Editor, session: Writing, now: Now
) -> None:
    """While it lasts, his open tasks are with the stand-in, or B; within half a minute of its
    beginning they are handed over, and of its end given back."""
    await _editable(session, caller, login)
    leave = [_leave(login, index, one) for index, one in enumerate(body.leave)]
    await service.put_leave(session, login, leave, caller.login, now)


def _leave(login: str, index: int, body: LeaveBody) -> Leave:
    for field in ("first_day", "last_day"):
        try:
            date.fromisoformat(getattr(body, field))
        except ValueError as error:
            place = f"leave.{index}.{field}"
            raise Problem(422, f"{place}: {error}; write 2026-03-01", field=place) from error
    try:
        return Leave.model_validate(body.model_dump() | {"person": login})
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        place = f"leave.{index}.last_day"
        raise Problem(422, f"{place}: {said}", field=place) from error


async def _editable(session: Writing, caller: Person, login: str) -> None:
    person = await service.find(session, login)
    if not service.may_edit_duty(caller, person):
        raise Problem(403, f"{login} does not work in your village: ask his station chief")


@router.put(
    "/people/{login}", summary="Add or change somebody", responses=errors(401, 403, 404, 422)
)
async def put_person(
    login: Identifier, body: PersonEdit, caller: Administrator, session: Writing, now: Now
) -> ListedPerson:
    """A new one has no password: POST /people/{login}/password gives one. A reload of the town file
    does not undo it."""
    wanted = PersonConfig(login=login, **body.model_dump())
    return ListedPerson.of(await service.put_person(session, wanted, caller.login, now))


@router.delete(
    "/people/{login}",
    status_code=204,
    summary="Take somebody out",
    responses=errors(401, 403, 404, 409),
)
async def remove_person(login: str, caller: Administrator, session: Writing, now: Now) -> None:
    """He can log in no more and is given nothing; the records keep his name."""
    await service.remove_person(session, login, caller.login, now)


@router.get(
    "/edits",
    summary="What was changed, by whom, from what to what",
    responses=errors(401, 403, 422),
)
async def list_edits(
    _caller: Administrator,
    session: Reading,
    before: Annotated[int | None, Query(description="the `next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Lines:
    """Newest first: people, shifts, leave and grids that were changed beside the town file."""
    found = await edits.lines(session, before=before, limit=limit)
    more = found[-1].id if len(found) == limit else None
    return Lines(items=[LineBody.of(line) for line in found], next=more)


@router.get(
    "/edits/conflicts",
    summary="Where the town file and an edit mean two things",
    responses=errors(401, 403),
)
async def list_conflicts(_caller: Administrator, session: Reading) -> Conflicts:
    """Both values of each. The edit is in force until somebody decides."""
    return Conflicts(
        items=[
            ConflictBody.of(row, await service.held_value(session, row.kind, row.key))
            for row in await edits.conflicts(session)
        ]
    )


@router.post(
    "/edits/{kind}/{key}/resolve",
    status_code=204,
    summary="Keep the edit, or take the file's",
    responses=errors(401, 403, 404, 409, 422),
)
async def resolve(
    *, kind: Edited, key: str, body: Resolve, caller: Administrator, session: Writing, now: Now
) -> None:
    await service.resolve(
        session, kind, key, keep_edit=body.keep == "edit", by=caller.login, now=now
    )
