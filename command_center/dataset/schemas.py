"""A judged alert on the wire, with all that a suite needs of it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from configs.rules import ZoneRule
from configs.values import Identifier, PicturePolygon


class Case(BaseModel):
    """One alert of a zone whose clip is there, and what an operator found of it."""

    alert_id: int
    event_id: str = Field(description="the opening whose clip it is")
    camera_id: Identifier
    zone_id: Identifier
    polygon: PicturePolygon
    rule: ZoneRule = Field(description="what looks for it there now, without its shadows")
    event_type: Identifier
    real: bool
    reason: str
    started_at: datetime
    found_at: datetime
    ended_at: datetime | None = Field(description="null: nobody said that it ended")


class Cases(BaseModel):
    items: list[Case] = Field(description="oldest first")
    next: int | None = Field(description="`after` of the next page; null: this was the last")
