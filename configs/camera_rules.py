"""What is told of a camera itself: that it sends nothing, or pictures that show nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from configs.rules import RuleConfig
from configs.values import Fraction, Identifier, Model, Seconds


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
