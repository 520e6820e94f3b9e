"""What a sensor's readings are held against: a threshold, a rate of change, and its silence.

Pure, as the rules on pictures: (state, what is known, now) → (state, findings), on the shared
Episode, which has the dwell, the clearing and the cooldown. A rule here only says how high the
level is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from configs.sensors import (
    RateConfig,
    Sensor,
    SensorRuleConfig,
    SilenceConfig,
    ThresholdConfig,
)
from detectors import episode
from detectors.episode import Episode, Policy
from detectors.event import Method, Phase
from detectors.finding import Finding
from detectors.sensors.measured import Measured
from ingest.sensors.health import AWAY, SensorHealth, SensorState
from ingest.sensors.reading import Reading

FEWEST = 3
"""Readings that make a rate: of two, one wrong one makes any rate that it likes."""
MOST = 24
"""Readings that a rate is computed of: 276 slopes, 0.1 ms."""
SHORTEST = 0.25
"""Part of the window that the readings must span: a rate a minute of two seconds is noise."""


@dataclass(frozen=True, slots=True)
class Level:
    """How high a rule's level is, and what of it people are told."""

    level: float | None
    """None: what is known says nothing either way."""
    measured: Measured | None = None


class SensorRule(Protocol):
    """One rule on one sensor. Holds its configuration only."""

    @property
    def config(self) -> SensorRuleConfig: ...

    @property
    def method(self) -> Method: ...

    def policy(self) -> Policy:
        """The levels and times that the episode is kept by."""

    def look(self, readings: Sequence[Reading]) -> Level:
        """The level by these readings, which are in order of their time."""


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """The newest value against a limit."""

    config: ThresholdConfig
    sensor: Sensor
    method = Method.THRESHOLD

    def policy(self) -> Policy:
        return _policy(
            self.config, self.sensor, on=self._sign * self._limit, off=self._sign * self.config.off
        )

    def look(self, readings: Sequence[Reading]) -> Level:
        if not readings:
            return Level(None)
        value = readings[-1].value
        measured = Measured(value=value, limit=self._limit, unit=self.sensor.unit)
        return Level(self._sign * value, measured)

    @property
    def _sign(self) -> float:
        """A value that is too low is one whose negative is too high."""
        return 1.0 if self.config.above is not None else -1.0

    @property
    def _limit(self) -> float:
        low = self.config.below
        return self.config.above if self.config.above is not None else low if low is not None else 0


@dataclass(frozen=True, slots=True)
class RateRule:
    """How quickly the value changes: the median of the slopes between all readings of the window
    (Theil 1950, Sen 1968), on which one wrong reading has no effect."""

    config: RateConfig
    sensor: Sensor
    method = Method.RATE

    def policy(self) -> Policy:
        limit = self.config.limit
        off = self.config.off if self.config.off is not None else limit / 2
        return _policy(self.config, self.sensor, on=limit, off=off)

    def look(self, readings: Sequence[Reading]) -> Level:
        if not readings:
            return Level(None)
        begin = readings[-1].at - self.config.window
        points = [(r.at, r.value) for r in readings if r.at >= begin]
        if len(points) < FEWEST or points[-1][0] - points[0][0] < SHORTEST * self.config.window:
            return Level(None)
        sign = 1.0 if self.config.rising is not None else -1.0
        rate = 60.0 * slope(thinned(points, MOST))
        measured = Measured(
            value=rate, limit=sign * self.config.limit, unit=self.sensor.unit, per_minute=True
        )
        return Level(sign * rate, measured)


def rules_of(sensor: Sensor) -> tuple[SensorRule, ...]:
    """The rules on a sensor's readings."""
    return tuple(
        ThresholdRule(config, sensor)
        if isinstance(config, ThresholdConfig)
        else RateRule(config, sensor)
        for config in sensor.rules
    )


def step(
    rule: SensorRule, state: Episode, seen: Level, now: float
) -> tuple[Episode, tuple[Finding, ...]]:
    """Take into account what the rule sees in the readings as they are at `now`, which is Unix
    seconds of the sensor's own time and never goes back."""
    turn = episode.step(rule.policy(), state, seen.level, now)
    if turn.phase is None or turn.id is None:
        return turn.episode, ()
    finding = Finding(
        event=rule.config.event,
        phase=turn.phase,
        episode_id=turn.id,
        started_at=turn.since,
        confidence=1.0,
        method=rule.method,
        note=str(seen.measured) if seen.measured is not None else "",
        measured=seen.measured,
    )
    return turn.episode, (finding,)


@dataclass(frozen=True, slots=True)
class SilenceRule:
    """The sensor itself. It runs on health and our own clock, not on readings."""

    config: SilenceConfig
    sensor: Sensor

    def step(
        self, state: Episode, health: SensorHealth, now: float
    ) -> tuple[Episode, tuple[Finding, ...]]:
        """Take note of how the sensor is at `now`, Unix seconds. Call about once a second."""
        known = health.state not in {SensorState.WAITING, SensorState.DISABLED}
        level = float(health.state in AWAY) if known else None
        policy = _policy(self.config, self.sensor, on=1.0, off=0.0)
        turn = episode.step(policy, state, level, now)
        if turn.phase is None or turn.id is None:
            return turn.episode, ()
        finding = Finding(
            event=self.config.event,
            phase=turn.phase,
            episode_id=turn.id,
            started_at=turn.since,
            confidence=1.0,
            method=Method.HEALTH,
            note=f"{health.state}: {health.reason}" if turn.phase is Phase.OPENED else "",
        )
        return turn.episode, (finding,)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Units a second: the median over all pairs of (value difference / time difference).

    `points` are (seconds, value) in order of time; 0 where all are of one moment.
    """
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for i, earlier in enumerate(points)
        for later in points[i + 1 :]
        if later[0] > earlier[0]
    ]
    return median(slopes) if slopes else 0.0


def thinned(points: Sequence[tuple[float, float]], most: int) -> Sequence[tuple[float, float]]:
    """At most so many of them, evenly, the first and the last always."""
    if len(points) <= most:
        return points
    last = len(points) - 1
    return [points[round(i * last / (most - 1))] for i in range(most)]


def _policy(config: SensorRuleConfig, sensor: Sensor, *, on: float, off: float) -> Policy:
    return Policy(
        key=f"{sensor.id}/-/{config.event}",
        dwell=config.dwell,
        clear_after=config.clear_after,
        cooldown=config.cooldown,
        on=on,
        off=off,
        needed=1,
        window=1,
        # A value holds until the next one; only a sensor that is silent has paused.
        max_gap=max(sensor.silent_after, 2.0),
    )
