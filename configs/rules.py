"""What a zone of a picture is watched for, and how strictly: the knobs that engineers turn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from configs.values import Fraction, Identifier, Model, Seconds


class RuleConfig(Model):
    """What all rules share. `event` is a code of the event catalogue."""

    event: Identifier
    cooldown: Seconds = Field(
        default=600.0, description="silence after an episode ends, before the next may open"
    )
    clear_after: Seconds = Field(
        default=20.0, description="how long nothing may be seen before an episode ends"
    )
    model: Identifier | None = Field(
        default=None, description="model card that sharpens this rule; none: classical method alone"
    )
    confidence: Fraction = Field(default=0.5, description="least confidence of an event")


class ObstructionConfig(RuleConfig):
    """Something that was not there stands still in a lane, a fire lane or a gate."""

    rule: Literal["obstruction"]
    event: Identifier = "lane_blocked"
    dwell: Seconds = Field(default=60.0, description="how long it must stand before it counts")
    min_area: Fraction = Field(default=0.02, description="least area, as a fraction of the zone")
    model: Identifier | None = "yolox_nano"


class GatheringConfig(RuleConfig):
    """More people in one place than is safe. A count, never who they are."""

    rule: Literal["gathering"]
    event: Identifier = "gathering"
    on_count: Annotated[int, Field(ge=2)] = 10
    off_count: Annotated[int, Field(ge=1)] = 6
    duration: Seconds = Field(default=30.0, description="how long the count must hold")
    person_height: Fraction | None = Field(
        default=None,
        description="a standing person's height at the zone's middle, as a fraction of the "
        "picture's height; the classical method cannot count without it",
    )
    horizon: Annotated[float, Field(ge=-2, le=1)] | None = Field(
        default=None,
        description="y of the horizon, as a fraction of the picture's height (negative: above the "
        "picture); people grow with their distance below it; none: they are all of one size",
    )
    model: Identifier | None = "yolox_nano"

    @model_validator(mode="after")
    def _off_below_on(self) -> GatheringConfig:
        if self.off_count >= self.on_count:
            raise ValueError(
                f"off_count ({self.off_count}) must be below on_count ({self.on_count})"
            )
        return self


class FireSmokeConfig(RuleConfig):
    """Flames or smoke. Candidates by colour and change, confirmed over time."""

    rule: Literal["fire_smoke"]
    event: Identifier = "fire"
    smoke_event: Identifier = "smoke"
    duration: Seconds = Field(default=6.0, description="how long the cue must hold and grow")
    min_area: Fraction = Field(default=0.002, description="least area, as a fraction of the zone")
    model: Identifier | None = None


class OfflineConfig(RuleConfig):
    """The camera itself: no picture for this long."""

    rule: Literal["offline"] = "offline"
    event: Identifier = "camera_offline"
    after: Seconds = 60.0
    clear_after: Seconds = 10.0
    confidence: Fraction = 1.0


ZoneRule = Annotated[
    ObstructionConfig | GatheringConfig | FireSmokeConfig, Field(discriminator="rule")
]
