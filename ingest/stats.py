"""What a shard has done so far, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.source import Drop


@dataclass(frozen=True, slots=True)
class CameraStats:
    """Totals since the camera was added; `drops` counts what was not used, by reason."""

    received_bytes: int
    units: int
    keyframes_decoded: int
    drops: Mapping[Drop, int]


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
    """`ring_bytes` is what the ring holds now."""

    cameras: Mapping[str, CameraStats]
    cpu: StageSeconds
    ring_bytes: int
