"""When each camera was looked at: intervals between two looks, and how late each came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import Health
from ingest.sink import FrameSink


@dataclass(slots=True)
class Looked:
    """Of a window of time. `intervals`: seconds between two looks at one camera, by the time of
    capture. `lags`: seconds from a picture's capture until it had been looked at."""

    intervals: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    active: int = 0
    """Looks for which the gate opened."""


@dataclass(frozen=True, slots=True)
class _Look:
    captured_at: float
    lag: float


class Watching:
    """A sink before another one, that takes note of every look. Any thread may call."""

    def __init__(self, inner: FrameSink, *, clock: Callable[[], float]) -> None:
        self._inner = inner
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[str, _Look] = {}
        self._begun: float | None = None
        self._looked = Looked()

    def begin(self) -> None:
        """Count from now on. A camera's interval that is open now is counted when it ends."""
        with self._lock:
            self._begun = self._clock()
            self._looked = Looked()

    def end(self, cameras: Sequence[str]) -> Looked:
        """What was seen since `begin`.

        A camera that was not looked at for long would be missing from the intervals just because
        its interval has no end: those that have lasted longer than the longest that ended are
        counted as they are now, less the lag of that camera's last look, which is counted as such
        (its next picture may have been taken and be on its way). A camera that was never looked at
        counts from `begin`.
        """
        with self._lock:
            now, looked = self._clock(), self._looked
            begun = self._begun if self._begun is not None else now
            self._begun, self._looked = None, Looked()
            longest = max(looked.intervals, default=0.0)
            nothing = _Look(begun, 0.0)
            last = (self._last.get(camera, nothing) for camera in cameras)
            still_open = [now - look.lag - look.captured_at for look in last]
            looked.intervals += [seconds for seconds in still_open if seconds > longest]
        return looked

    def scanned(self, frame: Frame, activity: Activity) -> None:
        self._inner.scanned(frame, activity)
        with self._lock:
            before = self._last.get(frame.camera_id)
            lag = self._clock() - frame.captured_at
            self._last[frame.camera_id] = _Look(frame.captured_at, lag)
            if self._begun is None:
                return
            if before is not None:
                self._looked.intervals.append(frame.captured_at - before.captured_at)
            self._looked.lags.append(lag)
            self._looked.active += activity.active

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        self._inner.burst_decoded(camera_id, frames)

    def health_changed(self, health: Health) -> None:
        self._inner.health_changed(health)
