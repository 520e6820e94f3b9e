"""Writes down what a pipeline tells of one camera, and keeps the pictures that are worth a look."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from uuid import UUID

from configs.town import Camera
from detectors.evaluation.case import Case
from detectors.evaluation.nights import Nights
from detectors.evaluation.played import Opening
from detectors.event import Event, EvidenceKind, Phase
from detectors.outbox import Evidence
from detectors.snapshot import render
from detectors.watched import Sight


class Notebook:
    """Times are told as they come, and written down as seconds since `begin`. Any thread may call:
    a shard's evidence is made in another than its events."""

    def __init__(self, case: Case, begin: float = 0.0) -> None:
        self.begin = begin
        self.views: dict[int, bytes] = {}
        """By a truth's index: the first scan after it was due."""
        self.nights = Nights()
        self._case = case
        self._lock = Lock()
        self._openings: dict[UUID, Opening] = {}
        """By episode."""
        self._episode_of: dict[UUID, UUID] = {}
        """By event."""

    @property
    def openings(self) -> tuple[Opening, ...]:
        """What opened, in order of its time."""
        return tuple(sorted(self._openings.values(), key=lambda opening: opening.at))

    def record(self, event: Event) -> None:
        """Take an event, as an outbox does. What a camera says of itself is left out."""
        data, at = event.data, event.time.timestamp() - self.begin
        if data.zone_id is None:
            return
        with self._lock:
            self._write(event, at)

    def keep(self, evidence: Evidence) -> None:
        """Take a snapshot; people in it are blurred where the camera asks for that."""
        if evidence.kind is not EvidenceKind.SNAPSHOT:
            return
        with self._lock:
            episode = self._episode_of.get(evidence.event_id)
            if episode is not None:
                known = self._openings[episode]
                self._openings[episode] = replace(known, snapshot=evidence.data)

    def seen(self, camera: Camera, sight: Sight) -> None:
        """Take a scan: what was to be seen when something was due."""
        at = sight.frame.captured_at - self.begin
        self.nights.see(sight.frame, at)
        for index, truth in enumerate(self._case.truths):
            due = truth.under(self.nights.spans).due
            if index not in self.views and due <= at <= truth.end:
                self.views[index] = _view(camera, sight)

    def _write(self, event: Event, at: float) -> None:
        data = event.data
        if data.phase is Phase.CLEARED:
            known = self._openings.get(data.episode_id)
            if known is not None:
                self._openings[data.episode_id] = replace(known, cleared_at=at)
            return
        self._episode_of[event.id] = data.episode_id
        self._openings[data.episode_id] = Opening(
            zone=data.zone_id or "",
            event=data.event_type,
            at=at,
            started_at=data.started_at.timestamp() - self.begin,
            cleared_at=None,
            confidence=data.confidence,
            method=data.method,
            count=data.count,
            note=data.note,
            config_version=data.config_version,
            model_versions=data.model_versions,
        )


def _view(camera: Camera, sight: Sight) -> bytes:
    suspected = sight.place.suspected() if sight.place is not None else None
    jpeg, _ = render(
        sight.frame.bgr(),
        (),
        sight.people(),
        suspected,
        camera.privacy_masks,
        blur=camera.blur_people,
    )
    return jpeg
