"""Comparisons on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field, JsonValue

from configs.values import Name


class Seen(StrEnum):
    """Which of the two rules told of a thing."""

    BOTH = "both"
    ONLY_OLD = "only_old"
    ONLY_NEW = "only_new"


class EpisodeBody(BaseModel):
    """One telling. `event_id` leads to its picture where `snapshot` is true."""

    event_id: str
    started_at: datetime
    told_at: datetime
    ended_at: datetime | None = Field(description="null: it goes on, or nobody said that it ended")
    confidence: float
    snapshot: bool
    alert_id: str | None = Field(default=None, description="of the rule in force")


class CaseBody(BaseModel):
    """One thing that at least one of the two told of."""

    seen: Seen
    event_type: str
    old: EpisodeBody | None
    new: EpisodeBody | None
    delay: float | None = Field(
        description="seconds by which the new one told it later; negative: earlier"
    )


class ShadowBody(BaseModel):
    """A shadow and its rule, side by side."""

    camera_id: str
    camera_name: Name
    zone_id: str
    zone_name: Name
    rule: str
    name: str = Field(description="the shadow's")
    knobs: dict[str, JsonValue] = Field(description="what is different from the rule")
    since: datetime = Field(description="later than was asked for where the camera changed later")
    both: int
    only_old: int
    only_new: int
    open_yet: int = Field(description="told by one so lately that the other may still follow")
    median_delay: float | None = Field(description="seconds over `both`; null: there is none")
    cases: list[CaseBody] = Field(description="newest first, a bounded number")


class Comparisons(BaseModel):
    since: datetime
    until: datetime
    scans: int = Field(description="how often a shadow was due, since the shards' start")
    skipped: int = Field(description="of them, those that it had to go without")
    shadows: list[ShadowBody]
