"""What a zone of a picture is watched for, and how strictly: the knobs that engineers turn."""

from __future__ import annotations

from abc import abstractmethod
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from configs.schedule import Schedule
from configs.shadow import Shadow, one_or_more
from configs.values import Fraction, Identifier, Model, PictureLine, Seconds

_SENSITIVITIES = {"low": 0.25, "normal": 0.5, "high": 0.75}
_SAME_AT_NIGHT = ("rule", "event", "smoke_event", "model", "schedule", "line", "direction")
"""What makes a rule the rule that it is: its memory and its open episode outlive the dusk."""


def _sensitivity(value: object) -> object:
    if isinstance(value, str) and not value.strip().replace(".", "", 1).isdigit():
        try:
            return _SENSITIVITIES[value.strip().lower()]
        except KeyError:
            raise ValueError(
                f"{value!r} is no sensitivity; give low, normal, high or a number from 0 to 1"
            ) from None
    return value


Sensitivity = Annotated[Fraction, BeforeValidator(_sensitivity)]
"""How little is enough, 0 to 1; low is 0.25, normal 0.5, high 0.75."""


class Burst(StrEnum):
    """What of a whole GOP a rule looks at when it asks for one."""

    NOT = "not"
    """It never asks."""
    SMALL = "small"
    """The small pictures."""
    FULL = "full"
    """The full ones, where something stands."""


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


_NIGHT = "settings of this rule that differ while the camera's picture is that of night"


class Confirm(Model):
    """In how many of the last scans something must be seen before it counts."""

    needed: Annotated[int, Field(ge=1)] = 3
    of: Annotated[int, Field(ge=1, le=20)] = 4

    @model_validator(mode="after")
    def _can_be_met(self) -> Confirm:
        if self.needed > self.of:
            raise ValueError(f"needed ({self.needed}) must not be above of ({self.of})")
        return self


class ZoneRuleConfig(RuleConfig):
    """What the rules of a zone share besides."""

    policy_knobs: ClassVar[frozenset[str]] = frozenset({"clear_after", "cooldown", "confirm"})
    """Settings that only say when an episode opens and ends, and nothing of what the rule sees: a
    tuner need not look again to try another value."""
    looks_at_bursts: ClassVar[Burst] = Burst.NOT

    schedule: Schedule | None = Field(
        default=None, description="when it watches, in the town's time zone; none: always"
    )
    sensitivity: Sensitivity = Field(
        default=0.5,
        description="how little is enough: 0 to 1, or low, normal, high; changes sizes, no times",
    )
    confirm: Confirm = Field(
        default=Confirm(), description="a candidate must be seen in `needed` `of` the last scans"
    )
    night: ZoneRuleConfig | None = None
    """Each rule's own kind; it holds every setting, those of the day too."""
    shadow: Annotated[tuple[Shadow, ...], BeforeValidator(one_or_more)] = Field(
        default=(),
        description="other settings to be tried beside these on the same pictures, by day and by "
        "night: {name: …, and what is to be different}, one or a list",
    )

    @model_validator(mode="before")
    @classmethod
    def _night_is_the_day_but_for(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("night"), dict):
            return data
        day = {key: value for key, value in data.items() if key not in {"night", "shadow"}}
        return {**data, "night": {**day, **data["night"]}}

    @model_validator(mode="after")
    def _night_is_the_same_rule(self) -> Self:
        if self.night is None:
            return self
        if self.night.night is not None:
            raise ValueError("night holds a night of its own; remove it")
        if self.night.shadow:
            raise ValueError("night holds a shadow; write it beside night, where it is for both")
        for key in _SAME_AT_NIGHT:
            if getattr(self.night, key, None) != getattr(self, key, None):
                raise ValueError(f"night cannot have another {key}; make it a rule of its own")
        return self

    @model_validator(mode="after")
    def _shadows_are_rules(self) -> Self:
        for shadow in self.shadow:
            shadow.under(self)
        return self

    def in_shadow(self) -> tuple[Self, ...]:
        """The rules that run in its shadow, in the order of `shadow`."""
        return tuple(shadow.under(self) for shadow in self.shadow)

    @property
    def alone(self) -> Self:
        """This rule without its shadows."""
        return self.model_copy(update={"shadow": ()})

    @property
    def needs_area(self) -> bool:
        """Whether it, its night or a shadow judges people per square metre."""
        return False

    @property
    def scale(self) -> float:
        """What least sizes are multiplied with: 2 at sensitivity 0, 1 at 0.5, 1/2 at 1."""
        return float(2.0 ** (1.0 - 2.0 * self.sensitivity))

    def at_least_as_sure_as(self, floor: float) -> Self:
        """The same with no `confidence` below `floor`, by day and by night."""
        night = None if self.night is None else self.night.at_least_as_sure_as(floor)
        return self.model_copy(update={"confidence": max(self.confidence, floor), "night": night})


