"""What shards and the command center say to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from configs.values import Identifier
from detectors.metrics import ShardMetrics
from ingest.health import CameraState


class CameraReport(BaseModel):
    id: Identifier
    state: CameraState
    since: AwareDatetime
    reason: Annotated[str, Field(max_length=500)] = ""


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
    missing_models: Annotated[list[Identifier], Field(max_length=100)] = []
    metrics: Annotated[
        ShardMetrics, Field(description="what the process has done since it started")
    ] = ShardMetrics()


class HeartbeatAnswer(BaseModel):
    stills_wanted: Annotated[
        tuple[str, ...],
        Field(description="of the cameras reported, those that somebody looks at just now"),
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
