"""The event: what a shard says that it found, in CloudEvents 1.0 shape, told at least once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from configs.catalogue import Source
from configs.values import Fraction, Identifier, Position
from detectors.sensors.measured import Measured


class Phase(StrEnum):
    OPENED = "opened"
    """Something began."""
    CLEARED = "cleared"
    """It is no longer seen. `episode_id` is that of the opening."""


class Method(StrEnum):
    """How it was found: engineers and judges of a false alarm need to know."""

    BACKGROUND = "background"
    OCCUPANCY = "occupancy"
    COLOUR_MOTION = "colour_motion"
    MOTION = "motion"
    MODEL = "model"
    FUSED = "fused"
    HEALTH = "health"
    THRESHOLD = "threshold"
    RATE = "rate"


class EvidenceKind(StrEnum):
    SNAPSHOT = "snapshot"
    """JPEG with boxes, people blurred, privacy masks burned in: what everybody sees."""
    SNAPSHOT_CLEAR = "snapshot_clear"
    """JPEG with boxes, masks burned in, people not blurred: needs a reason and is logged."""
    CLIP = "clip"
    """MP4 from before the event to after it."""


class Blur(StrEnum):
    """How people were made unrecognisable in the snapshot."""

    NONE = "none"
    PEOPLE = "people"
    """Boxes of a person detector, and wherever else somebody could be."""
    MOVING = "moving"
    """No person model: wherever somebody could be, moving or standing (`detectors.privacy`)."""


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Box(Wire):
    """Fractions of the picture's width and height, origin at the top left."""

    x1: Fraction
    y1: Fraction
    x2: Fraction
    y2: Fraction
    label: str
    confidence: Fraction


class EventData(Wire):
    """What CloudEvents calls `data`."""

    event_type: Identifier
    phase: Phase
    episode_id: UUID
    source: Source = Source.CAMERA
    camera_id: Identifier | None = None
    sensor_id: Identifier | None = None
    """A camera found it or a sensor, one of the two."""
    zone_id: Identifier | None = None
    """None: the camera as a whole, such as its being offline, or a sensor."""
    position: Position
    """Ground point of the zone (of the camera, of the sensor where there is no zone)."""
    started_at: datetime
    """When the thing began, which for a dwell is before the event's own time."""
    confidence: Fraction
    method: Method
    count: Annotated[int, Field(ge=0)] | None = None
    boxes: tuple[Box, ...] = ()
    note: str = ""
    measured: Measured | None = None
    """What a sensor's rule measured."""
    blur: Blur = Blur.NONE
    evidence: tuple[EvidenceKind, ...] = ()
    """What will follow by `PUT …/events/{id}/evidence/{kind}`; a clip comes seconds later."""
    config_version: str
    shadow: Identifier | None = None
    """The shadow that found it: for comparison alone, no alert comes of it."""
    model_versions: dict[str, str] = Field(default_factory=dict)
    """Model card name → first 12 hex digits of its sha256, for models that took part."""

    @model_validator(mode="after")
    def _one_finder(self) -> EventData:
        if (self.camera_id is None) == (self.sensor_id is None):
            raise ValueError("give either camera_id or sensor_id")
        if self.sensor_id is not None and self.zone_id is not None:
            raise ValueError("a sensor has no zones; leave zone_id out")
        if self.shadow is not None and (self.camera_id is None or self.zone_id is None):
            raise ValueError("a shadow watches a zone of a camera; give camera_id and zone_id")
        return self

    @property
    def finder(self) -> str:
        """The camera or sensor that found it."""
        return self.camera_id or self.sensor_id or ""

    @property
    def lane(self) -> str:
        """What is delivered in order. A shadow's events never hold up those of its camera."""
        return self.finder if self.shadow is None else f"{self.finder}#{self.shadow}"

    @property
    def named(self) -> dict[str, str]:
        """The finder as logs name it."""
        finder = {"camera" if self.camera_id is not None else "sensor": self.finder}
        return finder if self.shadow is None else {**finder, "shadow": self.shadow}


class Event(Wire):
    """CloudEvents 1.0, structured JSON mode, with the extension attributes `shard` and `epoch`.

    `id` is a UUIDv7: the key by which a second delivery is recognised.
    """

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    """`/shards/{shard}/cameras/{camera_id}`, or `…/sensors/{sensor_id}`"""
    type: Literal["town.fenghuo.event.v1"] = "town.fenghuo.event.v1"
    time: datetime
    subject: str
    """`{camera_id or sensor_id}/{zone_id or -}`"""
    datacontenttype: Literal["application/json"] = "application/json"
    shard: Identifier
    epoch: Annotated[int, Field(ge=0)]
    """Grows at every start of the shard; the command center refuses what an older epoch sends."""
    data: EventData
