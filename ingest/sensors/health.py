"""What state a sensor is in, since when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from configs.sensors import Sensor


class SensorState(StrEnum):
    WAITING = "waiting"
    """Nothing came yet, and it is too early to call it silent."""
    ONLINE = "online"
    SILENT = "silent"
    """No reading for `silent_after`."""
    OFFLINE = "offline"
    """Its last will says so, or its broker cannot be reached."""
    DISABLED = "disabled"


AWAY = frozenset({SensorState.SILENT, SensorState.OFFLINE})


@dataclass(frozen=True, slots=True)
class SensorHealth:
    """A sensor's state since a moment (Unix seconds); `reason` says in words what to do."""

    sensor_id: str
    state: SensorState
    since: float
    reason: str = ""


class Presence:
    """What is known of one sensor's being there. Times are Unix seconds, of arrival."""

    __slots__ = ("_health", "_heard_at", "_link", "_refused", "_sensor", "_started", "_willed_at")

    def __init__(self, sensor: Sensor, now: float) -> None:
        self._sensor = sensor
        self._started = now
        self._heard_at: float | None = None
        self._willed_at: float | None = None
        self._link = ""
        self._refused = ""
        state = SensorState.WAITING if sensor.enabled else SensorState.DISABLED
        self._health = SensorHealth(sensor.id, state, now)

    @property
    def health(self) -> SensorHealth:
        """As it was at the last `look`."""
        return self._health

    def heard(self, now: float) -> None:
        """A reading came: whatever its last will said, it speaks."""
        self._heard_at, self._willed_at, self._refused = now, None, ""

    def refused(self, words: str) -> None:
        """A message came that is no reading."""
        self._refused = words

    def available(self, there: bool, now: float) -> None:
        """What its availability topic says."""
        self._willed_at = None if there else now

    def link(self, trouble: str) -> None:
        """What is wrong with the way to it, such as a broker that is down; empty: nothing."""
        self._link = trouble

    def look(self, now: float) -> SensorHealth:
        """The state at `now`; `since` is when it began, as far as that is known."""
        state, since, reason = self._judged(now)
        if state is not self._health.state:
            self._health = SensorHealth(self._sensor.id, state, since, reason)
        elif reason != self._health.reason:
            self._health = SensorHealth(self._sensor.id, state, self._health.since, reason)
        return self._health

    def _judged(self, now: float) -> tuple[SensorState, float, str]:
        if not self._sensor.enabled:
            return SensorState.DISABLED, now, ""
        if self._willed_at is not None:
            return SensorState.OFFLINE, self._willed_at, "its last will: the device is gone"
        if self._link:
            return SensorState.OFFLINE, now, self._link
        last = self._started if self._heard_at is None else self._heard_at
        if now - last >= self._sensor.silent_after:
            return SensorState.SILENT, last, self._silence(now - last)
        if self._heard_at is None:
            return SensorState.WAITING, now, self._refused
        return SensorState.ONLINE, self._heard_at, self._refused

    def _silence(self, seconds: float) -> str:
        if self._refused:
            return f"its messages are refused: {self._refused}"
        if self._heard_at is None:
            return "nothing came since the start; check the device and its topic or gateway"
        silence = self._sensor.silent_after
        return f"no reading for more than {silence:g} s; check its battery and its radio link"
