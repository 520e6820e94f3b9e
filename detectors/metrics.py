"""What a shard says of its own work: totals since its process started, and what it holds now.

It travels in every heartbeat, is kept in the command center's database, and is shown by
`GET /metrics` and `fenghuo top`. Every field has a default and a strange one is passed over, so
that a row or a heartbeat of the version before stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from configs.values import Identifier
from ingest.histogram import HistogramSnapshot

Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
Reasons = Annotated[Mapping[str, Count], Field(max_length=50)]
"""How many, by a drop's reason."""


class Stage(StrEnum):
    """Where a shard's CPU time goes; `rules` is a part of `sink`."""

    READ = "read"
    DECODE = "decode"
    GATE = "gate"
    SINK = "sink"
    RULES = "rules"


class Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ProcessUse(Told):
    """A process as its kernel counts it."""

    cpu_seconds: Amount = 0.0
    resident_bytes: Count = 0
    threads: Count = 0
    open_files: Count = 0
    started_at: datetime | None = None


class IngestTotals(Told):
    """Of all cameras that the process has had, those removed since included.

    `packets` = `packets_used` + all of `packets_dropped` + `packets_pending` (of pictures that are
    being put together). `drops` counts pictures that came to nothing, by reason.
    """

    received_bytes: Count = 0
    packets: Count = 0
    packets_used: Count = 0
    packets_pending: Count = 0
    packets_dropped: Reasons = {}
    units: Count = 0
    keyframes_decoded: Count = 0
    drops: Reasons = {}
    ring_bytes: Count = 0
    ring_limit: Count = 0
    scans_waiting: Annotated[int, Field(ge=0, description="pictures that wait to be decoded")] = 0
    cpu: Annotated[Mapping[Stage, Amount], Field(description="CPU seconds by stage")] = {}
    stages: Annotated[
        Mapping[Stage, HistogramSnapshot], Field(description="CPU seconds of one round or scan")
    ] = {}
    interval: Annotated[
        HistogramSnapshot | None, Field(description="seconds between two scans of one camera")
    ] = None
    lag: Annotated[
        HistogramSnapshot | None, Field(description="seconds from capture until looked at")
    ] = None


class FindingTotals(Told):
    """What the rules did, and what became of it. `unwritten` and the outbox's are as of now."""

    scans: Count = 0
    scans_skipped: Annotated[int, Field(ge=0, description="gave way while a detector was slow")] = 0
    rules_broken: Count = 0
    events: Count = 0
    events_unwritten: Count = 0
    events_lost: Count = 0
    evidence_dropped: Count = 0
    shadow_scans: Annotated[int, Field(ge=0, description="how often a shadow was due")] = 0
    shadow_skipped: Annotated[int, Field(ge=0, description="of them: it had to give way")] = 0
    shadow_untold: Annotated[int, Field(ge=0, description="findings beyond an hour's")] = 0
    shadow_seconds: Annotated[float, Field(ge=0, description="CPU in shadows' rules")] = 0.0
    outbox_pending: Count = 0
    outbox_dead: Annotated[int, Field(ge=0, description="refused by the command center")] = 0
    outbox_bytes: Count = 0
    delivered: Count = 0
    delivery_retries: Count = 0


class SensorTotals(Told):
    """Readings of all sensors: by what each was among those before it, and refused by reason."""

    readings: Count = 0
    unknown: Annotated[int, Field(ge=0, description="of sensors that the town does not have")] = 0
    by_order: Reasons = {}
    refused: Reasons = {}


class DetectorTotals(Told):
    """One model of the shard. `latency` is seconds from a picture's arrival to its answer."""

    model: str
    submitted: Count = 0
    inferred: Count = 0
    batches: Count = 0
    waiting: Count = 0
    busy_seconds: Amount = 0.0
    dropped: Reasons = {}
    latency: HistogramSnapshot | None = None


class CameraCounters(Told):
    """One camera since it was added or its source was changed. `drops`: pictures and packets."""

    id: Identifier
    received_bytes: Count = 0
    units: Count = 0
    drops: Count = 0
    scanned_at: Annotated[
        float | None, Field(description="capture of its last examined picture, Unix seconds")
    ] = None


class ShardMetrics(Told):
    """All of it. `cameras` is told every few heartbeats only; empty means nothing new."""

    process: ProcessUse = ProcessUse()
    changed_at: Annotated[
        datetime | None, Field(description="when it last took a change of its cameras")
    ] = None
    ingest: IngestTotals = IngestTotals()
    findings: FindingTotals = FindingTotals()
    sensors: SensorTotals = SensorTotals()
    detectors: Annotated[tuple[DetectorTotals, ...], Field(max_length=20)] = ()
    cameras: Annotated[tuple[CameraCounters, ...], Field(max_length=5000)] = ()
