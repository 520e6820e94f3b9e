"""Reading all the counters of a shard's process into one `ShardMetrics`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from detectors.batching import BatcherStats
from detectors.delivery import DeliveryStats
from detectors.metrics import (
    CameraCounters,
    DetectorTotals,
    FindingTotals,
    IngestTotals,
    ShardMetrics,
    Stage,
)
from detectors.outbox import OutboxCounts
from detectors.pipeline import PipelineStats
from detectors.process import process_use
from ingest.source import Drop
from ingest.stats import CameraStats, ShardStats

CAMERAS_EVERY = 5
"""Heartbeats from one that tells of each camera to the next: 10 s, less than the 15 s between two
scrapes of Prometheus. 350 cameras are 35 kB, ten times the rest."""


class SumOfCameras:
    """Adds the cameras up so that no sum ever falls: what a camera that is gone was counted for
    stays in, and one whose counters began anew (its source was changed) goes on.

    A counter that falls is a restart to Prometheus, which would count everything a second time.
    What a camera did between the last look and its end is lost: a heartbeat's worth.
    """

    def __init__(self) -> None:
        self._last: Mapping[str, CameraStats] = {}
        self._gone = CameraStats(0, 0, 0, {})

    def add_up(self, cameras: Mapping[str, CameraStats]) -> CameraStats:
        gone = [
            last
            for camera_id, last in self._last.items()
            if (now := cameras.get(camera_id)) is None or now.received_bytes < last.received_bytes
        ]
        if gone:
            self._gone = _sum([self._gone, *gone])
        self._last = cameras
        return _sum([self._gone, *cameras.values()])


def _sum(cameras: Iterable[CameraStats]) -> CameraStats:
    drops: Counter[Drop] = Counter()
    packets_dropped: Counter[Drop] = Counter()
    received = units = keyframes = packets = used = pending = 0
    for one in cameras:
        received += one.received_bytes
        units += one.units
        keyframes += one.keyframes_decoded
        packets += one.packets
        used += one.packets_used
        pending += one.packets_pending
        if one.drops:
            drops.update(one.drops)
        if one.packets_dropped:
            packets_dropped.update(one.packets_dropped)
    return CameraStats(
        received,
        units,
        keyframes,
        drops,
        packets=packets,
        packets_used=used,
        packets_pending=pending,
        packets_dropped=packets_dropped,
    )


def shard_metrics(
    *,
    started_at: float,
    changed_at: float,
    ingest: ShardStats,
    sum_of_cameras: CameraStats,
    seen: PipelineStats,
    kept: OutboxCounts,
    told: DeliveryStats,
    detectors: Mapping[str, BatcherStats],
    scanned_at: Mapping[str, float] | None,
) -> ShardMetrics:
    """Put together what the parts of a process count. `scanned_at`: capture of each camera's last
    examined picture; None leaves the single cameras out."""
    return ShardMetrics(
        process=process_use(started_at),
        changed_at=datetime.fromtimestamp(changed_at, UTC),
        ingest=_ingest_totals(ingest, sum_of_cameras, seen.rule_seconds),
        findings=_finding_totals(seen, kept, told),
        detectors=tuple(_detector_totals(name, one) for name, one in detectors.items()),
        cameras=() if scanned_at is None else _camera_counters(ingest.cameras, scanned_at),
    )


def _ingest_totals(ingest: ShardStats, cameras: CameraStats, rule_seconds: float) -> IngestTotals:
    return IngestTotals(
        received_bytes=cameras.received_bytes,
        packets=cameras.packets,
        packets_used=cameras.packets_used,
        packets_pending=cameras.packets_pending,
        packets_dropped=cameras.packets_dropped,
        units=cameras.units,
        keyframes_decoded=cameras.keyframes_decoded,
        drops=cameras.drops,
        ring_bytes=ingest.ring_bytes,
        ring_limit=ingest.ring_limit,
        scans_waiting=ingest.scans_waiting,
        cpu={
            Stage.READ: ingest.cpu.read,
            Stage.DECODE: ingest.cpu.decode,
            Stage.GATE: ingest.cpu.gate,
            Stage.SINK: ingest.cpu.sink,
            Stage.RULES: rule_seconds,
        },
        stages={Stage(stage): counted for stage, counted in ingest.stages.items()},
        interval=ingest.interval,
        lag=ingest.lag,
    )


def _finding_totals(seen: PipelineStats, kept: OutboxCounts, told: DeliveryStats) -> FindingTotals:
    return FindingTotals(
        scans=seen.scans,
        scans_skipped=seen.skipped,
        rules_broken=seen.rules_broken,
        events=seen.events,
        events_unwritten=seen.events_unwritten,
        events_lost=seen.events_lost,
        evidence_dropped=seen.evidence_dropped + kept.dropped,
        shadow_scans=seen.shadows.scans,
        shadow_skipped=seen.shadows.skipped,
        shadow_untold=seen.shadows.untold,
        shadow_seconds=seen.shadows.seconds,
        outbox_pending=kept.pending,
        outbox_dead=kept.dead,
        outbox_bytes=kept.bytes,
        delivered=told.delivered,
        delivery_retries=told.retries,
    )


def _detector_totals(model: str, counted: BatcherStats) -> DetectorTotals:
    return DetectorTotals(
        model=model,
        submitted=counted.submitted,
        inferred=counted.inferred,
        batches=counted.batches,
        waiting=counted.waiting,
        busy_seconds=counted.busy,
        dropped=counted.dropped,
        latency=counted.latency,
    )


def _camera_counters(
    cameras: Mapping[str, CameraStats], scanned_at: Mapping[str, float]
) -> tuple[CameraCounters, ...]:
    return tuple(
        CameraCounters(
            id=camera_id,
            received_bytes=one.received_bytes,
            units=one.units,
            drops=sum(one.drops.values()) + sum(one.packets_dropped.values()),
            scanned_at=scanned_at.get(camera_id),
        )
        for camera_id, one in cameras.items()
    )
