"""What holds for all cameras and sensors of a town, and may change while they are watched."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from configs.values import Fraction, TimeZone


class TownWide(BaseModel):
    """`confidence_floor`: the least that any rule is asked for, 0..1. `timezone`: in which
    schedules are written. `catalogue_version`: of the event types, for events to name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confidence_floor: Fraction = 0.3
    timezone: TimeZone = "Asia/Shanghai"
    catalogue_version: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
