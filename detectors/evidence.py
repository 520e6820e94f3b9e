"""Evidence: the snapshot of an event at once, and a clip of it from before to after.

Both are made in one thread of their own, so that no camera waits for a JPEG. The part of the clip
before the event is taken out of the ring at once, because a small ring will have forgotten it when
the part after it has come; a camera that dies in between leaves what there is.
"""

from __future__ import annotations

import heapq
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import UUID

import numpy as np
import structlog
from numpy.typing import NDArray

from configs.town import Camera
from detectors.detections import Detections
from detectors.event import Box, EvidenceKind
from detectors.outbox import Evidence, OutboxError
from detectors.snapshot import render
from detectors.watched import Sight
from ingest.clip import Clip
from ingest.frame import Frame
from ingest.mp4 import write_masked_mp4, write_mp4

log = structlog.get_logger(__name__)

BEFORE, AFTER = 8.0, 8.0
"""Seconds of clip before the beginning and after the event: how a thing came about is judged from
what led to it, and 8 s hold four keyframes of the usual two-second GOP."""
LONGEST_BEFORE = 24.0
"""Seconds before the event at most: a lane is reported a minute after it was blocked, and a clip of
that minute would be mostly a thing standing still."""
LATENESS = 2.0
"""Seconds that the last pictures may take to reach the ring: one lazy read and one GOP's tail."""
MOST_WAITING = 64
"""Clips that may wait for their end at once: 64 × 1 MB at 512 kb/s. Beyond that the oldest is cut
short and written as it is."""
SMALL = 320
"""Pixels of width of a shadow's snapshot: some 15 kB, enough to tell a van from a sunbeam."""
PICTURE_BEFORE = 64
"""Snapshots that may wait: 64 pictures of 1080p are 400 MB; beyond that the oldest goes without."""


class Footage(Protocol):
    """What a shard gives back of a camera's last seconds."""

    def clip(self, camera_id: str, start: float, end: float) -> Clip | None:
        """The video from the last keyframe at or before `start` up to `end`, Unix seconds."""

    def request_burst(self, camera_id: str) -> None:
        """Decode the whole current GOP at the next scan."""


NOTHING_OF_THEN = "the ring holds nothing of that time"