class ObstructionConfig(ZoneRuleConfig):
    """Something that was not there stands still in a lane, a fire lane or a gate."""

    rule: Literal["obstruction"] = "obstruction"
    event: Identifier = "lane_blocked"
    dwell: Seconds = Field(default=60.0, description="how long it must stand before it counts")
    min_area: Fraction = Field(default=0.02, description="least area, as a fraction of the zone")
    model: Identifier | None = "yolox_nano"
    policy_knobs: ClassVar[frozenset[str]] = ZoneRuleConfig.policy_knobs | {"dwell", "confidence"}
    looks_at_bursts: ClassVar[Burst] = Burst.FULL
    night: ObstructionConfig | None = Field(default=None, description=_NIGHT)

    def must_last(self, event: str) -> float:
        return self.dwell


NEEDS_AREA = "on_density needs the zone's area_m2: its ground outside of the masks, square metres"


class GatheringConfig(ZoneRuleConfig):
    """More people in one place than is safe. A count, never who they are."""

    rule: Literal["gathering"] = "gathering"
    event: Identifier = "gathering"
    on_count: Annotated[int, Field(ge=2)] | None = Field(
        default=10, description="so many people are a gathering; 10, unless on_density is given"
    )
    off_count: Annotated[int, Field(ge=1)] | None = Field(
        default=6, description="so few are none any more; between the two an open one lives on"
    )
    on_density: Annotated[float, Field(gt=0, le=10)] | None = Field(
        default=None,
        description="instead of on_count: people per square metre of the zone, whose area_m2 it "
        "needs; above 4 or 5 a crowd is dangerous to itself",
    )
    off_density: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="instead of off_count, and needed with on_density"
    )
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
    policy_knobs: ClassVar[frozenset[str]] = ZoneRuleConfig.policy_knobs | {
        "on_count",
        "on_density",
        "confidence",
    }
    night: GatheringConfig | None = Field(default=None, description=_NIGHT)

    @model_validator(mode="before")
    @classmethod
    def _a_density_is_no_count(cls, data: Any) -> Any:
        """The count's defaults are not meant where a density is given."""
        if not isinstance(data, dict) or data.get("on_density") is None:
            return data
        return {"on_count": None, "off_count": None, **data}

    @model_validator(mode="after")
    def _one_pair_of_thresholds(self) -> GatheringConfig:
        pairs = (
            ("count", self.on_count, self.off_count),
            ("density", self.on_density, self.off_density),
        )
        given = [pair for pair in pairs if pair[1:] != (None, None)]
        if len(given) != 1:
            raise ValueError(
                "give either on_count and off_count (people) or on_density and off_density "
                "(people per square metre)"
            )
        (kind, on, off) = given[0]
        if on is None or off is None:
            raise ValueError(f"on_{kind} and off_{kind} belong together; give both")
        if off >= on:
            raise ValueError(f"off_{kind} ({off:g}) must be below on_{kind} ({on:g})")
        return self

    @property
    def needs_area(self) -> bool:
        """Whether it, its night or a shadow judges people per square metre."""
        others = self.in_shadow() if self.night is None else (*self.in_shadow(), self.night)
        return self.on_density is not None or any(each.needs_area for each in others)

    def thresholds(self, area_m2: float | None) -> tuple[float, float]:
        """On and off in people, for a zone of so many square metres.

        Raises:
            ValueError: they are densities and the area is not known.
        """
        if self.on_count is not None and self.off_count is not None:
            return float(self.on_count), float(self.off_count)
        if area_m2 is None or self.on_density is None or self.off_density is None:
            raise ValueError(NEEDS_AREA)
        return self.on_density * area_m2, self.off_density * area_m2

    def must_last(self, event: str) -> float:
        return self.duration


SMOKE_TAKES = 2.0
"""Smoke must hold twice as long as flames: dust behind a lorry settles in about ten seconds."""


