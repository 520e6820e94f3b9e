"""Everything that a scrape shows, read in one go and kept apart from how it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from command_center.alerts.tables import Alert
from command_center.channels.gaps import find as find_gaps
from command_center.channels.tables import Delivery, PhoneOrder
from command_center.metrics.board import CameraBoard
from command_center.notices.tables import Notice
from command_center.shards import service
from command_center.tickets.tables import Ticket
from command_center.timers.overdue import GRACE
from command_center.timers.repository import armed
from command_center.timers.tables import Timer
from command_center.town.tables import Camera, CameraStatus
from detectors.metrics import CameraCounters, ShardMetrics


@dataclass(frozen=True, slots=True)
class CameraFigures:
    """A camera as it is, and what its shard had counted for it; None while nothing was told.

    `state` is what the wall shows: `unknown` where no living shard speaks for it.
    """

    id: str
    shard: str
    state: str
    since: datetime | None
    reason: str
    counters: CameraCounters | None
    counted_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShardFigures:
    """A shard that has registered. `heard` is seconds since its last word."""

    name: str
    up: bool
    heard: float
    epoch: int
    metrics: ShardMetrics


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for people and timers: counts by state, and timers by how due they are."""

    alerts: Mapping[str, int]
    tickets: Mapping[str, int]
    notices: Mapping[str, int]
    timers_armed: int
    timers_due: int
    timers_late: int
    deliveries: Mapping[str, int]
    phone_orders: int
    unreachable: Mapping[str, int]
    """`now` on duty, or `soon`."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """A running town in figures, at a moment."""

    at: datetime
    shards: Sequence[ShardFigures]
    cameras: Sequence[CameraFigures]
    backlog: Backlog


async def scrape(session: AsyncSession, board: CameraBoard, now: datetime) -> Scrape:
    """Read everything. Takes counts from indexes, and a row a camera."""
    shards = [
        ShardFigures(
            name=shard.name,
            up=shard.down_since is None,
            heard=max(0.0, (now - shard.seen_at).total_seconds()),
            epoch=shard.epoch,
            metrics=shard.metrics,
        )
        for shard in await service.shards(session)
    ]
    board.keep_only([shard.name for shard in shards])
    return Scrape(now, shards, await _cameras(session, board), await _backlog(session, now))


async def _cameras(session: AsyncSession, board: CameraBoard) -> list[CameraFigures]:
    status = CameraStatus
    query = (
        select(Camera.id, status.shard, status.state, status.since, status.reason)
        .outerjoin(status, status.camera_id == Camera.id)
        .where(Camera.active)
        .order_by(Camera.id)
    )
    found = []
    for camera_id, shard, state, since, reason in await session.execute(query):
        told = board.of(shard or "")
        counters = told.cameras.get(camera_id) if told is not None else None
        found.append(
            CameraFigures(
                id=camera_id,
                shard=shard or "",
                state=state or service.UNKNOWN,
                since=since,
                reason=reason or "",
                counters=counters,
                counted_at=told.at if told is not None and counters is not None else None,
            )
        )
    return found


async def _backlog(session: AsyncSession, now: datetime) -> Backlog:
    waiting = select(func.count()).select_from(Timer).where(armed())
    ringing = select(func.count(PhoneOrder.id)).where(PhoneOrder.closed_at.is_(None))
    gaps = await find_gaps(session, now)
    at_once = sum(gap.needed_at <= now for gap in gaps)
    return Backlog(
        alerts=await _by(session, Alert.state),
        tickets=await _by(session, Ticket.state),
        notices=await _by(session, Notice.level),
        timers_armed=await session.scalar(waiting) or 0,
        timers_due=await session.scalar(waiting.where(Timer.wake_at <= now)) or 0,
        timers_late=await session.scalar(waiting.where(Timer.due_at < now - GRACE)) or 0,
        deliveries=await _by(session, Delivery.fate),
        phone_orders=await session.scalar(ringing) or 0,
        unreachable={"now": at_once, "soon": len(gaps) - at_once},
    )


async def _by(session: AsyncSession, column: InstrumentedAttribute[Any]) -> dict[str, int]:
    """How many rows have each value of a column."""
    found = await session.execute(select(column, func.count()).group_by(column))
    return {str(value): count for value, count in found}
