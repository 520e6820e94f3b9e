"""A finding: what a rule says, of which an Event is made."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from detectors.event import Box, Method, Phase
from detectors.sensors.measured import Measured


@dataclass(frozen=True, slots=True)
class Finding:
    """One beginning or end of an episode in one zone, or of one sensor.

    `started_at` is Unix seconds. `confidence` is 0…1.
    """

    event: str
    phase: Phase
    episode_id: UUID
    started_at: float
    confidence: float
    method: Method
    boxes: tuple[Box, ...] = ()
    count: int | None = None
    note: str = ""
    measured: Measured | None = None
    """Of a sensor's rule."""
