"""Grids as files, as sets that are compared and put into force, and what is wrong with them."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.places import backups, geojson, pictures, service, sheet
from command_center.places.faults import MOST_SAID, UnreadableError
from command_center.places.schemas import (
    DefectBody,
    Defects,
    GridSetBody,
    GridSets,
    LookedAt,
    Place,
    ProposalBody,
    Proposals,
    Use,
    key_of,
)
from command_center.problems import FaultBody, Problem, errors, not_found
from command_center.routing.repository import ground_index
from command_center.state import Now, Reading, TheGround, Writing
from configs.town import Grid
from configs.values import Position

router = APIRouter(prefix="/places", tags=["places"])

Drawer = Annotated[Person, require(Permission.DRAW_PLACES)]
Editor = Annotated[Person, require(Permission.EDIT_PLACES)]
OfSet = Annotated[
    int | None, Query(alias="set", ge=1, description="a set of grids; none: those in force")
]
SVG = "image/svg+xml"

_FILES = {
    media: {"schema": {"type": "string", "format": "binary"}}
    for media in (geojson.MEDIA_TYPE, sheet.MEDIA_TYPE)
}


def _file(media_type: str) -> dict[int | str, dict[str, object]]:
    kind = "object" if media_type == geojson.MEDIA_TYPE else "string"
    schema = {"schema": {"type": kind}}
    return {200: {"description": "The file", "content": {media_type: schema}}}


@router.get(
    "/grids.geojson",
    summary="All grids as GeoJSON",
    response_class=Response,
    responses={**_file(geojson.MEDIA_TYPE), **errors(401, 403, 404, 422)},
)
async def export_geojson(
    caller: Drawer, session: Writing, now: Now, of_set: OfSet = None
) -> Response:
    """RFC 7946. Brought in again it changes nothing. The export is logged: it names people."""
    found = await _exported(session, caller, now, of_set, "GeoJSON")
    return _download(geojson.write(found), geojson.MEDIA_TYPE, "grids.geojson")


@router.get(
    "/grids.csv",
    summary="All grids as CSV",
    response_class=Response,
    responses={**_file(sheet.MEDIA_TYPE), **errors(401, 403, 404, 422)},
)
async def export_csv(caller: Drawer, session: Writing, now: Now, of_set: OfSet = None) -> Response:
    """The ground as WKT. Brought in again it changes nothing. The export is logged."""
    found = await _exported(session, caller, now, of_set, "CSV")
    return _download(sheet.write(found), sheet.MEDIA_TYPE, "grids.csv")


async def _exported(
    session: Writing, caller: Person, now: Now, of_set: int | None, form: str
) -> tuple[Grid, ...]:
    found = await service.of_set(session, of_set)
    reason = f"{len(found)} grids as {form}" + (f", set {of_set}" if of_set else "")
    record_access(session, login=caller.login, access=Access.EXPORT, at=now, reason=reason)
    return found


@router.get(
    "/template.csv",
    summary="A sheet to fill in",
    response_class=Response,
    responses={**_file(sheet.MEDIA_TYPE), **errors(401, 403)},
)
async def template(_caller: Drawer) -> Response:
    """Its heading and one grid that shows each column."""
    return _download(sheet.TEMPLATE, sheet.MEDIA_TYPE, "grids-template.csv")


def _download(text: str, media_type: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(text, media_type=media_type, headers={"Content-Disposition": disposition})


@router.post(
    "/sets",
    status_code=201,
    summary="Bring in a set of grids",
    responses=errors(401, 403, 413, 415, 422),
    openapi_extra={"requestBody": {"required": True, "content": _FILES}},
)
async def bring_in(
    request: Request,
    *,
    caller: Drawer,
    ground: TheGround,
    now: Now,
    note: Annotated[str, Query(max_length=500, description="what it is for")] = "",
    amend: Annotated[
        bool, Query(description="grids that the file does not name stay as they are")
    ] = False,
) -> LookedAt:
    """Changes nothing yet: the answer says what would change and what is wrong with it. A CSV may
    leave out columns, which then stay as they are. A 422 lists every fault of the file with its
    line or feature and its field."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    content = await request.body()
    async with ground.database.reading() as session:
        held = {grid.code: grid for grid in await service.in_force(session)}
    try:
        if media_type == sheet.MEDIA_TYPE:
            found = await asyncio.to_thread(sheet.read, content, held)
        elif media_type in {geojson.MEDIA_TYPE, "application/json"}:
            found = await asyncio.to_thread(geojson.read, content)
        else:
            accepted = f"{geojson.MEDIA_TYPE} or {sheet.MEDIA_TYPE}"
            raise Problem(415, f"Content-Type: send {accepted}", field="Content-Type")
        if amend:
            found = tuple((held | {grid.code: grid for grid in found}).values())
        async with ground.database.transaction() as session:
            made = await service.bring_in(session, found, note, caller.login, now)
    except UnreadableError as error:
        raise _refused(error) from error
    async with ground.database.reading() as session:
        return LookedAt.held_against(made, await service.look(session, made))


