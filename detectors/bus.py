"""The bus: how a shard's events leave it. HTTP now; another kind needs these five calls only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from detectors.event import Event, EvidenceKind, Wire
from detectors.metrics import ShardMetrics
from ingest.health import CameraState
from ingest.sensors.health import SensorState


class BusDownError(Exception):
    """Nobody can be told anything just now; everything may be tried again. Says what is wrong."""


class TryLaterError(Exception):
    """This one thing cannot be taken just now; the rest may be."""


class RefusedError(Exception):
    """This one thing will never be taken: it goes to the dead letters with the message."""


Untaken = TryLaterError | RefusedError
"""Why one event of several was not taken."""


class FencedError(Exception):
    """A younger start of this shard is known: this one must stop at once and tell nothing more."""


class CameraReport(Wire):
    """One camera's state in a heartbeat."""

    id: str
    state: CameraState
    since: datetime
    reason: str = ""


class SensorReport(Wire):
    """One sensor's state in a heartbeat, and the newest that it said."""

    id: str
    state: SensorState
    since: datetime
    reason: str = ""
    value: float | None = None
    at: datetime | None = None


class MissingClip(Wire):
    """A clip that was wanted and that this shard cannot make."""

    event_id: UUID
    camera_id: str
    reason: str


class Heartbeat(Wire):
    """What a shard says of itself every few seconds."""

    epoch: int
    cameras: tuple[CameraReport, ...]
    sensors: tuple[SensorReport, ...] = ()
    clips_missing: tuple[MissingClip, ...] = ()
    missing_models: tuple[str, ...] = ()
    metrics: ShardMetrics = ShardMetrics()


class WantedClip(BaseModel):
    """A clip and a snapshot of one camera, as evidence of another finder's event."""

    model_config = ConfigDict(frozen=True)

    event_id: UUID
    camera_id: str
    start: datetime
    end: datetime


class HeartbeatAnswer(BaseModel):
    """`stills_wanted`: of the cameras reported, those that somebody looks at just now.
    `clips_wanted`: named until the clip came or is said to be missing.

    What a younger command center says besides is passed over.
    """

    model_config = ConfigDict(frozen=True)

    stills_wanted: tuple[str, ...] = ()
    clips_wanted: tuple[WantedClip, ...] = ()


class StillBus(Protocol):
    """Where stills go."""

    def show_still(self, camera_id: str, epoch: int, captured_at: datetime, jpeg: bytes) -> None:
        """Deliver a camera's newest still. Blocks; raises the four exceptions above."""


class Bus(StillBus, Protocol):
    """Calls block, with a time limit of their own; they raise the four exceptions above."""

    def register(self) -> int:
        """Say that the shard has started; the epoch that it now writes under."""

    def tell(self, events: Sequence[Event]) -> Sequence[Untaken | None]:
        """Deliver events. At return the other side has those for good for which None stands; of
        each of the others it is said why not. Where all are refused or have to wait together, the
        exception is raised: one of them may be to blame, and each alone has another fate."""

    def show(self, event_id: UUID, kind: EvidenceKind, camera_id: str, data: bytes) -> None:
        """Deliver a picture or clip, taken by this camera, of an event that was told before."""

    def beat(self, heartbeat: Heartbeat) -> HeartbeatAnswer:
        """Say how the shard and its cameras are; hear which of them somebody looks at."""
