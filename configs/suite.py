"""A suite: clips with what truly happens in them, to judge rules by; and what is good enough."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from configs.rules import ZoneRule
from configs.values import Fraction, Identifier, Model, PicturePolygon, Seconds

RuleSet = Annotated[tuple[ZoneRule, ...], Field(min_length=1)]


def _kind_of_rules(value: object) -> str:
    return "set" if isinstance(value, str) else "list"


class Threshold(Model):
    """What an event type must reach; what is not given is not judged."""

    recall: Fraction | None = Field(default=None, description="least part of the truths found")
    precision: Fraction | None = Field(
        default=None, description="least part of the alarms that are right"
    )
    false_alarms_per_camera_hour: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="most false alarms in an hour of one camera"
    )
    delay_p95: Seconds | None = Field(
        default=None, description="longest delay beyond the rule's dwell of 95 in 100"
    )


class SuiteZone(Model):
    """A polygon of the clip's picture and what watches it, as in a town file."""

    id: Identifier
    polygon: PicturePolygon
    rules: Annotated[
        Annotated[Identifier, Tag("set")] | Annotated[RuleSet, Tag("list")],
        Discriminator(_kind_of_rules),
    ] = Field(description="rules, or the name of a set of them")
    area_m2: Annotated[float, Field(gt=0)] | None = None
    masks: tuple[PicturePolygon, ...] = Field(
        default=(), description="parts of the zone that are ignored"
    )


class TruthEntry(Model):
    """Something happens. Times are seconds of what is played, whose first picture is 0."""

    zone: Identifier
    event: Identifier
    start: Seconds = Field(description="when the thing begins, not when the rule may open")
    end: Seconds
    ignore: bool = Field(
        default=False, description="either answer is right: an alarm here counts for nothing"
    )

    @model_validator(mode="after")
    def _in_order(self) -> TruthEntry:
        if self.end <= self.start:
            raise ValueError(f"end ({self.end:g} s) must lie after start ({self.start:g} s)")
        return self


class SuiteClip(Model):
    """A clip, what watches it, and what is there to be found."""

    id: Identifier
    file: str | None = Field(
        default=None,
        min_length=1,
        description="relative to the suite; ${NAME} is an environment variable",
    )
    scene: Identifier | None = Field(default=None, description="a drawn scene of the farm")
    start: Seconds = Field(default=0.0, description="second of the source at which to begin")
    length: Seconds | None = Field(default=None, description="how much of it; none: all")
    repeat: Annotated[int, Field(ge=1)] = Field(
        default=1, description="how often it is played; time goes on"
    )
    tags: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    every: Annotated[Seconds, Field(gt=0)] = Field(default=2.0, description="between two scans")
    zones: tuple[SuiteZone, ...] = Field(min_length=1)
    truth: tuple[TruthEntry, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> SuiteClip:
        if (self.file is None) == (self.scene is None):
            raise ValueError("give either file or scene")
        if self.length == 0:
            raise ValueError("length must be more than nothing; leave it out to play all")
        return self


class Suite(Model):
    """A whole suite file."""

    version: Literal[1] = 1
    title: str = Field(min_length=1)
    public: bool = Field(
        default=False,
        description="whether its clips are drawn, composed or published, so that nobody in the "
        "pictures of a report is blurred; never so of a town's own cameras",
    )
    thresholds: dict[Identifier, Threshold] = Field(
        default_factory=dict, description="by code of the event catalogue"
    )
    rules: dict[Identifier, RuleSet] = Field(
        default_factory=dict, description="named sets, for zones to share"
    )
    clips: tuple[SuiteClip, ...] = Field(min_length=1)

    def rules_of(self, zone: SuiteZone) -> tuple[ZoneRule, ...]:
        """What watches a zone. A set that is not there is an empty one; the loader refuses it."""
        return self.rules.get(zone.rules, ()) if isinstance(zone.rules, str) else zone.rules

    def must_last(
        self, clip: SuiteClip, zone_id: str, event: str, *, by_night: bool = False
    ) -> float | None:
        """Seconds that a thing must last in a zone before its rule opens; None: none looks for it.

        Of several rules for one event the quickest counts.
        """
        return min(
            (
                (rule.night if by_night and rule.night else rule).must_last(event)
                for zone in clip.zones
                if zone.id == zone_id
                for rule in self.rules_of(zone)
                if event in rule.events
            ),
            default=None,
        )

    def events_of(self, clip: SuiteClip) -> frozenset[str]:
        """What can be found in a clip: codes of its zones' rules."""
        return frozenset(
            event for zone in clip.zones for rule in self.rules_of(zone) for event in rule.events
        )
