"""One sensor: its readings in order, its rules' memory, and whether it is there at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from configs.sensors import Sensor
from detectors.episode import IDLE, Episode, resumed
from detectors.finding import Finding
from detectors.sensors.memory import SensorMemory
from detectors.sensors.rules import Level, SensorRule, SilenceRule, rules_of, step
from ingest.sensors.health import Presence, SensorHealth, SensorState
from ingest.sensors.ordering import Order, Ordering
from ingest.sensors.reading import Reading, RefusedReadingError

SAVED_EVERY = 5.0
"""Seconds of a running dwell or clearing that a kill costs at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and the moment (Unix seconds) at which it was sure."""

    finding: Finding
    at: float


@dataclass(slots=True)
class _Watched:
    """A rule, its memory, and what it sees in the readings as they are; None: look again."""

    rule: SensorRule
    state: Episode
    seen: Level | None = None


class WatchedSensor:
    """Not for several threads at once.

    Rules run on the sensor's own time: that of its newest reading, and between two readings the
    same time going on at our clock's pace. So a backlog that comes at once is judged as if it had
    come in its time, and a value that stays high without being repeated earns its dwell.
    """

    def __init__(self, sensor: Sensor, now: float, memory: SensorMemory | None = None) -> None:
        """`memory`: as another process left it; it goes on where that was."""
        self.sensor = sensor
        self.orders: Counter[Order] = Counter()
        self.refusals: Counter[str] = Counter()
        self._presence = Presence(sensor, now)
        self._ordering = Ordering()
        self._rules = [_Watched(rule, IDLE) for rule in rules_of(sensor)]
        self._silence = SilenceRule(sensor.silence, sensor)
        self._silence_state = IDLE
        self._time = float("-inf")
        self._behind = 0.0
        """Seconds that the sensor's own time lies behind ours."""
        self._saved_at = now
        self.changed = False
        """Whether its memory is to be saved; whoever saves it says False."""
        if memory is not None:
            self._restore(memory, now)

    @property
    def health(self) -> SensorHealth:
        return self._presence.health

    @property
    def newest(self) -> Reading | None:
        readings = self._ordering.readings
        return readings[-1] if readings else None

    def memory(self, now: float) -> SensorMemory:
        """What must be known after a restart."""
        self._saved_at = now
        return SensorMemory(
            sensor_id=self.sensor.id,
            newest=self.newest,
            behind=self._behind,
            presence=self._presence.memory(),
            episodes={one.rule.config.event: one.state for one in self._rules},
            silence=self._silence_state,
        )

    def _restore(self, memory: SensorMemory, now: float) -> None:
        self._presence.restore(memory.presence, now)
        self._silence_state = resumed(memory.silence, now)
        if memory.newest is None or memory.newest.unit != self.sensor.unit:
            return  # described anew: its values are others
        self._ordering.take(memory.newest)
        self._behind = memory.behind
        self._time = max(memory.newest.at, now - self._behind)
        for one in self._rules:
            one.state = resumed(memory.episodes.get(one.rule.config.event, IDLE), self._time)

    def arrived(self, reading: Reading, now: float, *, live: bool = True) -> tuple[Found, ...]:
        """Take a reading into account; `now` is Unix seconds of its arrival. Not `live`: it does
        not say that the sensor still speaks."""
        order = self._ordering.take(reading)
        self.orders[order] += 1
        if order in {Order.DUPLICATE, Order.TOO_LATE}:
            return ()
        self.changed = True
        for one in self._rules:
            one.seen = None
        if live:
            self._presence.heard(now)
            self._presence.look(now)
        if order is Order.NEWEST:
            self._time = max(self._time, reading.at)
            self._behind = now - self._time
        return self._step()

    def refused(self, error: RefusedReadingError) -> None:
        """Note a message that is no reading."""
        self.refusals[error.refusal] += 1
        self._presence.refused(str(error))

    def available(self, there: bool, now: float) -> None:
        self._presence.available(there, now)
        self.changed = True

    def link(self, trouble: str) -> None:
        self._presence.link(trouble)
        self.changed = True

    def tick(self, now: float) -> tuple[Found, ...]:
        """Let time pass; about once a second."""
        before, health = self._presence.health.state, self._presence.look(now)
        silence, findings = self._silence.step(self._silence_state, health, now)
        self._note(self._silence_state, silence, now)
        self.changed |= health.state is not before
        self._silence_state = silence
        found = tuple(Found(finding, now) for finding in findings)
        if health.state is not SensorState.ONLINE:
            return found
        self._time = max(self._time, now - self._behind)
        before_it = [one.state for one in self._rules]
        found += self._step()
        for state, one in zip(before_it, self._rules, strict=True):
            self._note(state, one.state, now)
        return found

    def _note(self, before: Episode, after: Episode, now: float) -> None:
        """See whether the memory on disk is too old: only clocks go on at each tick."""
        whole = (before.since, before.id, before.gone_since) != (
            after.since,
            after.id,
            after.gone_since,
        )
        running = after.gone_since is not None or (after.since is not None and not after.is_open)
        self.changed |= whole or (running and now - self._saved_at >= SAVED_EVERY)

    def _step(self) -> tuple[Found, ...]:
        readings = self._ordering.readings
        found: list[Found] = []
        for one in self._rules:
            if one.seen is None:
                one.seen = one.rule.look(readings)
            one.state, findings = step(one.rule, one.state, one.seen, self._time)
            found += [Found(finding, self._time) for finding in findings]
        return tuple(found)
