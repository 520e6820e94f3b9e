"""Verdicts on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from configs.values import Name


class IntervalBody(BaseModel):
    share: float
    low: float = Field(description="with 95 % confidence it is not below")
    high: float = Field(description="nor above; Wilson's score interval")


class ReasonCount(BaseModel):
    reason: str
    count: int


class VerdictBody(BaseModel):
    """One event type of one zone under one version of its camera's configuration."""

    camera_id: str
    camera_name: Name
    zone_id: str | None = Field(description="null: the camera as a whole")
    zone_name: Name | None
    event_type: str
    event_name: Name
    rule: str | None = Field(
        description="what looks for it there now; null: nothing, or the camera"
    )
    config_version: str
    newest: bool = Field(description="nothing was told under a later version")
    days: float = Field(description="for which it was in force, as its alerts show; 1 at least")
    alerts: int
    real: int
    false: int
    undecided: int
    precision: IntervalBody | None = Field(description="real / (real + false); null: none judged")
    false_per_camera_day: float
    reasons: list[ReasonCount] = Field(description="of the false ones, the most frequent")
    advice: Name | None = Field(description="what to do, where it is wrong too often; never done")


class Verdicts(BaseModel):
    since: datetime
    until: datetime
    items: list[VerdictBody] = Field(description="most false alarms first")
