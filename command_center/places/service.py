"""Bringing in sets of grids, and putting one into force."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import numpy as np
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import NoticeLevel
from command_center.people.tables import Person
from command_center.places.comparison import Difference, compare, fingerprint
from command_center.places.faults import InputFault, UnreadableError
from command_center.places.tables import GridSet, SetState
from command_center.problems import Problem, not_found
from command_center.routing.ground import GroundIndex, patch_of
from command_center.state import Ground
from command_center.town import edits, grids, repository
from command_center.town.edit_tables import Edited
from command_center.town.summary import named
from command_center.town.tables import Camera, Leave
from configs.errors import Severity
from configs.grid_checks import Defect, grid_defects
from configs.town import Grid, UnitLevel
from configs.town import Leave as LeaveConfig
from configs.values import Name

NOTICE = "grid-set"
_LONGEST_REASON = 500
_KEPT = 4
"""Sets whose defects are kept in memory."""

_checked: OrderedDict[str, Sequence[Defect]] = OrderedDict()
_checking = Lock()

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Around:
    """What grids are checked against: the town's units and who is away."""

    levels: Mapping[str, UnitLevel]
    leave: Sequence[LeaveConfig]


@dataclass(frozen=True, slots=True)
class Look:
    """A set held against the grids in force. `moved`: cameras and zones whose finds would go to
    another grid, as `camera/zone`."""

    held: str
    differences: Sequence[Difference]
    defects: Sequence[Defect]
    moved: Sequence[str]


async def in_force(session: AsyncSession) -> tuple[Grid, ...]:
    return tuple(row.config for row in await repository.grids(session))


async def of_set(session: AsyncSession, set_id: int | None) -> tuple[Grid, ...]:
    """The grids of a set; None: those in force. Raises: Problem: 404, there is no such set."""
    return await in_force(session) if set_id is None else (await find(session, set_id)).grids


async def find(session: AsyncSession, set_id: int, *, locked: bool = False) -> GridSet:
    """Raises: Problem: 404, there is no such set."""
    options = [undefer(GridSet.grids)]
    found = await session.get(GridSet, set_id, options=options, with_for_update=locked or None)
    if found is None:
        raise not_found("set of grids", set_id)
    return found


async def sets(session: AsyncSession) -> Sequence[GridSet]:
    """Newest first."""
    return list(await session.scalars(select(GridSet).order_by(GridSet.id.desc()).limit(200)))


async def around(session: AsyncSession) -> Around:
    leave = await session.scalars(select(Leave))
    return Around(
        {unit.code: unit.level for unit in await repository.units(session)},
        [LeaveConfig(person=x.person, first_day=x.first_day, last_day=x.last_day) for x in leave],
    )


