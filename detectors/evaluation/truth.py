"""What truly happens in a clip, and what of it a rule must find."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from configs.suite import Suite, SuiteClip
from detectors.pictures import ReplayError

Span = tuple[float, float]
"""From when to when, seconds of what is played; its end is outside and may be infinite."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Something that happens in one zone. Seconds of what is played.

    `due` is when an episode may open at the earliest. An `optional` one need not be found; an
    alarm for it counts for nothing. `by_night` is the dwell while the picture is that of night,
    None where it is the same.
    """

    zone: str
    event: str
    start: float
    end: float
    dwell: float
    optional: bool = False
    by_night: float | None = None

    @property
    def due(self) -> float:
        return self.start + self.dwell

    def under(self, nights: Sequence[Span]) -> Truth:
        """The same, due when the dwell of its light was first over."""
        if self.by_night is None:
            return self
        by_day, by_night = self.due, math.inf
        for dusk, dawn in nights:
            if dusk <= by_day < dawn:
                by_day = dawn
            late = max(self.start + self.by_night, dusk)
            if late < dawn:
                by_night = min(by_night, late)
        return replace(self, dwell=min(by_day, by_night) - self.start, by_night=None)


def truths_of(suite: Suite, clip: SuiteClip) -> tuple[Truth, ...]:
    """The truths of a suite that was loaded without a fault."""
    return tuple(
        Truth(
            entry.zone,
            entry.event,
            entry.start,
            entry.end,
            suite.must_last(clip, entry.zone, entry.event) or 0.0,
            entry.ignore,
            suite.must_last(clip, entry.zone, entry.event, by_night=True),
        )
        for entry in clip.truth
    )


def as_played(
    truths: Iterable[Truth], seconds: float, nights: Sequence[Span] = ()
) -> tuple[Truth, ...]:
    """The truths of a clip of this length, whose picture was that of night in these spans: what is
    over before its dwell need not be found.

    Raises:
        ReplayError: one begins after the end of the clip.
    """
    return tuple(_as_played(truth.under(nights), seconds) for truth in truths)


def _as_played(truth: Truth, seconds: float) -> Truth:
    if truth.start >= seconds:
        raise ReplayError(
            f"its truth has {truth.event} from {truth.start:g} s on, "
            f"and what is played ends at {seconds:.1f} s"
        )
    end = min(truth.end, seconds)
    return replace(truth, end=end, optional=truth.optional or end < truth.due)