def _refused(error: UnreadableError) -> Problem:
    faults = error.faults
    more = f" (and {len(faults) - 1} more: see `faults`)" if len(faults) > 1 else ""
    return Problem(
        422,
        f"nothing was taken; {faults[0]}{more}",
        faults=[
            FaultBody(where=fault.where, message=fault.message, fix=fault.fix)
            for fault in faults[:MOST_SAID]
        ],
    )


@router.get("/sets", summary="Sets of grids, newest first", responses=errors(401, 403))
async def list_sets(_caller: Drawer, session: Reading) -> GridSets:
    return GridSets(items=[GridSetBody.of(found) for found in await service.sets(session)])


@router.get(
    "/sets/{set_id}",
    summary="A set, compared with what is in force and checked",
    responses=errors(401, 403, 404, 422),
)
async def look_at_set(set_id: int, _caller: Drawer, session: Reading) -> LookedAt:
    found = await service.find(session, set_id)
    return LookedAt.held_against(found, await service.look(session, found))


@router.post(
    "/sets/{set_id}/use",
    summary="Put a set into force, now or at a moment",
    responses=errors(401, 403, 404, 409, 422),
)
async def use_set(set_id: int, body: Use, caller: Editor, ground: TheGround) -> GridSetBody:
    """Each grid that differs ends its version and begins the next; tickets keep the version that
    routed them. A set with errors is refused."""
    return GridSetBody.of(
        await service.use(ground, set_id, expected=body.expected, at=body.at, by=caller.login)
    )


@router.delete(
    "/sets/{set_id}",
    status_code=204,
    summary="Withdraw a set that is not in force",
    responses=errors(401, 403, 404, 409, 422),
)
async def withdraw_set(set_id: int, caller: Editor, session: Writing, now: Now) -> None:
    await service.withdraw(session, set_id, caller.login, now)


@router.get(
    "/defects",
    summary="Gaps, overlaps, and grids without two people",
    responses=errors(401, 403, 404, 422),
)
async def list_defects(_caller: Drawer, session: Reading, of_set: OfSet = None) -> Defects:
    found, by = await service.of_set(session, of_set), await service.around(session)
    defects = await asyncio.to_thread(service.defects_of, found, by)
    return Defects(items=[DefectBody.of(defect) for defect in defects])


@router.get(
    "/defects/{key}.svg",
    summary="A defect as a picture",
    response_class=Response,
    responses={**_file(SVG), **errors(401, 403, 404, 422)},
)
async def draw_defect(
    key: Annotated[str, Field(max_length=16)],
    _caller: Drawer,
    session: Reading,
    of_set: OfSet = None,
) -> Response:
    found, by = await service.of_set(session, of_set), await service.around(session)

    def drawn() -> str | None:
        defects = service.defects_of(found, by)
        defect = next((one for one in defects if key_of(one) == key), None)
        return pictures.draw(defect, found) if defect is not None else None

    picture = await asyncio.to_thread(drawn)
    if picture is None:
        raise not_found("defect", key)
    return Response(picture, media_type=SVG)


@router.get(
    "/backups",
    summary="Who could be B, by the longest common border",
    responses=errors(401, 403, 404, 422),
)
async def propose_backups(
    _caller: Drawer,
    session: Reading,
    of_set: OfSet = None,
    every: Annotated[bool, Query(description="also for grids that have a B")] = False,
) -> Proposals:
    """A proposal changes nothing: bring in a CSV of the columns `code` and `worker_b` with
    `amend`, or write it into the town file."""
    found = await service.of_set(session, of_set)
    proposals = await asyncio.to_thread(backups.propose, found, every=every)
    return Proposals(items=[ProposalBody.of(one) for one in proposals])


@router.get("/locate", summary="Which grid a point lies in", responses=errors(401, 403, 422))
async def locate(
    _caller: Drawer,
    session: Reading,
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
) -> Place:
    found = (await ground_index(session)).locate(Position(lon=lon, lat=lat))
    return Place(
        grid=found.patch.code if found.patch else None,
        tied=[patch.code for patch in found.tied],
        beside_m=found.beside_m,
    )