def _nothing(_why: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is needed to show an event. Times are Unix seconds."""

    event_id: UUID
    camera: Camera
    started_at: float
    at: float
    boxes: tuple[Box, ...]
    sight: Sight | None
    """None: no snapshot is wanted."""
    clip: bool = True
    span: tuple[float, float] | None = None
    """From when to when the clip is to be; None: as is usual for an event of this length."""
    has_none: Callable[[str], None] = _nothing
    """Called with the reason if there will be no clip."""
    small: bool = False
    """A blurred snapshot of `SMALL` alone, for which no detector is asked: a shadow's."""

    def clip_span(self) -> tuple[float, float]:
        if self.span is not None:
            return self.span
        earliest = max(self.started_at - BEFORE, self.at - LONGEST_BEFORE)
        return min(earliest, self.at - BEFORE), self.at + AFTER


@dataclass(slots=True, eq=False)
class _ClipJob:
    sighting: Sighting
    before: Clip | None


PeopleIn = Callable[[Frame], Detections | None]
"""Asks a people detector about a picture and waits for its answer; None when there is none."""


class EvidenceMaker:
    """Makes evidence and hands it on. Drive it with `run_due`, or let `start` do that."""

    def __init__(
        self,
        keep: Callable[[Evidence], None],
        *,
        clock: Callable[[], float],
        people_in: PeopleIn | None = None,
    ) -> None:
        """`keep` takes a finished picture or clip (Outbox.append_evidence)."""
        self._keep = keep
        self._clock = clock
        self._people_in = people_in
        self._footage: Footage | None = None
        self._pictures: list[Sighting] = []
        self._clips: list[tuple[float, UUID, _ClipJob]] = []
        self._dropped = 0
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def dropped(self) -> int:
        """Snapshots that were never made because too many waited, or anything for a small one."""
        return self._dropped

    def attach(self, footage: Footage) -> None:
        """Say where clips come from; before the first `ask`."""
        self._footage = footage

    def ask(self, sighting: Sighting) -> None:
        """Make the evidence of an event; returns at once."""
        lost = None
        with self._lock:
            self._pictures.append(sighting)
            if len(self._pictures) > PICTURE_BEFORE:
                lost = self._pictures.pop(0)
                self._dropped += 1
                log.error("evidence.too_much_at_once", camera=lost.camera.id)
        if lost is not None and lost.clip:
            lost.has_none("too many were asked for at once")
        self._bell.set()

    def ask_small(self, sighting: Sighting) -> None:
        """Make a small snapshot, unless anything else waits to be made."""
        with self._lock:
            if self._pictures:
                self._dropped += 1
                return
            self._pictures.append(replace(sighting, small=True))
        self._bell.set()

    def run_due(self) -> float | None:
        """Make what can be made now; seconds until the next clip is due, None when none waits."""
        for sighting in self._take_pictures():
            if sighting.clip and not self._guard(sighting, "clip", partial(self._begin, sighting)):
                sighting.has_none("it could not be cut; see the shard's log")
            if sighting.sight is not None:
                self._guard(sighting, "snapshot", partial(self._show, sighting, sighting.sight))
        for job in self._take_clips():
            if not self._guard(job.sighting, "clip", partial(self._finish, job)):
                job.sighting.has_none("it could not be made; see the shard's log")
        return self._clips[0][0] - self._clock() if self._clips else None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="evidence", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """Write every clip that waits with what there is of it, and end."""
        self._stopping = True
        self._bell.set()
        if self._thread is not None:
            self._thread.join(patience)
        else:
            self.run_due()

    def _run(self) -> None:
        while not self._stopping:
            wait = self.run_due()
            self._bell.wait(wait if wait is None else max(0.0, wait))
            self._bell.clear()
        self.run_due()

    def _take_pictures(self) -> list[Sighting]:
        with self._lock:
            taken, self._pictures = self._pictures, []
        return taken

    def _take_clips(self) -> list[_ClipJob]:
        now = self._clock()
        taken = []
        while self._clips and (
            self._stopping or self._clips[0][0] <= now or len(self._clips) > MOST_WAITING
        ):
            taken.append(heapq.heappop(self._clips)[2])
        return taken

    def _begin(self, sighting: Sighting) -> None:
        """Put aside what the ring holds from before."""
        start, end = sighting.clip_span()
        before = self._cut(sighting.camera.id, start, sighting.at)
        job = _ClipJob(sighting, before)
        heapq.heappush(self._clips, (end + LATENESS, sighting.event_id, job))

    def _show(self, sighting: Sighting, sight: Sight) -> None:
        for kind, jpeg in self._snapshots(sighting, sight):
            self._keep(Evidence(sighting.event_id, sighting.camera.id, kind, jpeg))

    def _snapshots(self, sighting: Sighting, sight: Sight) -> Sequence[tuple[EvidenceKind, bytes]]:
        camera = sighting.camera
        picture = sight.frame.bgr()
        if sighting.small:
            return [(EvidenceKind.SNAPSHOT, self._small(sighting, sight, picture))]
        clear, _ = render(picture, sighting.boxes, None, None, camera.privacy_masks, blur=False)
        if not camera.blur_people:
            return [(EvidenceKind.SNAPSHOT, clear)]
        # Also where a model that knows people answered: whom it overlooked must not be sharp.
        suspected = sight.place.suspected() if sight.place is not None else None
        blurred, _ = render(
            picture,
            sighting.boxes,
            self._people(sight),
            suspected,
            camera.privacy_masks,
            blur=True,
        )
        return [(EvidenceKind.SNAPSHOT, blurred), (EvidenceKind.SNAPSHOT_CLEAR, clear)]

    @staticmethod
    def _small(sighting: Sighting, sight: Sight, picture: NDArray[np.uint8]) -> bytes:
        camera = sighting.camera
        suspected = sight.place.suspected() if sight.place is not None else None
        jpeg, _ = render(
            picture,
            sighting.boxes,
            sight.people(),
            suspected,
            camera.privacy_masks,
            blur=camera.blur_people,
            width=SMALL,
        )
        return jpeg

    def _people(self, sight: Sight) -> Detections | None:
        seen = sight.people()
        if seen is None and self._people_in is not None:
            return self._people_in(sight.frame)
        return seen

    def _finish(self, job: _ClipJob) -> None:
        sighting = job.sighting
        after = self._cut(sighting.camera.id, sighting.at, sighting.clip_span()[1])
        clip = joined(job.before, after)
        if clip is None:
            log.warning("evidence.no_clip", camera=sighting.camera.id, reason="nothing in the ring")
            sighting.has_none(NOTHING_OF_THEN)
            return
        data = mp4_of(clip, sighting.camera)
        self._keep(Evidence(sighting.event_id, sighting.camera.id, EvidenceKind.CLIP, data))

    def _cut(self, camera_id: str, start: float, end: float) -> Clip | None:
        return None if self._footage is None else self._footage.clip(camera_id, start, end)

    def _guard(self, sighting: Sighting, what: str, make: Callable[[], None]) -> bool:
        """Whether it could be made."""
        try:
            make()
            return True
        except OutboxError as error:
            log.error("evidence.not_kept", camera=sighting.camera.id, what=what, error=str(error))
        except Exception as error:
            log.error("evidence.failed", camera=sighting.camera.id, what=what, exc_info=error)
        return False


def joined(before: Clip | None, after: Clip | None) -> Clip | None:
    """One clip of two that overlap or follow each other.

    A stream that began anew in between (another clock, another picture size) cannot be joined
    without re-encoding: then the part before the event is all there is.
    """
    if before is None or after is None:
        return before or after
    last = before.units[-1]
    more = [unit for unit in after.units if unit.timestamp > last.timestamp]
    if not more:
        return before
    ticks = (more[0].timestamp - last.timestamp) / 90_000
    same_size = (before.info.width, before.info.height) == (after.info.width, after.info.height)
    if not same_size or abs(ticks - (more[0].captured_at - last.captured_at)) > LATENESS:
        return before
    if not after.units[0].keyframe:
        return before
    return replace(before, units=before.units + tuple(more))


def mp4_of(clip: Clip, camera: Camera) -> bytes:
    """The clip as an MP4 file, with the camera's privacy masks burned in if it has any."""
    with tempfile.TemporaryDirectory(prefix="fenghuo-clip-") as folder:
        path = Path(folder) / "clip.mp4"
        if camera.privacy_masks:
            write_masked_mp4(clip, path, camera.privacy_masks)
        else:
            write_mp4(clip, path)
        return path.read_bytes()
