from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from structlog.testing import capture_logs

from configs.town import Camera
from configs.values import PicturePolygon
from detectors.detections import Detections
from detectors.event import EvidenceKind
from detectors.event_id import compose
from detectors.evidence import PICTURE_BEFORE, EvidenceMaker, Sighting, joined
from detectors.outbox import Evidence, OutboxError
from detectors.privacy import Familiarity
from detectors.watched import Sight
from ingest.clip import Clip
from ingest.frame import Frame, small_grey
from ingest.media import AccessUnit, Codec, StreamInfo
from tests.detectors.pictures import camera_with, frame_at

NOW = 1_790_000_000.0
FPS, GOP = 5, 10
_NUMBERS = count(1)
LEFT_HALF: PicturePolygon = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def encoded(pictures: int, *, size: tuple[int, int] = (160, 96)) -> list[tuple[bytes, bool]]:
    """H.264 pictures of one shade, a keyframe every GOP, as a camera sends them."""
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height = size
    codec.pix_fmt, codec.time_base = "yuv420p", Fraction(1, FPS)
    codec.gop_size = GOP
    codec.options = {"tune": "zerolatency", "x264-params": f"scenecut=0:keyint={GOP}"}
    pixels = np.full((size[1], size[0], 3), 200, np.uint8)
    packets = []
    for index in range(pictures):
        frame = av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format="yuv420p")
        frame.pts = index
        packets += codec.encode(frame)
    packets += codec.encode(None)
    return [(bytes(packet), packet.is_keyframe) for packet in packets]


