"""Adding, changing and removing cameras at run time."""

from __future__ import annotations

import hashlib
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.problems import Problem, not_found
from command_center.sensors import repository as sensors
from command_center.town import repository
from command_center.town.schemas import Placement
from command_center.town.tables import Camera, CameraStatus, Department
from configs.rules import FireSmokeConfig
from configs.town import Camera as CameraConfig

_log = structlog.get_logger(__name__)


async def with_status(session: AsyncSession) -> list[tuple[Camera, CameraStatus | None]]:
    """All cameras with what is known of each, by id."""
    rows = await session.execute(
        select(Camera, CameraStatus)
        .outerjoin(CameraStatus, CameraStatus.camera_id == Camera.id)
        .where(Camera.active)
        .order_by(Camera.id)
    )
    return [(camera, status) for camera, status in rows]


async def find(session: AsyncSession, camera_id: str) -> Camera:
    """Raises: Problem: 404, there is no such camera."""
    camera = await session.get(Camera, camera_id)
    if camera is None or not camera.active:
        raise not_found("camera", camera_id)
    return camera


async def add(session: AsyncSession, config: CameraConfig, by: str, now: datetime) -> Camera:
    """Raises: Problem: 409, it exists; 422, it names something that does not."""
    await _check(session, config)
    camera = await session.get(Camera, config.id)
    if camera is not None and camera.active:
        raise Problem(409, f"camera {config.id!r} exists; change it with PUT", field="id")
    if camera is None:
        camera = Camera(id=config.id)
        session.add(camera)
    _change(camera, config, now)
    _tell(session, camera, "opened", by, now)
    return camera


async def change(
    session: AsyncSession, camera_id: str, config: CameraConfig, by: str, now: datetime
) -> Camera:
    """Raises: Problem: 404, no such camera; 422, it names something that does not exist."""
    if config.id != camera_id:
        raise Problem(422, f"id: a camera keeps its id, which is {camera_id!r}", field="id")
    camera = await find(session, camera_id)
    await _check(session, config)
    if camera.config != config:
        _change(camera, config, now)
        _tell(session, camera, "updated", by, now)
    return camera


async def remove(session: AsyncSession, camera_id: str, by: str, now: datetime) -> None:
    """Raises: Problem: 404, no such camera."""
    camera = await find(session, camera_id)
    camera.active, camera.from_file, camera.changed_at = False, False, now
    status = await session.get(CameraStatus, camera_id)
    if status is not None:
        await session.delete(status)
    _tell(session, camera, "cleared", by, now)


def _change(camera: Camera, config: CameraConfig, now: datetime) -> None:
    camera.config, camera.active, camera.from_file, camera.changed_at = config, True, False, now


def _tell(session: AsyncSession, camera: Camera, what: str, by: str, now: datetime) -> None:
    _log.info("camera_configured", camera=camera.id, what=what, by=by)
    record_change(session, kind=ChangeKind.CAMERA, id=camera.id, what=what, at=now)


async def _check(session: AsyncSession, config: CameraConfig) -> None:
    """Raises: Problem: 422, naming the field that points at nothing."""
    if config.keeper is not None and await session.get(Department, config.keeper) is None:
        raise Problem(422, f"keeper: there is no department {config.keeper!r}", field="keeper")
    known = {event_type.code for event_type in await repository.event_types(session)}
    for field, code in _event_codes(config):
        if code not in known:
            raise Problem(422, f"{field}: {code!r} is not in the catalogue", field=field)
    zones = [zone.id for zone in config.zones]
    twice = next((zone for zone in zones if zones.count(zone) > 1), None)
    if twice is not None:
        raise Problem(422, f"zones: {twice!r} stands there twice", field="zones")


def _event_codes(config: CameraConfig) -> list[tuple[str, str]]:
    found = [("offline.event", config.offline.event)]
    found += [
        (f"conditions.{name}.event", each.event) for name, each in config.conditions if each.enabled
    ]
    for i, zone in enumerate(config.zones):
        for j, rule in enumerate(zone.rules):
            place = f"zones.{i}.rules.{j}"
            found.append((f"{place}.event", rule.event))
            if isinstance(rule, FireSmokeConfig):
                found.append((f"{place}.smoke_event", rule.smoke_event))
    return found


async def placement_version(session: AsyncSession) -> str:
    """Changes whenever anything that shards are to watch has changed; reads no configuration."""
    town = await repository.town(session)
    query = select(Camera.id, Camera.changed_at).where(Camera.active).order_by(Camera.id)
    marks = [f"{name}@{at.isoformat()}" for name, at in await session.execute(query)]
    text = ";".join([town.config_version, *marks])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


async def placement(session: AsyncSession) -> Placement:
    """Everything that shards are to watch, by camera id."""
    town = await repository.town(session)
    return Placement(
        version=await placement_version(session),
        town=town.code,
        config_version=town.config_version,
        confidence_floor=town.confidence_floor,
        timezone=town.timezone,
        catalogue_version=town.catalogue_version,
        cameras=[camera.config for camera in await repository.cameras(session)],
        sensors=[row.config for row, _ in await sensors.with_status(session)],
    )
