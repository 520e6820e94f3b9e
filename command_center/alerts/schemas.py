"""Alerts on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from command_center.nearby.tables import ClipState
from command_center.tickets.schemas import TicketBody, TransitionBody
from configs.catalogue import Source, Urgency
from configs.values import Name, Position
from detectors.event import Blur, Method
from detectors.sensors.measured import Measured

Text = Annotated[str, Field(min_length=1, max_length=1000)]


class FingerprintBody(BaseModel):
    """What makes two findings the same: at most one live alert has all of these."""

    camera_id: str | None
    sensor_id: str | None
    zone_id: str | None
    event_type: str


class EvidenceBody(BaseModel):
    """Which evidence has arrived; a clip comes seconds after its alert."""

    snapshot: bool
    snapshot_clear: bool
    clip: bool


class NearbyBody(BaseModel):
    """The camera near a sensor that was asked for a clip of the alarm."""

    camera_id: str
    camera_name: Name
    clip: ClipState
    reason: str = Field(description="why there is none (yet)")


class AlertBody(BaseModel):
    id: str
    fingerprint_of: FingerprintBody
    event_type: str
    name: Name
    urgency: Urgency
    prompt: Name | None = Field(description="what the operator should do at once (fire: call 119)")
    state: str = Field(description="open, confirmed, false_alarm, merged, or cleared")
    source: Source
    camera_id: str | None = Field(description="null: a sensor found it")
    camera_name: Name | None
    sensor_id: str | None = Field(description="null: a camera found it")
    sensor_name: Name | None
    zone_id: str | None
    zone_name: Name | None
    position: Position
    opened_at: datetime
    started_at: datetime
    last_seen_at: datetime
    cleared_at: datetime | None
    confidence: float
    method: Method
    count: int | None
    note: str
    measured: Measured | None = Field(description="what a sensor measured, and its limit")
    nearby: NearbyBody | None = Field(description="the camera near the sensor, and its clip")
    blur: Blur
    evidence: EvidenceBody
    model_versions: dict[str, str]
    config_version: str
    shard: str
    events: int
    merged_into: str | None
    ticket_id: str | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    deadline: datetime | None
    transitions: list[TransitionBody] = Field(default=[], description="in GET /alerts/{id} only")


class AlertPage(BaseModel):
    items: list[AlertBody]
    next: str | None = Field(description="`before` of the next page; null: this is the last")


class ConfirmBody(BaseModel):
    note: Annotated[str, Field(max_length=1000)] = ""


class ReasonBody(BaseModel):
    reason: Text


class MergeBody(BaseModel):
    into: int = Field(description="the alert that this one is part of")
    note: Annotated[str, Field(max_length=1000)] = ""


class ConfirmedBody(AlertBody):
    ticket: TicketBody
