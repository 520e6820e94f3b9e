"""When a camera's picture was that of night, as the rules of a play were told."""

from __future__ import annotations

import math

from detectors.daylight import Daylight
from detectors.evaluation.truth import Span
from ingest.condition.baseline import Light
from ingest.frame import Frame


class Nights:
    """Shown every scan of a play in order, it knows what `WatchedCamera` told its rules."""

    def __init__(self) -> None:
        self._daylight: Daylight | None = None
        self._spans: list[Span] = []

    @property
    def spans(self) -> tuple[Span, ...]:
        """From when to when it was night; the last one may be without an end."""
        return tuple(self._spans)

    def see(self, frame: Frame, at: float) -> None:
        """Take a scan, `at` seconds of what is played."""
        known = self._daylight
        before = Light.DAY if known is None else known.light
        self._daylight = now = (
            Daylight.first(frame, at) if known is None else known.after(frame, at)
        )
        if now.light is before:
            return
        if now.light is Light.NIGHT:
            self._spans.append((at, math.inf))
        else:
            self._spans[-1] = (self._spans[-1][0], at)