def first_picture(piece: Evidence) -> NDArray[np.uint8]:
    """(height, width) grey, of a JPEG or of a clip."""
    if piece.kind is EvidenceKind.CLIP:
        with av.open(io.BytesIO(piece.data), "r") as container:
            frame = next(container.decode(video=0))
            return np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    picture = cv2.imdecode(np.frombuffer(piece.data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


@dataclass
class Tape:
    """A ring buffer that remembers everything up to `until` and forgets what is before `since`."""

    units: tuple[AccessUnit, ...]
    size: tuple[int, int] = (160, 96)
    since: float = float("-inf")
    until: float = float("inf")

    def clip(self, camera_id: str, start: float, end: float) -> Clip | None:
        known = [u for u in self.units if self.since <= u.captured_at <= min(end, self.until)]
        keys = [i for i, unit in enumerate(known) if unit.keyframe and unit.captured_at <= start]
        first = keys[-1] if keys else next((i for i, u in enumerate(known) if u.keyframe), None)
        if first is None:
            return None
        return Clip(StreamInfo(Codec.H264, (), *self.size), tuple(known[first:]))

    def request_burst(self, camera_id: str) -> None:
        raise AssertionError("evidence asks for no bursts")


def tape(start: float, seconds: float, *, first_tick: int = 0) -> Tape:
    units = [
        AccessUnit(data, key, first_tick + index * 90_000 // FPS, start + index / FPS)
        for index, (data, key) in enumerate(encoded(int(seconds * FPS)))
    ]
    return Tape(tuple(units))


@dataclass
class Studio:
    """An evidence maker with a tape and a clock of its own."""

    tape: Tape
    now: float = NOW

    def __post_init__(self) -> None:
        self.kept: list[Evidence] = []
        self.maker = EvidenceMaker(self.kept.append, clock=lambda: self.now)
        self.maker.attach(self.tape)

    def ask(self, camera: Camera | None = None, *, started_at: float = NOW) -> None:
        sight = Sight(frame_at("lane-1", NOW), None, {})
        self.maker.ask(
            Sighting(
                compose(1, next(_NUMBERS)), camera or camera_with(), started_at, NOW, (), sight
            )
        )

    def clip_times(self) -> tuple[float, float]:
        """Pictures' worth of seconds, and the time from the first to the last, of the one clip."""
        [piece] = [piece for piece in self.kept if piece.kind is EvidenceKind.CLIP]
        with av.open(io.BytesIO(piece.data), "r") as container:
            times = [float(frame.time or 0) for frame in container.decode(video=0)]
        return len(times) / FPS, times[-1] - times[0]


def test_a_clip_reaches_from_before_the_event_to_after_it() -> None:
    studio = Studio(tape(NOW - 20, 40))
    studio.ask()
    studio.maker.run_due()
    studio.now = NOW + 9.9
    studio.maker.run_due()
    assert EvidenceKind.CLIP not in {piece.kind for piece in studio.kept}, "not due yet"
    studio.now = NOW + 10
    studio.maker.run_due()
    length, _ = studio.clip_times()
    assert 16.0 <= length <= 18.4, "eight seconds on either side, from a keyframe on"


def test_what_the_ring_forgets_meanwhile_was_taken_in_time() -> None:
    studio = Studio(tape(NOW - 20, 40))
    studio.ask()
    studio.maker.run_due()
    studio.tape.since = NOW - 1
    studio.now += 10
    studio.maker.run_due()
    assert studio.clip_times()[0] >= 16.0


def test_a_camera_that_dies_leaves_what_there_is() -> None:
    studio = Studio(tape(NOW - 20, 40))
    studio.tape.until = NOW + 1
    studio.ask()
    studio.maker.run_due()
    studio.now += 10
    studio.maker.run_due()
    length, _ = studio.clip_times()
    assert 9.0 <= length <= 11.4


def test_stopping_writes_clips_that_wait_with_what_there_is() -> None:
    studio = Studio(tape(NOW - 20, 21))
    studio.ask()
    studio.maker.start()
    studio.maker.stop()
    assert studio.clip_times()[0] >= 9.0


def test_a_long_dwell_is_shown_from_its_last_seconds() -> None:
    studio = Studio(tape(NOW - 80, 100))
    studio.ask(started_at=NOW - 70)
    studio.maker.run_due()
    studio.now += 10
    studio.maker.run_due()
    assert 32.0 <= studio.clip_times()[0] <= 34.4


def test_masks_are_burned_into_pictures_and_clips() -> None:
    studio = Studio(tape(NOW - 10, 20))
    studio.ask(camera_with(masks=(LEFT_HALF,)))
    studio.maker.run_due()
    studio.now += 10
    studio.maker.run_due()
    for piece in studio.kept:
        picture = first_picture(piece)
        quarter = picture.shape[1] // 4
        assert picture[:, : quarter + 8].max() < 40, piece.kind
        assert picture[:, -quarter:].mean() > 60, piece.kind
    assert len(studio.kept) == 3


def test_a_stream_that_began_anew_is_not_glued_to_the_old_one() -> None:
    before = tape(NOW - 10, 10).clip("", NOW - 10, NOW)
    assert before is not None
    other_clock = tape(NOW, 8, first_tick=77_000_000).clip("", NOW, NOW + 8)
    assert joined(before, other_clock) is before
    assert joined(None, other_clock) is other_clock
    assert joined(before, None) is before
    assert joined(None, None) is None


def test_a_snapshot_is_blurred_by_the_rules_own_detections_if_they_know_people() -> None:
    asked: list[Frame] = []

    def people_in(frame: Frame) -> Detections | None:
        asked.append(frame)
        return None

    kept: list[Evidence] = []
    maker = EvidenceMaker(kept.append, clock=lambda: NOW, people_in=people_in)
    maker.attach(Tape(()))
    for detections in ({"yolo": Detections.empty(("person",))}, {"fire": Detections.empty()}):
        sight = Sight(frame_at("lane-1", NOW), None, detections)
        maker.ask(Sighting(compose(1, next(_NUMBERS)), camera_with(), NOW, NOW, (), sight))
        maker.run_due()
    assert len(asked) == 1


def test_whom_a_model_overlooks_is_not_sharp() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (180, 320, 3), np.uint8)
    picture = av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format="yuv420p")
    frame = Frame("lane-1", NOW, 0, small_grey(picture), picture)
    unknown = Familiarity.first(frame.grey, NOW)
    sight = Sight(frame, unknown, {"yolo": Detections.empty(("person",))})
    kept: list[Evidence] = []
    maker = EvidenceMaker(kept.append, clock=lambda: NOW)
    maker.ask(Sighting(compose(1, next(_NUMBERS)), camera_with(), NOW, NOW, (), sight))
    maker.run_due()
    contrast = {piece.kind: first_picture(piece).std() for piece in kept}
    assert contrast[EvidenceKind.SNAPSHOT] < 0.2 * contrast[EvidenceKind.SNAPSHOT_CLEAR]


def test_one_piece_that_cannot_be_kept_ends_nothing() -> None:
    def full(_evidence: Evidence) -> None:
        raise OutboxError("database or disk is full")

    maker = EvidenceMaker(full, clock=lambda: NOW)
    maker.attach(Tape(()))
    for _ in range(2):
        maker.ask(
            Sighting(
                compose(1, next(_NUMBERS)),
                camera_with(),
                NOW,
                NOW,
                (),
                Sight(frame_at("a", NOW), None, {}),
            )
        )
    with capture_logs() as logs:
        maker.run_due()
    assert [log["event"] for log in logs] == ["evidence.not_kept"] * 2


def test_pictures_that_wait_are_bounded_and_the_loss_is_counted() -> None:
    studio = Studio(Tape(()))
    with capture_logs() as logs:
        for _ in range(PICTURE_BEFORE + 3):
            studio.ask()
    assert studio.maker.dropped == 3
    assert {log["event"] for log in logs} == {"evidence.too_much_at_once"}


def test_without_footage_there_are_pictures_and_no_clip() -> None:
    studio = Studio(Tape(()))
    studio.ask()
    studio.maker.run_due()
    studio.now += 10
    with capture_logs() as logs:
        studio.maker.run_due()
    assert [log["event"] for log in logs] == ["evidence.no_clip"]
    assert {piece.kind for piece in studio.kept} == {
        EvidenceKind.SNAPSHOT,
        EvidenceKind.SNAPSHOT_CLEAR,
    }
