"""What a busy shard might say of itself."""

from __future__ import annotations

from detectors.metrics import (
    CameraCounters,
    DetectorTotals,
    FindingTotals,
    IngestTotals,
    ProcessUse,
    ShardMetrics,
    Stage,
)
from ingest.histogram import HistogramSnapshot
from tests.command_center.example import START

COUNTED = HistogramSnapshot((0.5, 1.0, 2.0), (5, 3, 1, 1), 9.5)


def busy(*cameras: CameraCounters) -> ShardMetrics:
    return ShardMetrics(
        process=ProcessUse(
            cpu_seconds=12.5,
            resident_bytes=200_000_000,
            threads=9,
            open_files=360,
            started_at=START,
        ),
        ingest=IngestTotals(
            received_bytes=64_000,
            packets=100,
            packets_used=95,
            packets_pending=2,
            packets_dropped={"sequence_gap": 2, "no_keyframe": 1},
            units=60,
            keyframes_decoded=4,
            drops={"superseded": 3},
            ring_bytes=1 << 20,
            ring_limit=1 << 28,
            scans_waiting=2,
            cpu={Stage.READ: 1.5, Stage.RULES: 0.25},
            stages={Stage.DECODE: COUNTED},
            interval=COUNTED,
            lag=COUNTED,
        ),
        findings=FindingTotals(scans=40, events=2, outbox_pending=1, outbox_dead=0),
        detectors=(
            DetectorTotals(
                model="yolox_nano",
                submitted=10,
                inferred=8,
                batches=8,
                dropped={"stale": 2},
                latency=COUNTED,
            ),
        ),
        cameras=cameras,
    )
