"""Stills are made for whoever looks, in a thread of their own, and nothing waits for them."""

from __future__ import annotations

from datetime import datetime

import av
import cv2
import numpy as np
import pytest
from structlog.testing import capture_logs

from configs.town import Camera
from detectors.bus import BusDownError, RefusedError
from detectors.detections import Detections
from detectors.privacy import Familiarity
from detectors.snapshot import Picture
from detectors.stills import STALE, WIDTH, Stills, still_of
from detectors.watched import Sight
from ingest.frame import Frame, small_grey
from tests.detectors.pictures import camera_with, frame_at

NOW = 1_790_000_000.0


class Wall:
    """Takes stills, except where told to raise; its clock is the test's."""

    def __init__(self) -> None:
        self.now = NOW
        self.shown: list[tuple[str, float]] = []
        self.trouble: Exception | None = None
        self.stills = Stills(self, epoch=lambda: 3, clock=lambda: self.now)

    def show_still(self, camera_id: str, epoch: int, captured_at: datetime, jpeg: bytes) -> None:
        assert epoch == 3
        assert jpeg.startswith(b"\xff\xd8")
        if self.trouble is not None:
            raise self.trouble
        self.shown.append((camera_id, captured_at.timestamp() - NOW))

    def scan(self, camera_id: str, at: float) -> None:
        sight = Sight(frame_at(camera_id, NOW + at), None, {})
        self.stills.offer(camera_with(camera_id=camera_id), sight)


@pytest.fixture
def wall() -> Wall:
    return Wall()


def test_nobody_looks_and_nothing_is_made(wall: Wall) -> None:
    wall.scan("a", 0)
    assert not wall.stills.send_one()
    wall.stills.want(["a"])
    assert not wall.stills.send_one(), "the scan from before is gone; the next will do"


def test_of_a_wanted_camera_the_newest_scan_is_sent_once(wall: Wall) -> None:
    wall.stills.want(["a"])
    for at in (0, 2, 4):
        wall.scan("a", at)
    wall.scan("b", 4)
    assert wall.stills.send_one()
    assert not wall.stills.send_one()
    assert wall.shown == [("a", 4.0)]


def test_cameras_take_turns_however_often_they_are_scanned(wall: Wall) -> None:
    wall.stills.want(["a", "b", "c"])
    for camera in "abc":
        wall.scan(camera, 0)
    for at in (1, 2, 3):
        wall.scan("a", at)
        wall.stills.send_one()
    assert [camera for camera, _ in wall.shown] == ["a", "b", "c"]


def test_what_is_no_longer_wanted_is_not_sent(wall: Wall) -> None:
    wall.stills.want(["a", "b"])
    wall.scan("a", 0)
    wall.scan("b", 0)
    wall.stills.want(["b"])
    while wall.stills.send_one():
        pass
    assert wall.shown == [("b", 0.0)]


def test_a_wish_that_nobody_renews_is_over(wall: Wall) -> None:
    wall.stills.want(["a"])
    wall.now += STALE
    wall.scan("a", STALE)
    assert not wall.stills.send_one()


def test_trouble_is_said_once_and_once_more_when_it_is_over(wall: Wall) -> None:
    wall.stills.want(["a"])
    with capture_logs() as logs:
        for trouble in (BusDownError("gone"), RefusedError("507"), ValueError("odd"), None, None):
            wall.trouble = trouble
            wall.scan("a", 0)
            assert wall.stills.send_one()
    assert [entry["event"] for entry in logs] == ["still.failed", "still.works_again"]
    assert len(wall.shown) == 2


def test_the_thread_sends_and_ends(wall: Wall) -> None:
    wall.stills.start()
    wall.stills.want(["a"])
    wall.scan("a", 0)
    wall.stills.stop()
    wall.stills.send_one()
    assert wall.shown == [("a", 0.0)]


def noisy_frame(width: int = 640, height: int = 360) -> Frame:
    picture = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    soft = np.asarray(cv2.GaussianBlur(picture, (9, 9), 0), np.uint8)
    coded = av.VideoFrame.from_ndarray(soft, format="bgr24").reformat(format="yuv420p")
    return Frame("lane-1", NOW, 0, small_grey(coded), coded)


def decoded(jpeg: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def detail(picture: Picture) -> float:
    return float(cv2.Laplacian(picture, cv2.CV_64F).var())


def familiar(frame: Frame) -> Familiarity:
    """A place that has looked like this for long."""
    place = Familiarity.first(frame.grey, NOW)
    for after in range(2, 40, 2):
        place = place.after(frame.grey, NOW + after)
    return place


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1920, 1080), (360, 640)), ((640, 360), (360, 640)), ((320, 240), (240, 320))],
)
def test_a_still_is_at_most_640_wide(size: tuple[int, int], expected: tuple[int, int]) -> None:
    frame = noisy_frame(*size)
    assert decoded(still_of(camera_with(), Sight(frame, None, {}))).shape[:2] == expected
    assert WIDTH == 640


def test_a_still_hides_what_a_snapshot_hides() -> None:
    frame = noisy_frame()
    place = familiar(frame)
    xyxy = np.array([[0.1, 0.1, 0.3, 0.9]], np.float32)
    person = Detections(xyxy, np.ones(1, np.float32), np.zeros(1, np.int64), ("person",))

    def still(camera: Camera, known: Familiarity | None, **seen: Detections) -> Picture:
        return decoded(still_of(camera, Sight(frame, known, seen)))

    camera = camera_with(masks=(((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)),))
    seen, unseen = still(camera, place, yolo=person), still(camera, place)
    box = np.s_[40:320, 70:185]
    assert detail(seen[box]) < 0.05 * detail(unseen[box])
    assert detail(seen[:, 210:310]) > 0.8 * detail(unseen[:, 210:310])
    assert seen[:, 330:].max() < 20, "the mask"
    assert detail(still(camera_with(), None)) < 0.05 * detail(frame.bgr())
    open_to_all = camera_with(blur_people=False)
    assert detail(still(open_to_all, None, yolo=person)) > 0.9 * detail(still(camera_with(), place))