class FireSmokeConfig(ZoneRuleConfig):
    """Flames or smoke. Candidates by colour and change, confirmed over time."""

    rule: Literal["fire_smoke"] = "fire_smoke"
    event: Identifier = "fire"
    smoke_event: Identifier = "smoke"
    duration: Seconds = Field(default=6.0, description="how long the cue must hold and grow")
    min_area: Fraction = Field(default=0.002, description="least area, as a fraction of the zone")
    model: Identifier | None = None
    policy_knobs: ClassVar[frozenset[str]] = ZoneRuleConfig.policy_knobs | {"duration"}
    looks_at_bursts: ClassVar[Burst] = Burst.SMALL
    night: FireSmokeConfig | None = Field(default=None, description=_NIGHT)

    @property
    def events(self) -> tuple[str, ...]:
        return (self.event, self.smoke_event)

    def must_last(self, event: str) -> float:
        return self.duration * (SMOKE_TAKES if event == self.smoke_event else 1.0)


class OnTheirWayConfig(ZoneRuleConfig):
    """What rules about people on their way share."""

    confirm: Confirm = Field(
        default=Confirm(needed=1, of=1),
        description="in how many of the last scans; each stands for the pictures before it too",
    )
    min_height: Fraction = Field(
        default=0.1, description="least height of somebody, as a fraction of the picture's height"
    )
    model: Identifier | None = "yolox_nano"
    policy_knobs: ClassVar[frozenset[str]] = frozenset({"clear_after", "confirm"})
    """Not `cooldown`: in its silence nothing asks for a burst."""


class IntrusionConfig(OnTheirWayConfig):
    """Somebody enters a zone in which nobody has to be."""

    rule: Literal["intrusion"] = "intrusion"
    event: Identifier = "intrusion"
    dwell: Seconds = Field(default=0.0, description="how long somebody must be there")
    # It asks for no burst while its cooldown lasts.
    policy_knobs: ClassVar[frozenset[str]] = ZoneRuleConfig.policy_knobs - {"cooldown"}
    looks_at_bursts: ClassVar[Burst] = Burst.SMALL
    night: IntrusionConfig | None = Field(default=None, description=_NIGHT)

    def must_last(self, event: str) -> float:
        return self.dwell


class Direction(StrEnum):
    """Along the line from its first point, a is on the left hand and b on the right."""

    A_TO_B = "a_to_b"
    B_TO_A = "b_to_a"
    BOTH = "both"


class LineCrossingConfig(OnTheirWayConfig):
    """People go over a line. They are counted from the first until nobody does for a while."""

    rule: Literal["line_crossing"] = "line_crossing"
    event: Identifier = "line_crossing"
    line: PictureLine = Field(
        description="two points or more; from the first one on, side a is on the left hand"
    )
    direction: Direction = Direction.BOTH
    looks_at_bursts: ClassVar[Burst] = Burst.SMALL
    night: LineCrossingConfig | None = Field(default=None, description=_NIGHT)

    def must_last(self, event: str) -> float:
        return 0.0


class LoiteringConfig(OnTheirWayConfig):
    """Somebody stays in a zone, moving about or standing. A short-lived track, never who it is."""

    rule: Literal["loitering"] = "loitering"
    event: Identifier = "loitering"
    dwell: Seconds = Field(default=60.0, description="how long one person must stay there")
    confirm: Confirm = Field(
        default=Confirm(), description="a candidate must be seen in `needed` `of` the last scans"
    )
    policy_knobs: ClassVar[frozenset[str]] = ZoneRuleConfig.policy_knobs | {"dwell"}
    night: LoiteringConfig | None = Field(default=None, description=_NIGHT)

    def must_last(self, event: str) -> float:
        return self.dwell


class DumpedConfig(ZoneRuleConfig):
    """A thing is left where somebody or a vehicle was, such as rubbish outside of its place."""

    rule: Literal["dumped"] = "dumped"
    event: Identifier = "rubbish"
    dwell: Seconds = Field(default=60.0, description="how long it must lie there by itself")
    min_area: Fraction = Field(default=0.001, description="least area, as a fraction of the zone")
    model: Identifier | None = "yolox_nano"
    policy_knobs: ClassVar[frozenset[str]] = ZoneRuleConfig.policy_knobs | {"dwell", "confidence"}
    night: DumpedConfig | None = Field(default=None, description=_NIGHT)

    def must_last(self, event: str) -> float:
        return self.dwell


ZoneRule = Annotated[
    ObstructionConfig
    | GatheringConfig
    | FireSmokeConfig
    | IntrusionConfig
    | LineCrossingConfig
    | LoiteringConfig
    | DumpedConfig,
    Field(discriminator="rule"),
]
