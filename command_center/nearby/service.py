"""Asking the cameras near a sensor for what they saw: the best one first, then the next.

The shard that owns the camera hears of it in the answer to its heartbeat, again and again until the
clip came by the way of all evidence, or the shard says that its ring no longer holds that time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import JSON, case, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.service import evidence_came
from command_center.nearby.tables import ClipState, NearbyClip
from command_center.sensors import repository as sensors
from command_center.shards.schemas import MissingClip, WantedClip
from command_center.town.distance import distance_m
from command_center.town.tables import Camera, CameraStatus
from configs.sensors import Sensor as SensorConfig
from configs.values import Position
from detectors.event import Event, EvidenceKind, Method, Phase
from ingest.health import CameraState

BEFORE, AFTER = timedelta(seconds=10), timedelta(seconds=10)
"""Of clip around the alarm: how it came about, and what it did."""
MOST_CAMERAS = 3
"""That are asked for one alarm, one after the other."""
MOST_AT_ONCE = 32
"""Clips that one heartbeat's answer names: half of what a shard makes at once."""
PATIENCE = timedelta(seconds=45)
"""For a shard that owns the camera and does not answer. Its clip is due 14 s after the alarm, and
the last of three cameras must be asked while its ring still has that time: a minute or two."""


async def want(session: AsyncSession, event: Event, alert_id: int, now: datetime) -> None:
    """Ask for the clip of a sensor's alarm, if a camera is near."""
    data = event.data
    if data.sensor_id is None or data.method is Method.HEALTH or data.phase is not Phase.OPENED:
        return
    sensor = await sensors.sensor(session, data.sensor_id)
    if sensor is None:
        return
    near = candidates(sensor.config, await _town(session, sensor.config))
    if near:
        session.add(
            NearbyClip(
                event_id=str(event.id),
                alert_id=alert_id,
                camera_id=near[0],
                others=near[1:],
                state=ClipState.WANTED,
                reason="",
                start=event.time - BEFORE,
                end=event.time + AFTER,
                asked_at=now,
            )
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A camera as far as choosing one asks."""

    id: str
    position: Position
    online: bool


async def _town(session: AsyncSession, sensor: SensorConfig) -> Sequence[Place]:
    """The cameras that may be asked. Not their whole configurations: the events of 1,000 sensors
    wait while this transaction writes."""
    if not sensor.cameras and not sensor.camera_radius:
        return ()
    position = type_coerce(Camera.config, JSON)["position"]
    query = (
        select(
            Camera.id, position["lon"].as_float(), position["lat"].as_float(), CameraStatus.state
        )
        .outerjoin(CameraStatus, CameraStatus.camera_id == Camera.id)
        .where(Camera.active)
    )
    if sensor.cameras:
        query = query.where(Camera.id.in_(sensor.cameras))
    return [
        Place(name, Position(lon=lon, lat=lat), state == CameraState.ONLINE)
        for name, lon, lat, state in await session.execute(query)
    ]


def candidates(sensor: SensorConfig, town: Sequence[Place]) -> tuple[str, ...]:
    """The cameras to ask, the best one first: those that the town file names, in its order; else
    the nearest within the radius. Those that are online go before those that are not."""
    online = {camera.id for camera in town if camera.online}
    if sensor.cameras:
        there = {camera.id for camera in town}
        ranked = [name for name in sensor.cameras if name in there]
    else:
        away = sorted((distance_m(sensor.position, c.position), c.id) for c in town)
        ranked = [name for metres, name in away if metres <= sensor.camera_radius]
    return tuple(sorted(ranked, key=lambda name: name not in online)[:MOST_CAMERAS])


async def wanted(session: AsyncSession, camera_ids: Collection[str]) -> tuple[WantedClip, ...]:
    """What the shard that owns these cameras is to cut, the oldest wish first."""
    query = (
        select(NearbyClip)
        .where(NearbyClip.state == ClipState.WANTED)
        .order_by(NearbyClip.asked_at)
        .limit(1000)
    )
    mine = set(camera_ids)
    rows = [row for row in await session.scalars(query) if row.camera_id in mine]
    return tuple(
        WantedClip(event_id=row.event_id, camera_id=row.camera_id, start=row.start, end=row.end)
        for row in rows[:MOST_AT_ONCE]
    )


async def are_missing(session: AsyncSession, missing: Sequence[MissingClip], now: datetime) -> None:
    """A shard cannot give these: the next camera is asked, or the alert says that there is none."""
    for one in missing:
        row = await session.get(NearbyClip, str(one.event_id))
        # A shard says it until it is not asked any more; by then another may be the one asked.
        if row is not None and (row.state, row.camera_id) == (ClipState.WANTED, one.camera_id):
            await _is_missing(session, row, one.reason, now)


async def _is_missing(session: AsyncSession, row: NearbyClip, why: str, now: datetime) -> None:
    row.reason = why[:500]
    if row.others:
        row.camera_id, row.others = row.others[0], row.others[1:]
        row.asked_at = now
    else:
        row.state = ClipState.MISSING
    evidence_came(session, row.alert_id, now)


async def came(
    session: AsyncSession, event_id: str, kind: EvidenceKind, camera_id: str | None
) -> None:
    """Evidence of an event has arrived; maybe of a camera that was given up before."""
    row = await session.get(NearbyClip, event_id) if kind is EvidenceKind.CLIP else None
    if row is not None:
        row.state, row.reason = ClipState.HERE, ""
        row.camera_id = camera_id or row.camera_id


async def give_up(session: AsyncSession, now: datetime) -> None:
    """Ask no longer those that have not answered for long."""
    query = select(NearbyClip).where(
        NearbyClip.state == ClipState.WANTED, NearbyClip.asked_at < now - PATIENCE
    )
    for row in await session.scalars(query):
        await _is_missing(session, row, f"nobody spoke for camera {row.camera_id}", now)


async def of_alerts(session: AsyncSession, alert_ids: Collection[int]) -> dict[int, NearbyClip]:
    """The one of each alert that people are shown: of the newest event whose clip is here; where
    none is, of the newest."""
    here = case((NearbyClip.state == ClipState.HERE, 1), else_=0)
    query = (
        select(NearbyClip)
        .where(NearbyClip.alert_id.in_(alert_ids))
        .order_by(here, NearbyClip.start, NearbyClip.event_id)
    )
    return {row.alert_id: row for row in await session.scalars(query)}
