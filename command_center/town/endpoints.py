"""The town, its catalogue and its cameras."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from command_center.doorbell import heard
from command_center.people.auth import AS_MACHINE, require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors
from command_center.state import Ground, Now, Reading, TheGround, Writing
from command_center.town import cameras, reloading, repository
from command_center.town.reading import BeingWrittenError
from command_center.town.schemas import (
    CameraBody,
    Cameras,
    CatalogueBody,
    Placement,
    ProblemOfFile,
    ReloadBody,
    TownBody,
)
from command_center.town.shown import town_json
from command_center.town.tables import CameraStatus
from configs.town import Camera as CameraConfig

router = APIRouter(tags=["town"])

Administrator = Annotated[Person, require(Permission.EDIT_CAMERAS)]


@router.get(
    "/town",
    summary="The town: units, grids, departments",
    response_model=TownBody,
    responses=errors(401, 403, 503),
)
async def get_town(
    _caller: Annotated[Person, require(Permission.SEE_TOWN)], session: Reading
) -> Response:
    return Response(await town_json(session), media_type="application/json")


@router.post(
    "/town/reload",
    tags=["machines"],
    summary="Take the town file as it is now",
    dependencies=[AS_MACHINE],
    responses=errors(401, 409),
)
async def reload_town(ground: TheGround) -> ReloadBody:
    """For `fenghuo reload` and SIGHUP; a change is noticed within 6 s without it,
    and then not taken if a large part of the cameras, sensors or people is missing."""
    try:
        done = await reloading.reload(ground)
    except BeingWrittenError:
        raise Problem(409, "the town file is just being written; ask again") from None
    if done is None:
        raise Problem(409, "this command center was started without a town file: fenghuo up TOWN")
    return ReloadBody(
        outcome=done.outcome,
        said=done.said,
        problems=[ProblemOfFile.of(problem) for problem in done.problems],
    )


@router.get("/catalogue", summary="The event catalogue", responses=errors(401, 403, 503))
async def get_catalogue(
    _caller: Annotated[Person, require(Permission.SEE_TOWN)], session: Reading
) -> CatalogueBody:
    town = await repository.town(session)
    found = await repository.event_types(session)
    return CatalogueBody(version=town.catalogue_version, items=list(found))


@router.get("/cameras", summary="All cameras and their states", responses=errors(401, 403))
async def list_cameras(
    _caller: Annotated[Person, require(Permission.SEE_CAMERAS)], session: Reading
) -> Cameras:
    found = await cameras.with_status(session)
    return Cameras(items=[CameraBody.of(camera, status) for camera, status in found])


@router.get(
    "/cameras/placement",
    tags=["machines"],
    summary="What shards are to watch",
    dependencies=[AS_MACHINE],
    response_model=Placement,
    responses={**errors(401, 503), 304: {"description": "Nothing changed"}},
)
async def get_placement(
    response: Response,
    ground: TheGround,
    if_none_match: Annotated[str | None, Header()] = None,
    wait: Annotated[
        float, Query(ge=0, le=8, description="seconds to wait for a change of the town file")
    ] = 0.0,
) -> Placement | Response:
    """For the supervisor, which asks again and again: send the `ETag` back as `If-None-Match`."""
    ring = ground.retold.next_ring()
    etag = await _placement_etag(ground)
    if if_none_match == etag and wait > 0:
        await heard(ring, wait)
        etag = await _placement_etag(ground)
    if if_none_match == etag:
        return Response(status_code=304, headers={"ETag": etag})
    async with ground.database.reading() as session:
        placement = await cameras.placement(session)
    response.headers["ETag"] = f'"{placement.version}"'
    return placement


async def _placement_etag(ground: Ground) -> str:
    async with ground.database.reading() as session:
        return f'"{await cameras.placement_version(session)}"'


@router.get("/cameras/{camera_id}", summary="One camera", responses=errors(401, 403, 404))
async def get_camera(
    camera_id: str, _caller: Annotated[Person, require(Permission.SEE_CAMERAS)], session: Reading
) -> CameraBody:
    camera = await cameras.find(session, camera_id)
    return CameraBody.of(camera, await session.get(CameraStatus, camera_id))


@router.get(
    "/cameras/{camera_id}/config",
    summary="How a camera is set up",
    responses=errors(401, 403, 404),
)
async def get_camera_config(
    camera_id: str, _caller: Administrator, session: Reading
) -> CameraConfig:
    """Holds no password: `password_env` names where a shard finds it."""
    return (await cameras.find(session, camera_id)).config


@router.post(
    "/cameras",
    status_code=201,
    summary="Add a camera while everything runs",
    responses=errors(401, 403, 409, 422),
)
async def add_camera(
    config: CameraConfig, caller: Administrator, session: Writing, now: Now
) -> CameraBody:
    return CameraBody.of(await cameras.add(session, config, caller.login, now), None)


@router.put(
    "/cameras/{camera_id}",
    summary="Change a camera while everything runs",
    responses=errors(401, 403, 404, 422),
)
async def change_camera(
    camera_id: str, config: CameraConfig, caller: Administrator, session: Writing, now: Now
) -> CameraBody:
    camera = await cameras.change(session, camera_id, config, caller.login, now)
    return CameraBody.of(camera, await session.get(CameraStatus, camera_id))


@router.delete(
    "/cameras/{camera_id}",
    status_code=204,
    summary="Remove a camera while everything runs",
    responses=errors(401, 403, 404),
)
async def remove_camera(camera_id: str, caller: Administrator, session: Writing, now: Now) -> None:
    """Its alerts and tickets stay."""
    await cameras.remove(session, camera_id, caller.login, now)
