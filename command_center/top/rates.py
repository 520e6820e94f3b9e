"""From two readings of counters to what happens a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from command_center.metrics.schemas import CameraReading, Readings, ShardReading
from detectors.metrics import DetectorTotals, ShardMetrics, Stage
from ingest.health import CameraState
from ingest.histogram import HistogramSnapshot

PERCENTILE = 0.95
_WELL = frozenset({CameraState.ONLINE.value, CameraState.DISABLED.value})


class DetectorRates(BaseModel):
    """Pictures a second; `waiting` now; `latency_p95` seconds."""

    model: str
    inferred: float
    dropped: float
    waiting: int
    latency_p95: float | None


class ShardRates(BaseModel):
    """One shard. Shares of CPU are of one core: 1.5 is one and a half cores.

    `seconds` is what they were measured over; 0 where nothing can be said yet.
    """

    name: str
    up: bool
    heard: float
    seconds: float
    states: dict[str, int]
    scans: float
    interval_p95: float | None
    lag_p95: float | None
    cpu: float
    cpu_by_stage: dict[str, float]
    received_bytes: float
    memory_bytes: int
    ring_bytes: int
    ring_limit: int
    decode_queue: int
    drops: dict[str, float]
    detectors: list[DetectorRates]
    outbox_pending: int
    outbox_dead: int


class CameraRates(BaseModel):
    """One camera. `received_bytes` and `drops` a second; None while nothing was told of it."""

    id: str
    shard: str
    state: str
    for_seconds: float | None
    reason: str
    scan_age: float | None
    received_bytes: float | None
    drops: float | None


class Rates(BaseModel):
    """A running town; cameras with the worst first."""

    at: datetime
    states: dict[str, int]
    shards: list[ShardRates]
    cameras: list[CameraRates]


def rates_between(before: Readings | None, now: Readings) -> Rates:
    """What happened a second from `before` to `now`; without `before`, and for a shard that was
    started anew since, from the start of its process."""
    shards = {one.name: one for one in before.shards} if before is not None else {}
    cameras = {one.id: one for one in before.cameras} if before is not None else {}
    states: dict[str, Counter[str]] = {}
    for camera in now.cameras:
        states.setdefault(camera.shard, Counter())[camera.state] += 1
    rates = [_camera(cameras.get(one.id), one, now.at) for one in now.cameras]
    return Rates(
        at=now.at,
        states=dict(Counter(one.state for one in now.cameras)),
        shards=[
            _shard(_span(shards.get(one.name), before, one, now), one, states.get(one.name, {}))
            for one in now.shards
        ],
        cameras=sorted(rates, key=_badness),
    )


def percentile(snapshot: HistogramSnapshot | None, share: float) -> float | None:
    """The value below which a share of what was counted lies, interpolated within its bucket as
    Prometheus' `histogram_quantile` does; None where nothing was counted. What lies above the
    last bound counts as that bound."""
    if snapshot is None or snapshot.count == 0:
        return None
    wanted = share * snapshot.count
    below, lower = 0, 0.0
    for bound, count in zip(snapshot.bounds, snapshot.counts, strict=False):
        if count and below + count >= wanted:
            return lower + (bound - lower) * (wanted - below) / count
        below, lower = below + count, bound
    return lower


@dataclass(frozen=True, slots=True)
class _Span:
    """What a shard had counted at the beginning of the time that is looked at, and its length."""

    before: ShardMetrics
    seconds: float

    def rate(self, value: float, before: float) -> float:
        return max(0.0, value - before) / self.seconds if self.seconds > 0 else 0.0

    def rates(self, values: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
        """Those that are not nothing, the greatest first."""
        found = {key: self.rate(value, before.get(key, 0)) for key, value in values.items()}
        return dict(sorted(((k, v) for k, v in found.items() if v), key=lambda one: -one[1]))


def _span(
    shard_before: ShardReading | None, before: Readings | None, shard: ShardReading, now: Readings
) -> _Span:
    until = now.at - timedelta(seconds=shard.heard)
    if shard_before is not None and before is not None and shard_before.epoch == shard.epoch:
        since = before.at - timedelta(seconds=shard_before.heard)
        return _Span(shard_before.metrics, (until - since).total_seconds())
    started = shard.metrics.process.started_at
    return _Span(ShardMetrics(), (until - started).total_seconds() if started is not None else 0.0)


def _shard(span: _Span, shard: ShardReading, states: Mapping[str, int]) -> ShardRates:
    now, before = shard.metrics, span.before
    drops = Counter(now.ingest.drops) + Counter(now.ingest.packets_dropped)
    drops_before = Counter(before.ingest.drops) + Counter(before.ingest.packets_dropped)
    detectors = {one.model: one for one in before.detectors}
    return ShardRates(
        name=shard.name,
        up=shard.up,
        heard=shard.heard,
        seconds=max(0.0, span.seconds),
        states=dict(states),
        scans=span.rate(now.findings.scans, before.findings.scans),
        interval_p95=percentile(_grown(now.ingest.interval, before.ingest.interval), PERCENTILE),
        lag_p95=percentile(_grown(now.ingest.lag, before.ingest.lag), PERCENTILE),
        cpu=span.rate(now.process.cpu_seconds, before.process.cpu_seconds),
        cpu_by_stage={
            stage.value: span.rate(now.ingest.cpu.get(stage, 0), before.ingest.cpu.get(stage, 0))
            for stage in Stage
        },
        received_bytes=span.rate(now.ingest.received_bytes, before.ingest.received_bytes),
        memory_bytes=now.process.resident_bytes,
        ring_bytes=now.ingest.ring_bytes,
        ring_limit=now.ingest.ring_limit,
        decode_queue=now.ingest.scans_waiting,
        drops=span.rates(drops, drops_before),
        detectors=[_detector(span, detectors.get(one.model), one) for one in now.detectors],
        outbox_pending=now.findings.outbox_pending,
        outbox_dead=now.findings.outbox_dead,
    )


def _detector(span: _Span, before: DetectorTotals | None, now: DetectorTotals) -> DetectorRates:
    was = before or DetectorTotals(model=now.model)
    return DetectorRates(
        model=now.model,
        inferred=span.rate(now.inferred, was.inferred),
        dropped=span.rate(sum(now.dropped.values()), sum(was.dropped.values())),
        waiting=now.waiting,
        latency_p95=percentile(_grown(now.latency, was.latency), PERCENTILE),
    )


def _camera(before: CameraReading | None, now: CameraReading, at: datetime) -> CameraRates:
    received = drops = scan_age = None
    if now.counters is not None and now.counters.scanned_at is not None:
        scan_age = max(0.0, at.timestamp() - now.counters.scanned_at)
    if before is not None and before.counters is not None and now.counters is not None:
        seconds = _between(before.counted_at, now.counted_at)
        if seconds > 0 and now.counters.received_bytes >= before.counters.received_bytes:
            received = (now.counters.received_bytes - before.counters.received_bytes) / seconds
            drops = max(0, now.counters.drops - before.counters.drops) / seconds
    return CameraRates(
        id=now.id,
        shard=now.shard,
        state=now.state,
        for_seconds=(at - now.since).total_seconds() if now.since is not None else None,
        reason=now.reason,
        scan_age=scan_age,
        received_bytes=received,
        drops=drops,
    )


def _between(earlier: datetime | None, later: datetime | None) -> float:
    return (later - earlier).total_seconds() if earlier is not None and later is not None else 0.0


def _grown(
    now: HistogramSnapshot | None, before: HistogramSnapshot | None
) -> HistogramSnapshot | None:
    """What was counted in between; all of it where the bounds are others now."""
    if now is None or before is None or now.bounds != before.bounds:
        return now
    counts = tuple(max(0, a - b) for a, b in zip(now.counts, before.counts, strict=True))
    return HistogramSnapshot(now.bounds, counts, now.total - before.total)


def _badness(camera: CameraRates) -> tuple[bool, float, float, str]:
    """Sorts the worst first: what is not well, what loses most, what was not examined longest."""
    return (
        camera.state in _WELL,
        -(camera.drops or 0.0),
        -(camera.scan_age or 0.0),
        camera.id,
    )
