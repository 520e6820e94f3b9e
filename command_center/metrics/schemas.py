"""The figures as `fenghuo top` reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from detectors.metrics import CameraCounters, ShardMetrics


class ShardReading(BaseModel):
    """A shard and what it counted since its process started."""

    name: str
    up: bool
    heard: Annotated[float, Field(description="seconds since its last word")]
    epoch: int
    metrics: ShardMetrics


class CameraReading(BaseModel):
    """A camera; `counters` is null until its shard has told of it, up to 10 s after a start."""

    id: str
    shard: str
    state: str
    since: datetime | None
    reason: str
    counters: CameraCounters | None
    counted_at: datetime | None


class Readings(BaseModel):
    at: datetime
    shards: list[ShardReading]
    cameras: list[CameraReading]
