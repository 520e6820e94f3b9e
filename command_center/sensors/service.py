"""Taking readings in until they are fetched, and taking note of how sensors are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.problems import Problem
from command_center.sensors import repository
from command_center.sensors.schemas import PushAnswer, PushedBody, RefusedBody
from command_center.sensors.tables import PushedReading, Sensor, SensorStatus
from command_center.shards.schemas import SensorReport
from configs.sensors import PushSource
from configs.values import IDENTIFIER
from ingest.sensors.reading import (
    OLDEST,
    Reading,
    Refusal,
    RefusedReadingError,
    Sample,
    reading_of,
)

MOST_WAITING = 100_000
"""Readings that may wait: 15 MB, an hour of 1,000 sensors that speak twice a minute while their
process is down. Beyond it pushes are answered 503 and the gateways keep what they have."""
KEPT = timedelta(seconds=OLDEST)
"""What nobody fetched for so long would be refused as too old."""
UNKNOWN = "unknown"

_NO_SENSOR = "unknown_sensor"
_IDENTIFIER = re.compile(IDENTIFIER)
_log = structlog.get_logger(__name__)


async def push(session: AsyncSession, pushed: Sequence[PushedBody], now: datetime) -> PushAnswer:
    """Write down what can be taken; say what is wrong with the rest.

    Raises:
        Problem: 503, too many wait already.
    """
    if await repository.waiting(session) + len(pushed) > MOST_WAITING:
        detail = "too many readings wait for the sensors' process; send these again later"
        raise Problem(503, detail, headers={"Retry-After": "30"})
    known = await repository.active(session, {name for body in pushed if (name := _name(body))})
    refused = []
    for index, body in enumerate(pushed):
        name = _shown(body.sensor)
        try:
            reading = _reading(known.get(_name(body)), body, now)
        except RefusedReadingError as error:
            refused.append(_refusal(index, name, error.refusal, str(error)))
            continue
        if reading is None:
            detail = f"the town file has no sensor {name} whose source is push"
            refused.append(_refusal(index, name, _NO_SENSOR, detail))
        else:
            session.add(_row(reading, now))
    return PushAnswer(accepted=len(pushed) - len(refused), refused=refused)


def _reading(sensor: Sensor | None, body: PushedBody, now: datetime) -> Reading | None:
    if sensor is None or not isinstance(sensor.config.source, PushSource):
        return None
    return reading_of(sensor.config, Sample(body.value, body.at, body.unit), now.timestamp())


def _name(body: PushedBody) -> str:
    """Empty where no sensor can be called so: such a name never reaches the database."""
    name = body.sensor
    return name if isinstance(name, str) and _IDENTIFIER.fullmatch(name) else ""


def _shown(name: object) -> str:
    """A name that may be anything, in printable characters."""
    return repr(name[:63])[1:-1][:63] if isinstance(name, str) else ""


def _refusal(index: int, sensor: str, reason: Refusal | str, detail: str) -> RefusedBody:
    return RefusedBody(index=index, sensor=sensor, reason=str(reason), detail=detail)


def _row(reading: Reading, now: datetime) -> PushedReading:
    return PushedReading(
        sensor_id=reading.sensor_id,
        value=reading.value,
        unit=reading.unit,
        at=datetime.fromtimestamp(reading.at, UTC),
        quality=reading.quality,
        received_at=now,
    )


async def hear(
    session: AsyncSession, shard: str, reports: Sequence[SensorReport], now: datetime
) -> None:
    """Take in what a heartbeat says of sensors; only what changed is written down, and only a
    change of state is told."""
    ids = [report.id for report in reports]
    known = await repository.active(session, ids) if ids else {}
    statuses = await repository.statuses(session, ids) if ids else {}
    for report in reports:
        if report.id in known:
            status = statuses.get(report.id) or SensorStatus(sensor_id=report.id)
            _put(session, shard, status, report, now)


def _put(
    session: AsyncSession, shard: str, status: SensorStatus, report: SensorReport, now: datetime
) -> None:
    said = (shard, report.state.value, report.reason, report.value, report.at)
    if (status.shard, status.state, status.reason, status.value, status.at) == said:
        return
    before = status.state
    status.shard, status.state, status.reason, status.value, status.at = said
    status.since = report.since
    session.add(status)
    if before != status.state:
        record_change(session, kind=ChangeKind.SENSOR, id=report.id, what="state", at=now)


async def nobody_speaks_for(session: AsyncSession, shard: str, now: datetime) -> None:
    """The process that watches them is silent."""
    query = select(SensorStatus).where(SensorStatus.shard == shard, SensorStatus.state != UNKNOWN)
    for status in await session.scalars(query):
        status.state, status.since = UNKNOWN, now
        status.reason = "the sensors' process is silent"
        record_change(session, kind=ChangeKind.SENSOR, id=status.sensor_id, what="state", at=now)


async def prune(session: AsyncSession, now: datetime) -> None:
    forgotten = await repository.prune(session, now - KEPT)
    if forgotten:
        _log.error("readings_forgotten", count=forgotten, reason="nobody fetched them for a week")
