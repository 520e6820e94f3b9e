"""What state a sensor is in, since when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from configs.sensors import MqttSource, Sensor


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


@dataclass(frozen=True, slots=True)
class PresenceMemory:
    """What of a sensor's being there outlives a restart. Unix seconds of arrival."""

    heard_at: float | None
    willed_at: float | None
    silent_since: float | None
    """None: it was not silent. What passes while we are away is not its silence."""
    link: str = ""


class Presence:
    """What is known of one sensor's being there. Times are Unix seconds, of arrival."""

    __slots__ = ("_counted", "_health", "_heard_at", "_link", "_refused", "_sensor", "_willed_at")

    def __init__(self, sensor: Sensor, now: float) -> None:
        self._sensor = sensor
        self._counted = now
        """From when on its silence counts."""
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

    def memory(self) -> PresenceMemory:
        silent = self._health.state is SensorState.SILENT
        return PresenceMemory(
            self._heard_at, self._willed_at, self._counted if silent else None, self._link
        )

    def restore(self, memory: PresenceMemory, now: float) -> None:
        """Go on where another process was; before anything was heard."""
        self._heard_at, self._willed_at = memory.heard_at, memory.willed_at
        self._counted = now if memory.silent_since is None else memory.silent_since
        if isinstance(self._sensor.source, MqttSource):  # its broker is to say when it is over
            self._link = memory.link

    def heard(self, now: float) -> None:
        """A reading came: whatever its last will said, it speaks."""
        self._heard_at = self._counted = now
        self._willed_at, self._refused = None, ""

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
        if now - self._counted >= self._sensor.silent_after:
            return SensorState.SILENT, self._counted, self._silence(now - self._counted)
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
