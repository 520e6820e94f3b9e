"""What came of playing a clip once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from detectors.evaluation.truth import Span
from detectors.event import Method


@dataclass(frozen=True, slots=True)
class Opening:
    """An episode that opened. Times are seconds of what is played; `snapshot` is a JPEG with
    people blurred, empty where none was made."""

    zone: str
    event: str
    at: float
    started_at: float
    cleared_at: float | None
    confidence: float
    method: Method
    count: int | None = None
    note: str = ""
    config_version: str = ""
    model_versions: Mapping[str, str] = field(default_factory=dict)
    snapshot: bytes = b""


@dataclass(frozen=True, slots=True)
class Played:
    """One clip, played once with its scans `phase` seconds late. `views` are JPEGs of what was to
    be seen when each truth was due, by the truth's index; there is none where no scan came.
    `nights` are when its rules took the picture for one of the night."""

    clip_id: str
    phase: float
    seconds: float
    scans: int
    damaged: int
    openings: tuple[Opening, ...]
    views: Mapping[int, bytes] = field(default_factory=dict)
    nights: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """One clip that could not be played, or not to its end, and why."""

    clip_id: str
    phase: float
    why: str


Outcome = Played | Failed
