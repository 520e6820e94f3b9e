"""Which process is the living one of a shard, what it says, and what its silence means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import Notice, NoticeLevel
from command_center.problems import Problem
from command_center.sensors import repository as sensor_rows
from command_center.sensors import service as sensors
from command_center.shards.schemas import CameraReport, Heartbeat
from command_center.shards.tables import Shard
from command_center.town.tables import Camera, CameraStatus
from configs.values import Name
from detectors.metrics import ShardMetrics
from detectors.sensor_worker_config import SENSOR_SHARD

SILENCE = timedelta(seconds=20)
"""Without a heartbeat a shard counts as down: ten are missed, one every 2 s, so that one slow
write or a restart of the command center is no alarm."""

UNKNOWN = "unknown"
_OF_THIS_MACHINE = re.compile(r"shard-(\d+)")
"""Shards that `fenghuo up` starts, by their numbers from 0."""

_log = structlog.get_logger(__name__)


async def begin_epoch(session: AsyncSession, shard: str, now: datetime) -> int:
    """A new process of `shard` has started; everything with a lower epoch is fenced off."""
    found = await session.get(Shard, shard, with_for_update=True)
    if found is None:
        found = Shard(name=shard, epoch=0)
        session.add(found)
    found.epoch += 1
    found.started_at = found.seen_at = now
    found.missing_models, found.metrics = (), ShardMetrics()
    await _is_up(session, found, now)
    await session.flush()
    _log.info("shard_started", shard=shard, epoch=found.epoch)
    return found.epoch


@dataclass(frozen=True, slots=True)
class Fence:
    """The epoch of a shard's living process; None: the shard never registered."""

    shard: str
    epoch: int | None

    def check(self, epoch: int) -> None:
        """Let the living process pass.

        Raises:
            Problem: 409; the process that sent it must stop.
        """
        if self.epoch is None:
            raise _never_registered(self.shard)
        if epoch != self.epoch:
            raise Problem(
                409,
                f"epoch {epoch} of shard {self.shard!r} is fenced off: {self.epoch} is in force. "
                "A newer process has taken over; stop this one.",
            )


async def fence(session: AsyncSession, shard: str) -> Fence:
    """The fence as it stands until this transaction ends: a new process of the shard waits."""
    query = select(Shard.epoch).where(Shard.name == shard)
    return Fence(shard, await session.scalar(query.with_for_update(read=True, key_share=True)))


async def check_epoch(session: AsyncSession, shard: str, epoch: int) -> Shard:
    """The shard, if `epoch` is that of its living process.

    Raises:
        Problem: 409; the process that sent it must stop.
    """
    found = await session.get(Shard, shard)
    if found is None:
        raise _never_registered(shard)
    Fence(shard, found.epoch).check(epoch)
    return found


def _never_registered(shard: str) -> Problem:
    return Problem(409, f"shard {shard!r} has no epoch; POST /api/v1/shards/{shard}/epoch first")


async def hear(
    session: AsyncSession, shard: str, beat: Heartbeat, now: datetime, *, is_news: bool = True
) -> bool:
    """Take in a heartbeat; only what changed is written down and told.

    `is_news` is false where what it says of its cameras was written down already. Whether it was
    looked at nevertheless, or because it is news.

    Raises:
        Problem: 409; an older process sent it.
    """
    found = await check_epoch(session, shard, beat.epoch)
    found.seen_at = now
    found.metrics = beat.metrics.model_copy(update={"cameras": ()})
    look = is_news or found.down_since is not None  # when it fell silent, all became unknown
    await _is_up(session, found, now)
    if look:
        await _put_states(session, shard, beat.cameras, now)
    await sensors.hear(session, shard, beat.sensors, now)
    await _tell_dead_letters(session, shard, beat.metrics.findings.outbox_dead > 0, now)
    missing = tuple(sorted(set(beat.missing_models)))
    if missing != found.missing_models:
        found.missing_models = missing
        await session.flush()
        await _tell_missing_models(session, now)
    return look


async def _is_up(session: AsyncSession, shard: Shard, now: datetime) -> None:
    shard.down_since, shard.given_up = None, False
    await end_notice(session, f"shard:{shard.name}", now)


async def _put_states(
    session: AsyncSession, shard: str, reports: Sequence[CameraReport], now: datetime
) -> None:
    ids = [report.id for report in reports]
    known = set(await session.scalars(select(Camera.id).where(Camera.active, Camera.id.in_(ids))))
    rows = await session.scalars(select(CameraStatus).where(CameraStatus.camera_id.in_(ids)))
    statuses = {row.camera_id: row for row in rows}
    for report in reports:
        # A camera that was just removed is in a heartbeat or two more.
        if report.id in known:
            status = statuses.get(report.id) or CameraStatus(camera_id=report.id)
            _put_state(session, shard, status, report, now)


def _put_state(
    session: AsyncSession,
    shard: str,
    status: CameraStatus,
    report: CameraReport,
    now: datetime,
) -> None:
    said = (shard, report.state.value, report.reason, report.since)
    # A camera that was connected to anew between two heartbeats has nothing new but the moment.
    if (status.shard, status.state, status.reason, status.since) == said:
        return
    before = status.state
    status.shard, status.state, status.reason, status.since = said
    session.add(status)
    if before != status.state:
        record_change(session, kind=ChangeKind.CAMERA, id=report.id, what="state", at=now)