async def bring_in(
    session: AsyncSession, found: Sequence[Grid], note: str, by: str, now: datetime
) -> GridSet:
    """Keep a set as a draft.

    Raises:
        UnreadableError: it names units or people that the town has not.
    """
    if faults := await _unknown(session, found):
        raise UnreadableError(faults)
    made = GridSet(
        note=note, made_by=by, made_at=now, size=len(found), grids=tuple(found),
        state=SetState.DRAFT,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    return made


async def _unknown(session: AsyncSession, found: Sequence[Grid]) -> list[InputFault]:
    units = {unit.code for unit in await repository.units(session)}
    people = set(await session.scalars(select(Person.login).where(Person.active)))
    faults = []
    for grid in found:
        if grid.unit not in units:
            fix = "it is a village or station of this town: GET /town lists them"
            faults.append(InputFault(f"grid {grid.code}, unit", f"{grid.unit!r} is no unit", fix))
        named_people = [("worker_a", grid.worker_a), ("worker_b", grid.worker_b)]
        named_people += [("assistants", login) for login in grid.assistants]
        faults += [
            InputFault(
                f"grid {grid.code}, {field}",
                f"{login!r} is nobody who works here",
                "write the login of an active person: GET /people lists them",
            )
            for field, login in named_people
            if login is not None and login not in people
        ]
    return faults


async def look(session: AsyncSession, found: GridSet) -> Look:
    """Compare a set with what is in force, and check it; about 2 s of CPU for 1,442 grids, in a
    thread."""
    held, by = await in_force(session), await around(session)
    cameras = list(await session.scalars(select(Camera).where(Camera.active).order_by(Camera.id)))
    return await asyncio.to_thread(_look, held, found.grids, by, cameras)


def _look(
    held: Sequence[Grid], wanted: Sequence[Grid], by: Around, cameras: Sequence[Camera]
) -> Look:
    return Look(
        fingerprint(held), compare(held, wanted), defects_of(wanted, by),
        _moved(held, wanted, cameras),
    )  # fmt: skip


def defects_of(found: Sequence[Grid], by: Around) -> Sequence[Defect]:
    """Errors first. Of the sets that were looked at last they are kept: a page asks for a picture
    of each defect, and a check takes 2 s."""
    key = fingerprint(found) + repr((sorted(by.levels.items()), by.leave))
    with _checking:
        if key not in _checked:
            defects = grid_defects(found, by.levels, by.leave)
            _checked[key] = sorted(defects, key=lambda one: one.severity is not Severity.ERROR)
        _checked.move_to_end(key)
        while len(_checked) > _KEPT:
            _checked.popitem(last=False)
        return _checked[key]


def _moved(held: Sequence[Grid], wanted: Sequence[Grid], cameras: Sequence[Camera]) -> list[str]:
    zones = [(camera.id, zone) for camera in cameras for zone in camera.zones]
    lon = np.array([zone.ground.lon for _, zone in zones])
    lat = np.array([zone.ground.lat for _, zone in zones])
    before, after = (
        [
            located.patch.code if located.patch else None
            for located in GroundIndex([patch_of(grid) for grid in grids]).locate_all(lon, lat)
        ]
        for grids in (held, wanted)
    )
    return [
        f"{camera}/{zone.id}"
        for (camera, zone), old, new in zip(zones, before, after, strict=True)
        if old != new
    ]


async def use(
    ground: Ground, set_id: int, *, expected: str, at: datetime | None, by: str
) -> GridSet:
    """Put a set into force, now or at a moment.

    Raises:
        Problem: 404; 409, it was used or withdrawn, or the grids in force are others than those
            it was compared with; 422, it has errors, or the moment is over.
    """
    now = ground.clock()
    if at is not None and at <= now:
        raise Problem(422, "at: this moment is over; leave it out to begin now", field="at")
    async with ground.database.reading() as session:
        found = await find(session, set_id)
        by_then = await around(session)
        faults = await _unknown(session, found.grids)
    defects = await asyncio.to_thread(defects_of, found.grids, by_then)
    errors = [d.message for d in defects if d.severity is Severity.ERROR]
    errors += [str(fault) for fault in faults]
    if errors:
        raise Problem(422, f"it has {len(errors)} errors, mend them first: {'; '.join(errors[:5])}")
    async with ground.database.transaction() as session:
        await repository.lock_town(session)
        found = await find(session, set_id, locked=True)
        if found.state not in {SetState.DRAFT, SetState.PLANNED}:
            raise Problem(409, f"set {set_id} is {found.state.value}; bring the grids in anew")
        if fingerprint(await in_force(session)) != expected:
            raise Problem(
                409,
                "the grids in force have changed since: look at the comparison once more "
                "(GET /places/sets/…), and send its `held`",
                field="expected",
            )
        found.compared_with, found.used_by = expected, by
        if at is None:
            await _begin(session, found, now)
        else:
            found.state, found.planned_at = SetState.PLANNED, at
            _note(session, by, f"set {set_id} planned for {at.isoformat()}", now)
        return found


async def withdraw(session: AsyncSession, set_id: int, by: str, now: datetime) -> None:
    """Raises: Problem: 404; 409, it is in force or was."""
    found = await find(session, set_id, locked=True)
    if found.state is SetState.USED:
        raise Problem(409, f"set {set_id} was put into force; bring in the grids as they were")
    if found.state is not SetState.WITHDRAWN:
        found.state, found.planned_at = SetState.WITHDRAWN, None
        _note(session, by, f"set {set_id} withdrawn", now)


async def use_planned(ground: Ground) -> None:
    """Put into force whose moment has come; of two command centers one does."""
    now = ground.clock()
    is_due = (GridSet.state == SetState.PLANNED, GridSet.planned_at <= now)
    async with ground.database.reading() as session:
        if await session.scalar(select(GridSet.id).where(*is_due).limit(1)) is None:
            return
    due = select(GridSet).where(*is_due).order_by(GridSet.planned_at, GridSet.id)
    async with ground.database.transaction() as session:
        await repository.lock_town(session)
        for found in await session.scalars(due.options(undefer(GridSet.grids))):
            if fingerprint(await in_force(session)) == found.compared_with:
                await _begin(session, found, now)
                await end_notice(session, NOTICE, now)
            else:
                await _give_up(session, found, now)


async def _give_up(session: AsyncSession, found: GridSet, now: datetime) -> None:
    found.state, found.planned_at = SetState.DRAFT, None
    text = Name(
        zh=f"网格方案 {found.id} 到时未生效：现行网格在安排之后又有改动；请重新比对后再启用",
        en=f"Grid set {found.id} did not come into force when its moment came: the grids in force "
        "have changed since it was planned. Compare it once more, and put it into force then",
    )
    await raise_notice(session, NOTICE, NoticeLevel.WARNING, text, now)


async def _begin(session: AsyncSession, found: GridSet, now: datetime) -> None:
    differences = compare(await in_force(session), found.grids)
    await grids.change(session, {one.code: one.after for one in differences}, now)
    by = found.used_by or found.made_by
    for one in differences:
        await edits.record(
            session,
            Edited.GRID,
            one.code,
            before=edits.plain(one.before) if one.before is not None else None,
            after=edits.plain(one.after) if one.after is not None else None,
            by=by,
            now=now,
        )
    found.state, found.used_at, found.planned_at = SetState.USED, now, None
    codes = [one.code for one in differences]
    words = f"set {found.id} put into force: {len(codes)} grids changed ({named(codes)})"
    _note(session, by, words, now)
    _log.info("grids_put_into_force", set=found.id, by=by, grids=len(codes))


def _note(session: AsyncSession, by: str, words: str, now: datetime) -> None:
    reason = words[:_LONGEST_REASON]
    record_access(session, login=by, access=Access.PLACES, at=now, reason=reason)
