"""What a rule is: a pure step from (state, observation, now) to (state, findings)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from detectors.background import Background, View
from detectors.detections import Detections
from detectors.episode import Told
from detectors.finding import Finding
from detectors.scenery import NO_CLAIM, Claim
from ingest.frame import Frame
from ingest.gate import Activity

__all__ = ["Finding", "Heed", "Observation", "Rule", "StateT", "Step"]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a rule is given of one scan.

    `view` is the picture held against the camera's `background`, which all its rules share and
    none may change. `detections` is None when no detector ran on this picture (gate shut, model
    missing), which is not the same as a detector that ran and saw nothing. `asked`: the rule's own
    detector is there and was asked about this picture; with no `detections` it did not answer in
    time. `burst` holds the pictures of the current GOP before this one, oldest first, when a rule
    asked for them at its last step; else empty.
    """

    frame: Frame
    activity: Activity
    background: Background
    view: View
    detections: Detections | None = None
    burst: Sequence[Frame] = ()
    asked: bool = False


StateT = TypeVar("StateT")


@dataclass(frozen=True, slots=True)
class Step(Generic[StateT]):
    """What a rule answers. `wants_burst`: decode the whole GOP for the next observation.

    `claim` is what it asks of the background. `told` is what it told each of its episodes, in the
    order of its config's `events`; empty where it told them nothing.
    """

    state: StateT
    findings: tuple[Finding, ...] = ()
    wants_burst: bool = False
    wants_detections: bool = False
    claim: Claim = NO_CLAIM
    told: tuple[Told, ...] = ()


Heed = tuple[bool, ...]
"""What of its episodes makes a difference to where a rule looks, what it asks for or claims, after
one scan: its `heeds`. While that is the same, other policies would have shown it the same world."""


class Rule(Protocol[StateT]):
    """One rule on one zone. Holds its configuration only; all memory is in the state."""

    def initial(self) -> StateT:
        """The state of a camera that nobody has looked at yet."""

    def step(self, state: StateT, observation: Observation, now: float) -> Step[StateT]:
        """Take one scan into account. `now` is the picture's capture time, Unix seconds."""
