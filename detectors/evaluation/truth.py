"""What truly happens in a clip, and what of it a rule must find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from configs.suite import Suite, SuiteClip
from detectors.pictures import ReplayError


@dataclass(frozen=True, slots=True)
class Truth:
    """Something that happens in one zone. Seconds of what is played.

    `due` is when an episode may open at the earliest. An `optional` one need not be found; an
    alarm for it counts for nothing.
    """

    zone: str
    event: str
    start: float
    end: float
    dwell: float
    optional: bool = False

    @property
    def due(self) -> float:
        return self.start + self.dwell


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
        )
        for entry in clip.truth
    )


def as_played(truths: Iterable[Truth], seconds: float) -> tuple[Truth, ...]:
    """The truths of a clip of this length: what is over before its dwell need not be found.

    Raises:
        ReplayError: one begins after the end of the clip.
    """
    return tuple(_as_played(truth, seconds) for truth in truths)


def _as_played(truth: Truth, seconds: float) -> Truth:
    if truth.start >= seconds:
        raise ReplayError(
            f"its truth has {truth.event} from {truth.start:g} s on, "
            f"and what is played ends at {seconds:.1f} s"
        )
    end = min(truth.end, seconds)
    return replace(truth, end=end, optional=truth.optional or end < truth.due)