async def _tell_missing_models(session: AsyncSession, now: datetime) -> None:
    """One notice a model that any shard misses, none for what all have."""
    missing = {name for shard in await shards(session) for name in shard.missing_models}
    for name in missing:
        text = Name(
            zh=f"缺少模型 {name}：相关规则改用无模型方法，精度较低。"
            f"请运行 fenghuo models pull {name}",
            en=f"Model {name} is missing: its rules use their classical method and are less "
            f"precise. Run: fenghuo models pull {name}",
        )
        await raise_notice(session, f"model:{name}", NoticeLevel.WARNING, text, now)
    shown = await session.scalars(select(Notice.id).where(Notice.id.startswith("model:")))
    for notice_id in list(shown):
        if notice_id.removeprefix("model:") not in missing:
            await end_notice(session, notice_id, now)


async def _tell_dead_letters(
    session: AsyncSession, shard: str, has_some: bool, now: datetime
) -> None:
    """How many is left out: the notice would change with each of them."""
    if not has_some:
        await end_notice(session, f"outbox:{shard}", now)
        return
    text = Name(
        zh=f"{_called(shard).zh}有被中心拒收的发现，未进入告警。请在其日志中查 delivery.refused "
        "了解内容和原因，并修正配置；记录保留30天",
        en=f"Findings of {_called(shard).en} were refused for good and are no alerts. Look for "
        "delivery.refused in its log: it says which and why. They are kept for 30 days",
    )
    await raise_notice(session, f"outbox:{shard}", NoticeLevel.WARNING, text, now)


async def notice_silence(
    session: AsyncSession, now: datetime, listening_since: datetime, started: int
) -> None:
    """Take shards that have said nothing for long for dead: a notice, and their cameras unknown.
    Those that nobody starts any more are given up without one.

    `listening_since` is when this command center started: nobody is blamed for the time before.
    `started` is how many shards `fenghuo up` starts; those of other names are never given up.
    """
    has_sensors = await sensor_rows.has_active(session)
    for shard in await shards(session):
        if now - max(shard.seen_at, listening_since) <= SILENCE:
            continue
        if not _is_started(shard.name, started, has_sensors=has_sensors):
            await _give_up(session, shard, now)
        elif shard.down_since is None:
            await _is_down(session, shard, now)


def _is_started(name: str, started: int, *, has_sensors: bool) -> bool:
    if name == SENSOR_SHARD:
        return has_sensors
    numbered = _OF_THIS_MACHINE.fullmatch(name)
    return numbered is None or int(numbered[1]) < started


async def _is_down(session: AsyncSession, shard: Shard, now: datetime) -> None:
    shard.down_since = now
    since = shard.seen_at.strftime("%Y-%m-%d %H:%M:%SZ")
    await raise_notice(
        session, f"shard:{shard.name}", NoticeLevel.ERROR, _silence_of(shard.name, since), now
    )
    await _nobody_speaks_for_its_own(session, shard, now)


def _silence_of(shard: str, since: str) -> Name:
    if shard == SENSOR_SHARD:
        return Name(
            zh=f"传感器进程自 {since} 起无心跳，传感器读数未知，不会告警。请查看其日志或重启",
            en=f"The sensors' process has been silent since {since}: what the sensors measure is "
            "unknown, and none of them alarms. Read its log or restart it",
        )
    return Name(
        zh=f"分片 {shard} 自 {since} 起无心跳，其摄像头状态未知。请查看其日志或重启",
        en=f"Shard {shard} has been silent since {since}: what its cameras see is unknown. "
        "Read its log or restart it",
    )


def _called(shard: str) -> Name:
    """What a notice calls it."""
    if shard == SENSOR_SHARD:
        return Name(zh="传感器进程", en="the sensors' process")
    return Name(zh=f"分片 {shard} ", en=f"shard {shard}")


async def _nobody_speaks_for_its_own(session: AsyncSession, shard: Shard, now: datetime) -> None:
    for status in await session.scalars(
        select(CameraStatus).where(CameraStatus.shard == shard.name, CameraStatus.state != UNKNOWN)
    ):
        status.state, status.since = UNKNOWN, now
        status.reason = f"shard {shard.name} is silent"
        record_change(session, kind=ChangeKind.CAMERA, id=status.camera_id, what="state", at=now)
    await sensors.nobody_speaks_for(session, shard.name, now)


async def shards(session: AsyncSession) -> Sequence[Shard]:
    """All but those that were given up."""
    query = select(Shard).where(~Shard.given_up).order_by(Shard.name)
    return list(await session.scalars(query))


async def _give_up(session: AsyncSession, shard: Shard, now: datetime) -> None:
    shard.given_up, shard.down_since, shard.missing_models = True, now, ()
    await session.flush()
    await end_notice(session, f"shard:{shard.name}", now)
    await end_notice(session, f"outbox:{shard.name}", now)
    await _nobody_speaks_for_its_own(session, shard, now)
    await _tell_missing_models(session, now)
    _log.info("shard_given_up", shard=shard.name, reason="silent, and not started any more")
