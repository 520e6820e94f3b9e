"""What shards and the command center say to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from configs.values import Identifier
from detectors.metrics import ShardMetrics
from ingest.health import CameraState
from ingest.sensors.health import SensorState


class CameraReport(BaseModel):
    id: Identifier
    state: CameraState
    since: AwareDatetime
    reason: Annotated[str, Field(max_length=500)] = ""


class SensorReport(BaseModel):
    id: Identifier
    state: SensorState
    since: AwareDatetime
    reason: Annotated[str, Field(max_length=500)] = ""
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    at: AwareDatetime | None = None


class MissingClip(BaseModel):
    event_id: UUID
    camera_id: Identifier
    reason: Annotated[str, Field(max_length=500)]


class Heartbeat(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "epoch": 3,
                    "cameras": [
                        {"id": "lane-1", "state": "online", "since": "2025-06-01T08:00:00Z"}
                    ],
                    "missing_models": ["yolox_nano"],
                    "metrics": {"findings": {"scans": 1234}},
                }
            ]
        }
    )

    epoch: Annotated[int, Field(ge=1)]
    cameras: Annotated[list[CameraReport], Field(max_length=5000)] = []
    sensors: Annotated[list[SensorReport], Field(max_length=10_000)] = []
    clips_missing: Annotated[
        list[MissingClip], Field(max_length=200, description="wanted, and not to be had here")
    ] = []
    missing_models: Annotated[list[Identifier], Field(max_length=100)] = []
    metrics: Annotated[
        ShardMetrics, Field(description="what the process has done since it started")
    ] = ShardMetrics()


class WantedClip(BaseModel):
    """A clip and a snapshot of a camera, as evidence of an event that a sensor near it told."""

    event_id: UUID
    camera_id: str
    start: datetime
    end: datetime


class HeartbeatAnswer(BaseModel):
    stills_wanted: Annotated[
        tuple[str, ...],
        Field(description="of the cameras reported, those that somebody looks at just now"),
    ] = ()
    clips_wanted: Annotated[
        tuple[WantedClip, ...],
        Field(description="of the cameras reported; deliver each as evidence of its event"),
    ] = ()


class EpochBody(BaseModel):
    epoch: int


class ShardBody(BaseModel):
    name: str
    epoch: int
    started_at: datetime
    seen_at: datetime
    down_since: datetime | None
    missing_models: tuple[str, ...]
    metrics: ShardMetrics


class Shards(BaseModel):
    items: list[ShardBody]
