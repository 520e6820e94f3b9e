"""One sensor: its readings in order, its rules' memory, and whether it is there at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from configs.sensors import Sensor
from detectors.episode import IDLE, Episode
from detectors.finding import Finding
from detectors.sensors.rules import SensorRule, SilenceRule, rules_of, step
from ingest.sensors.health import Presence, SensorHealth, SensorState
from ingest.sensors.ordering import Order, Ordering
from ingest.sensors.reading import Reading, RefusedReadingError


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and the moment (Unix seconds) at which it was sure."""

    finding: Finding
    at: float


class WatchedSensor:
    """Not for several threads at once.

    Rules run on the sensor's own time: that of its newest reading, and between two readings the
    same time going on at our clock's pace. So a backlog that comes at once is judged as if it had
    come in its time, and a value that stays high without being repeated earns its dwell.
    """

    def __init__(self, sensor: Sensor, now: float) -> None:
        self.sensor = sensor
        self.orders: Counter[Order] = Counter()
        self.refusals: Counter[str] = Counter()
        self._presence = Presence(sensor, now)
        self._ordering = Ordering()
        self._rules: list[tuple[SensorRule, Episode]] = [(r, IDLE) for r in rules_of(sensor)]
        self._silence = SilenceRule(sensor.silence, sensor)
        self._silence_state = IDLE
        self._time = float("-inf")
        self._behind = 0.0
        """Seconds that the sensor's own time lies behind ours."""

    @property
    def health(self) -> SensorHealth:
        return self._presence.health

    @property
    def newest(self) -> Reading | None:
        readings = self._ordering.readings
        return readings[-1] if readings else None

    def arrived(self, reading: Reading, now: float) -> tuple[Found, ...]:
        """Take a reading into account; `now` is Unix seconds of its arrival."""
        order = self._ordering.take(reading)
        self.orders[order] += 1
        if order in {Order.DUPLICATE, Order.TOO_LATE}:
            return ()
        self._presence.heard(now)
        self._presence.look(now)
        if order is Order.NEWEST:
            self._time = max(self._time, reading.at)
            self._behind = now - self._time
        return self._step()

    def refused(self, error: RefusedReadingError) -> bool:
        """Note a message that is no reading; whether it is the first after a good one."""
        self.refusals[error.refusal] += 1
        before = self._presence.health.reason
        self._presence.refused(str(error))
        return not before

    def available(self, there: bool, now: float) -> None:
        self._presence.available(there, now)

    def link(self, trouble: str) -> None:
        self._presence.link(trouble)

    def tick(self, now: float) -> tuple[Found, ...]:
        """Let time pass; about once a second."""
        health = self._presence.look(now)
        self._silence_state, findings = self._silence.step(self._silence_state, health, now)
        found = tuple(Found(finding, now) for finding in findings)
        if health.state is not SensorState.ONLINE:
            return found
        self._time = max(self._time, now - self._behind)
        return (*found, *self._step())

    def _step(self) -> tuple[Found, ...]:
        readings = self._ordering.readings
        found: list[Found] = []
        for index, (rule, state) in enumerate(self._rules):
            following, findings = step(rule, state, readings, self._time)
            self._rules[index] = (rule, following)
            found += [Found(finding, self._time) for finding in findings]
        return tuple(found)
