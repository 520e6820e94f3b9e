"""Sensors and readings on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from command_center.sensors import tables
from configs.sensors import SensorKind, SensorRule
from configs.values import Identifier, Name, Position
from ingest.sensors.reading import Quality

MOST_A_PUSH = 1000
MOST_A_FETCH = 500


class SensorBody(BaseModel):
    """A sensor as people see it: without its broker, and never with a password."""

    id: str
    name: Name
    kind: SensorKind
    unit: str
    position: Position
    state: Annotated[
        str,
        Field(
            description="waiting, online, silent, offline, disabled, or unknown where nobody "
            "speaks for it"
        ),
    ]
    since: datetime | None
    reason: str
    value: float | None = Field(description="the newest by the sensor's own time")
    at: datetime | None
    rules: list[SensorRule] = Field(description="what is an alarm")

    @classmethod
    def of(cls, sensor: tables.Sensor, status: tables.SensorStatus | None) -> SensorBody:
        config = sensor.config
        return cls(
            id=sensor.id,
            name=config.name,
            kind=config.kind,
            unit=config.unit,
            position=config.position,
            state=status.state if status else "unknown",
            since=status.since if status else None,
            reason=status.reason if status else "",
            value=status.value if status else None,
            at=status.at if status else None,
            rules=list(config.rules),
        )


class Sensors(BaseModel):
    items: list[SensorBody]


class PushedBody(BaseModel):
    """One reading. What is wrong with one is told of it alone, and the others are taken."""

    model_config = ConfigDict(extra="forbid")

    sensor: Annotated[JsonValue, Field(description="the sensor's id in the town file")]
    value: Annotated[JsonValue, Field(description="a number; true and false count as 1 and 0")]
    unit: Annotated[JsonValue, Field(description="held against the town file's")] = None
    at: Annotated[
        JsonValue,
        Field(description="RFC 3339 with a zone, or Unix seconds; none: the time of arrival"),
    ] = None


class PushBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "readings": [
                        {
                            "sensor": "pond-level",
                            "value": 1.92,
                            "unit": "m",
                            "at": "2025-06-01T08:00:00Z",
                        }
                    ]
                }
            ]
        },
    )

    readings: Annotated[list[PushedBody], Field(min_length=1, max_length=MOST_A_PUSH)]


class RefusedBody(BaseModel):
    index: int = Field(description="which of the readings, from 0")
    sensor: str
    reason: str = Field(description="a word for programs, such as wrong_unit")
    detail: str = Field(description="what is wrong, and what to do")


class PushAnswer(BaseModel):
    accepted: int = Field(description="written down; they will not be lost")
    refused: list[RefusedBody]


class NextBody(BaseModel):
    shard: Identifier
    epoch: Annotated[int, Field(ge=1)]
    done: Annotated[
        list[int], Field(max_length=MOST_A_FETCH, description="`seq` of what is dealt with")
    ] = []
    wait: Annotated[float, Field(ge=0, le=8, description="seconds to wait for the first")] = 0.0


class WaitingBody(BaseModel):
    seq: int
    sensor_id: str
    value: float
    unit: str
    at: datetime
    quality: Quality


class NextAnswer(BaseModel):
    items: list[WaitingBody] = Field(description="the oldest; again until they are `done`")
