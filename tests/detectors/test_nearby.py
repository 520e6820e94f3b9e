"""Clips for a sensor's alarm: cut once, asked for often, and said to be missing until heard."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from detectors.bus import WantedClip
from detectors.event import EvidenceKind
from detectors.event_id import EventIds
from detectors.evidence import NOTHING_OF_THEN, PICTURE_BEFORE, EvidenceMaker
from detectors.nearby import NearbyClips
from detectors.outbox import Evidence, OutboxError
from detectors.watched import Sight
from ingest.clip import Clip
from ingest.media import AccessUnit, Codec, StreamInfo
from tests.detectors.pictures import camera_with, frame_at
from tests.detectors.test_evidence import encoded

NOW = 1_790_000_000.0
_IDS = EventIds(lambda: NOW)


class Ring:
    """Footage of `lane-1` from the beginning of time, unless it is empty."""

    def __init__(self, *, empty: bool = False) -> None:
        self.asked: list[tuple[float, float]] = []
        self._empty = empty

    def clip(self, camera_id: str, start: float, end: float) -> Clip | None:
        self.asked.append((start - NOW, end - NOW))
        if self._empty:
            return None
        units = [
            AccessUnit(data, keyframe, int((start + i / 5) * 90_000), start + i / 5)
            for i, (data, keyframe) in enumerate(encoded(10))
        ]
        return Clip(StreamInfo(Codec.H264, width=160, height=96), tuple(units))

    def request_burst(self, camera_id: str) -> None:
        raise AssertionError(camera_id)


class Stage:
    def __init__(self, *, empty: bool = False) -> None:
        self.now = NOW
        self.kept: list[Evidence] = []
        self.ring = Ring(empty=empty)
        self.disk_full = False
        self.maker = EvidenceMaker(self._keep, clock=lambda: self.now)
        self.maker.attach(self.ring)
        self.clips = NearbyClips(self.maker)
        self.camera = camera_with()
        self.clips.put(self.camera)

    def _keep(self, piece: Evidence) -> None:
        if self.disk_full:
            raise OutboxError("the disk is full")
        self.kept.append(piece)

    def kinds(self) -> list[EvidenceKind]:
        return [piece.kind for piece in self.kept]


def wish(camera: str = "lane-1", event: UUID | None = None) -> WantedClip:
    return WantedClip(
        event_id=event or _IDS.next(),
        camera_id=camera,
        start=datetime.fromtimestamp(NOW - 10, UTC),
        end=datetime.fromtimestamp(NOW + 10, UTC),
    )


def test_a_wish_is_cut_once_however_often_it_is_named() -> None:
    stage, one = Stage(), wish()
    for _ in range(3):
        stage.clips.want([one])
        stage.maker.run_due()
    assert stage.ring.asked == [(-10.0, 0.0)]
    stage.now = NOW + 13
    stage.maker.run_due()
    assert stage.ring.asked == [(-10.0, 0.0), (0.0, 10.0)]
    assert stage.kinds() == [EvidenceKind.CLIP]
    assert stage.kept[0].event_id == one.event_id
    assert stage.clips.missing() == ()


def test_the_snapshot_is_of_the_next_scan_of_that_camera() -> None:
    stage, one = Stage(), wish()
    stage.clips.want([one])
    for camera_id in ("lane-2", "lane-1", "lane-1"):
        sight = Sight(frame_at(camera_id, NOW + 1), None, {})
        stage.clips.offer(camera_with(camera_id=camera_id), sight)
    stage.maker.run_due()
    assert stage.kinds() == [EvidenceKind.SNAPSHOT, EvidenceKind.SNAPSHOT_CLEAR]


def test_what_the_ring_has_forgotten_is_said_until_nobody_asks() -> None:
    stage, one = Stage(empty=True), wish()
    stage.clips.want([one])
    stage.now = NOW + 13
    stage.maker.run_due()
    stage.clips.want([one])
    [missing] = stage.clips.missing()
    assert (missing.event_id, missing.reason) == (one.event_id, NOTHING_OF_THEN)
    stage.clips.want([])
    assert stage.clips.missing() == ()


def test_a_clip_that_cannot_be_kept_is_said_to_be_missing() -> None:
    stage, one = Stage(), wish()
    stage.disk_full = True
    stage.clips.want([one])
    stage.maker.run_due()
    assert stage.clips.missing() == ()
    stage.now = NOW + 13
    stage.maker.run_due()
    assert [missing.event_id for missing in stage.clips.missing()] == [one.event_id]


def test_one_wish_too_many_is_said_to_be_missing() -> None:
    stage, wishes = Stage(), [wish() for _ in range(PICTURE_BEFORE + 1)]
    stage.clips.want(wishes)
    assert [missing.event_id for missing in stage.clips.missing()] == [wishes[0].event_id]


def test_the_next_camera_of_the_same_event_is_another_wish() -> None:
    stage, one = Stage(), wish("elsewhere")
    stage.clips.want([one])
    [missing] = stage.clips.missing()
    assert "elsewhere" in missing.reason
    stage.clips.want([wish("lane-1", one.event_id)])
    assert stage.clips.missing() == ()
    stage.maker.run_due()
    assert stage.ring.asked == [(-10.0, 0.0)]


@pytest.mark.parametrize("known", [True, False])
def test_a_camera_that_was_removed_has_no_clip(known: bool) -> None:
    stage = Stage()
    if not known:
        stage.clips.remove("lane-1")
    stage.clips.want([wish()])
    assert bool(stage.clips.missing()) is not known
