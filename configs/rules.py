"""What a zone of a picture is watched for, and how strictly: the knobs that engineers turn."""

from __future__ import annotations

from abc import abstractmethod
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

    @property
    def events(self) -> tuple[str, ...]:
        """Codes of what this rule can find."""
        return (self.event,)

    @abstractmethod
    def must_last(self, event: str) -> float:
        """Seconds that a thing must last before this rule opens an episode of `event`."""


class ObstructionConfig(RuleConfig):
    """Something that was not there stands still in a lane, a fire lane or a gate."""

    rule: Literal["obstruction"]
    event: Identifier = "lane_blocked"
    dwell: Seconds = Field(default=60.0, description="how long it must stand before it counts")
    min_area: Fraction = Field(default=0.02, description="least area, as a fraction of the zone")
    model: Identifier | None = "yolox_nano"

    def must_last(self, event: str) -> float:
        return self.dwell


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

    def must_last(self, event: str) -> float:
        return self.duration


SMOKE_TAKES = 2.0
"""Smoke must hold twice as long as flames: dust behind a lorry settles in about ten seconds."""


class FireSmokeConfig(RuleConfig):
    """Flames or smoke. Candidates by colour and change, confirmed over time."""

    rule: Literal["fire_smoke"]
    event: Identifier = "fire"
    smoke_event: Identifier = "smoke"
    duration: Seconds = Field(default=6.0, description="how long the cue must hold and grow")
    min_area: Fraction = Field(default=0.002, description="least area, as a fraction of the zone")
    model: Identifier | None = None

    @property
    def events(self) -> tuple[str, ...]:
        return (self.event, self.smoke_event)

    def must_last(self, event: str) -> float:
        return self.duration * (SMOKE_TAKES if event == self.smoke_event else 1.0)


class OfflineConfig(RuleConfig):
    """The camera itself: no picture for this long."""

    rule: Literal["offline"] = "offline"
    event: Identifier = "camera_offline"
    after: Seconds = 60.0
    clear_after: Seconds = 10.0
    confidence: Fraction = 1.0

    def must_last(self, event: str) -> float:
        return self.after


class ConditionConfig(Model):
    """Something wrong with the picture of a camera that sends. `event` is a catalogue code."""

    event: Identifier
    enabled: bool = True
    after: Seconds = Field(description="how long it must hold before it is told")
    clear_after: Seconds = Field(
        default=60.0, description="how long the picture must be well before the episode ends"
    )
    cooldown: Seconds = Field(
        default=3600.0, description="silence after an episode ends, before the next may open"
    )


class FrozenConfig(ConditionConfig):
    """Pictures come, and all are the same."""

    event: Identifier = "camera_frozen"
    after: Seconds = 60.0


class CoveredConfig(ConditionConfig):
    """The picture shows nothing."""

    event: Identifier = "camera_covered"
    after: Seconds = 60.0


class BlurredConfig(ConditionConfig):
    """The picture has lost its detail. Rain and dew dry by themselves."""

    event: Identifier = "camera_blurred"
    after: Seconds = 1800.0


class MovedConfig(ConditionConfig):
    """The camera looks somewhere else. Somebody may be at work on it."""

    event: Identifier = "camera_moved"
    after: Seconds = 300.0


class ConditionsConfig(Model):
    """What is told of a camera's picture as a whole, counted from when its state shows it."""

    frozen: FrozenConfig = FrozenConfig()
    covered: CoveredConfig = CoveredConfig()
    blurred: BlurredConfig = BlurredConfig()
    moved: MovedConfig = MovedConfig()


ZoneRule = Annotated[
    ObstructionConfig | GatheringConfig | FireSmokeConfig, Field(discriminator="rule")
]
