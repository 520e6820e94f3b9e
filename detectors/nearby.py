"""What a camera saw when a sensor near it gave an alarm: a clip of that time, and a snapshot.

The command center names such clips in its answer to a heartbeat, again and again until they came or
this shard says that it has none. The clip is cut at once, as far as it has happened; the snapshot
is made of the next scan, because only with a scan is it known where people are.
"""

from __future__ import annotations

from collections.abc import Collection
from threading import Lock
from uuid import UUID

from configs.town import Camera
from detectors.bus import MissingClip, WantedClip
from detectors.evidence import EvidenceMaker, Sighting
from detectors.watched import Sight


class NearbyClips:
    """Takes wishes and scans. Any thread may call any method; both return at once."""

    def __init__(self, evidence: EvidenceMaker) -> None:
        self._evidence = evidence
        self._cameras: dict[str, Camera] = {}
        self._asked: dict[UUID, WantedClip] = {}
        """Bounded by what one answer names: who is not named any more is forgotten."""
        self._unseen: dict[UUID, WantedClip] = {}
        self._missing: dict[UUID, MissingClip] = {}
        self._lock = Lock()

    def put(self, camera: Camera) -> None:
        """A camera that is watched, as it is described now."""
        with self._lock:
            self._cameras[camera.id] = camera

    def remove(self, camera_id: str) -> None:
        with self._lock:
            self._cameras.pop(camera_id, None)

    def want(self, clips: Collection[WantedClip]) -> None:
        """All clips that are wanted now."""
        with self._lock:
            named = {clip.event_id: clip for clip in clips}
            new = [c for c in named.values() if self._asked.get(c.event_id) != c]
            self._asked = named
            self._unseen = {k: c for k, c in self._unseen.items() if named.get(k) == c}
            self._missing = {
                k: m
                for k, m in self._missing.items()
                if k in named and named[k].camera_id == m.camera_id
            }
            cameras = [(clip, self._cameras.get(clip.camera_id)) for clip in new]
            self._unseen |= {c.event_id: c for c, camera in cameras if camera is not None}
        for clip, camera in cameras:
            if camera is None:
                self._has_none(clip, f"camera {clip.camera_id} is not watched here")
            else:
                self._cut(clip, camera)

    def offer(self, camera: Camera, sight: Sight) -> None:
        """A scan of a camera: the snapshot, if one is wanted."""
        if not self._unseen:
            return
        with self._lock:
            mine = [c for c in self._unseen.values() if c.camera_id == camera.id]
            for clip in mine:
                del self._unseen[clip.event_id]
        for clip in mine:
            at = sight.frame.captured_at
            self._evidence.ask(Sighting(clip.event_id, camera, at, at, (), sight, clip=False))

    def missing(self) -> tuple[MissingClip, ...]:
        """Those that are wanted and cannot be made, for the heartbeat."""
        with self._lock:
            return tuple(self._missing.values())

    def _cut(self, clip: WantedClip, camera: Camera) -> None:
        span = clip.start.timestamp(), clip.end.timestamp()
        middle = sum(span) / 2
        self._evidence.ask(
            Sighting(
                clip.event_id,
                camera,
                middle,
                middle,
                (),
                None,
                span=span,
                has_none=lambda why: self._has_none(clip, why),
            )
        )

    def _has_none(self, clip: WantedClip, why: str) -> None:
        with self._lock:
            if self._asked.get(clip.event_id) == clip:
                self._missing[clip.event_id] = MissingClip(
                    event_id=clip.event_id, camera_id=clip.camera_id, reason=why
                )
