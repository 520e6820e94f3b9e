"""One rule on one zone: its memory, its hours, and what is told of what it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog

from configs.rules import ZoneRule
from configs.town import Zone
from detectors.event import Phase
from detectors.hours import Hours
from detectors.rules.rule import Finding, Observation, Rule
from detectors.scenery import NO_CLAIM, Claim
from ingest.condition.baseline import Light

log = structlog.get_logger(__name__)

Build = Callable[[ZoneRule, Hours], Rule[Any]]
"""Makes the rule of one zone; `detectors.rules.build` with its zone and camera given."""


@dataclass(slots=True, eq=False)
class ZoneWatch:
    """One rule on one zone, with its memory."""

    zone: Zone
    config: ZoneRule
    by_day: Rule[Any]
    by_night: Rule[Any]
    """The same one where no night was configured. Both go on from one memory."""
    hours: Hours
    state: Any
    wants_detections: bool = False
    wants_burst: bool = False
    broken: str = ""
    claim: Claim = NO_CLAIM
    untold: set[UUID] = field(default_factory=set)
    """Open episodes that were not told, being too unsure; their end is not told either."""

    @staticmethod
    def of(zone: Zone, config: ZoneRule, hours: Hours, build: Build) -> ZoneWatch:
        by_day, by_night = _built(config, hours, build)
        return ZoneWatch(zone, config, by_day, by_night, hours, by_day.initial())

    def watches(self, zone: Zone, config: ZoneRule, hours: Hours) -> bool:
        """Whether this memory is of that rule on that part of the picture, in those hours."""
        own, other = (
            (each.id, each.polygon, each.masks, each.area_m2) for each in (self.zone, zone)
        )
        same_hours = config.schedule is None or self.hours == hours
        return own == other and same_hours and self.config == config

    def go_on(self, zone: Zone, build: Build) -> None:
        """With this memory, under what else the camera is now: a rule also goes by how far apart
        its scans are, and a zone's name and ground are told with what it finds."""
        self.zone = zone
        self.by_day, self.by_night = _built(self.config, self.hours, build)

    def step(
        self, camera_id: str, observation: Observation, light: Light = Light.DAY
    ) -> tuple[Finding, ...]:
        """Show the rule one scan. A rule that raises starts afresh, and harms nothing else."""
        now = observation.frame.captured_at
        rule = self.by_night if light is Light.NIGHT else self.by_day
        try:
            step = rule.step(self.state, observation, now)
        except Exception as error:  # noqa: BLE001 a rule's fault must not reach the other cameras
            self._has_failed(camera_id, error)
            return ()
        self.state = step.state
        # Outside of its hours it goes on learning its place, from what costs little.
        watched = (step.wants_detections or step.wants_burst) and self.hours.hold(now)
        self.wants_detections = watched and step.wants_detections
        self.wants_burst = watched and step.wants_burst
        self.claim = step.claim
        if self.broken:
            self.broken = ""
            log.info("rule.works_again", camera=camera_id, zone=self.zone.id, rule=self.config.rule)
        return tuple(finding for finding in step.findings if self._is_told(finding))

    def _is_told(self, finding: Finding) -> bool:
        """Whether the rule kept to the least confidence that it was given; a backstop."""
        if finding.phase is Phase.CLEARED:
            was_untold = finding.episode_id in self.untold
            self.untold.discard(finding.episode_id)
            return not was_untold
        if finding.confidence < self._least_confidence():
            self.untold.add(finding.episode_id)
            return False
        return True

    def _least_confidence(self) -> float:
        night = self.config.night
        return min(self.config.confidence, night.confidence if night is not None else 1.0)

    def _has_failed(self, camera_id: str, error: Exception) -> None:
        if not self.broken:
            log.error(
                "rule.failed",
                camera=camera_id,
                zone=self.zone.id,
                rule=self.config.rule,
                what_was_done="its memory was cleared; it goes on with the next picture",
                exc_info=error,
            )
        self.broken = f"{type(error).__name__}: {error}"
        self.state = self.by_day.initial()
        self.untold.clear()
        self.wants_detections = self.wants_burst = False
        self.claim = NO_CLAIM


def _built(config: ZoneRule, hours: Hours, build: Build) -> tuple[Rule[Any], Rule[Any]]:
    """By day and by night."""
    by_day = build(config, hours)
    return by_day, by_day if config.night is None else build(config.night, hours)
