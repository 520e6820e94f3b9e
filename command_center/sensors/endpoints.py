"""Sensors for people, readings from gateways, and the queue that their process empties."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter

from command_center.doorbell import heard
from command_center.people.auth import AS_MACHINE, require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import errors
from command_center.sensors import repository, service
from command_center.sensors.access import AS_GATEWAY
from command_center.sensors.schemas import (
    MOST_A_FETCH,
    NextAnswer,
    NextBody,
    PushAnswer,
    PushBody,
    SensorBody,
    Sensors,
    WaitingBody,
)
from command_center.shards.service import check_epoch
from command_center.state import Ground, Now, Reading, TheGround

router = APIRouter()

LONGEST_LOOK = 1.0
"""Seconds between two looks while somebody waits: a push that another process took rings no bell
here."""


@router.get(
    "/sensors", tags=["town"], summary="All sensors and their states", responses=errors(401, 403)
)
async def list_sensors(
    _caller: Annotated[Person, require(Permission.SEE_SENSORS)], session: Reading
) -> Sensors:
    found = await repository.with_status(session)
    return Sensors(items=[SensorBody.of(sensor, status) for sensor, status in found])


@router.post(
    "/sensors/readings",
    status_code=202,
    tags=["machines"],
    summary="Push readings",
    dependencies=[AS_GATEWAY],
    responses=errors(401, 413, 422, 429, 503),
)
async def push_readings(body: PushBody, ground: TheGround, now: Now) -> PushAnswer:
    """Takes the sensor token. 202: all but the `refused` are written down and take their way. To
    send a reading again, with its time, changes nothing. 503: send them again later."""
    async with ground.database.transaction() as session:
        answer = await service.push(session, body.readings, now)
    if answer.accepted:
        ground.doorbell.ring()
    return answer


@router.post(
    "/sensors/readings/next",
    tags=["machines"],
    summary="Fetch pushed readings",
    dependencies=[AS_MACHINE],
    responses=errors(401, 409, 422),
)
async def next_readings(body: NextBody, ground: TheGround) -> NextAnswer:
    """For the sensors' process: forgets what is `done`, and answers the oldest that wait. 409: a
    newer process has taken over, and this one must stop."""
    async with ground.database.transaction() as session:
        await check_epoch(session, body.shard, body.epoch)
        if body.done:
            await repository.dealt_with(session, body.done)
    return NextAnswer(items=await _wait_for_some(ground, body.wait))


async def _wait_for_some(ground: Ground, seconds: float) -> list[WaitingBody]:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        ring = ground.doorbell.next_ring()
        async with ground.database.reading() as session:
            rows = await repository.oldest(session, MOST_A_FETCH)
        left = end - loop.time()
        if rows or left <= 0:
            return [
                WaitingBody(
                    seq=row.id,
                    sensor_id=row.sensor_id,
                    value=row.value,
                    unit=row.unit,
                    at=row.at,
                    quality=row.quality,
                )
                for row in rows
            ]
        await heard(ring, min(left, LONGEST_LOOK))
