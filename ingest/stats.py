"""What a shard has done so far, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.histogram import HistogramSnapshot
from ingest.source import Drop, SourceCounters


@dataclass(frozen=True, slots=True)
class CameraStats:
    """Totals since the camera was added; `ingest.source.SourceCounters` says how they add up.

    `drops` counts units and scans that came to nothing, `packets_dropped` packets, by reason.
    """

    received_bytes: int
    units: int
    keyframes_decoded: int
    drops: Mapping[Drop, int]
    units_kept: int = 0
    units_aged: int = 0
    packets: int = 0
    packets_used: int = 0
    packets_pending: int = 0
    packets_dropped: Mapping[Drop, int] = field(default_factory=dict)
    connections: int = 0


@dataclass(frozen=True, slots=True)
class StageSeconds:
    """CPU seconds of our threads by stage, since the shard was started.

    `gate` includes making the small grey picture; `sink` is what the sink itself used.
    """

    read: float = 0.0
    decode: float = 0.0
    gate: float = 0.0
    sink: float = 0.0


@dataclass(frozen=True, slots=True)
class ShardStats:
    """`ring_bytes` is what the ring holds now, `ring_limit` what it may hold.

    `stages` are CPU seconds: of each round of the reader thread (`read`), of each scan (`decode`,
    `gate`, `sink`). `interval` is seconds between two scans of a camera by the time of capture,
    `lag` seconds from a picture's capture until it has been looked at. `scans_waiting` is how
    many pictures wait for a decode thread now.
    """

    cameras: Mapping[str, CameraStats]
    cpu: StageSeconds
    ring_bytes: int
    ring_limit: int
    stages: Mapping[str, HistogramSnapshot]
    interval: HistogramSnapshot
    lag: HistogramSnapshot
    scans_waiting: int


def camera_stats(counters: SourceCounters, keyframes_decoded: int) -> CameraStats:
    """A copy of one camera's counters."""
    return CameraStats(
        received_bytes=counters.received_bytes,
        units=counters.units,
        keyframes_decoded=keyframes_decoded,
        drops=dict(counters.drops),
        units_kept=counters.units_kept,
        units_aged=counters.units_aged,
        packets=counters.packets,
        packets_used=counters.packets_used,
        packets_pending=counters.packets_pending,
        packets_dropped=dict(counters.packets_dropped),
        connections=counters.connections,
    )
