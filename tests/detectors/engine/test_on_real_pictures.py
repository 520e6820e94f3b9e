"""The shipped cards on real footage: the figures that the cards state must hold here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.engine import PlacedEngine, open_engine
from models.store import ModelStore
from tests.detectors.engine.average_precision import AveragePrecision
from tests.services import need_data

TOLERANCE = 0.02
"""What decoders and picture scaling of another FFmpeg and OpenCV may change."""


def engine(name: str, confidence: float | None = None) -> PlacedEngine:
    store = ModelStore(need_data("models"))
    weights = store.find(name)
    assert weights is not None, store.explain(name)
    return open_engine(store.card(name), weights, confidence=confidence)


def pictures(clip: str, step: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Every `step`-th picture with its number, from 1."""
    with av.open(str(need_data("clips", clip))) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % step == 0:
                yield index + 1, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def pets_truth() -> dict[int, NDArray[np.float32]]:
    """True boxes of people for each picture, as fractions of its size (768 × 576)."""
    rows = np.loadtxt(need_data("clips", "pets09_s2l1_gt_768x576.txt"), delimiter=",", ndmin=2)
    corners = np.column_stack((rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]))
    fractions = (corners / (768, 576, 768, 576)).astype(np.float32)
    return {int(number): fractions[rows[:, 0] == number] for number in np.unique(rows[:, 0])}


@pytest.mark.parametrize(
    ("name", "expected", "step"),
    [("yolox_nano", 0.902, 5), ("fastestdet", 0.718, 5), ("yolo11n_320", 0.888, 10)],
)
def test_people_of_pets09_s2l1(
    name: str, expected: float, step: int, record_property: Callable[[str, object], None]
) -> None:
    detector, truth, precision = engine(name, confidence=0.01), pets_truth(), AveragePrecision()
    nobody = np.empty((0, 4), np.float32)
    for number, picture in pictures("pets09_s2l1_vtest_480x360.avi", step):
        people = detector.infer([picture])[0].of("person")
        precision.add(people.xyxy, people.confidence, truth.get(number, nobody))
    record_property("ap50", precision.value())
    assert precision.value() == pytest.approx(expected, abs=TOLERANCE)


def share(detector: PlacedEngine, clip: str, step: int, *names: str) -> float:
    """The share of pictures in which the detector reports one of these."""
    found = [bool(len(detector.infer([p])[0].of(*names))) for _, p in pictures(clip, step)]
    return sum(found) / len(found)


@pytest.mark.parametrize(
    ("clip", "step", "names"),
    [("fire_car_fire.mp4", 30, ("fire",)), ("fire_furg_house6.mp4", 150, ("fire", "smoke"))],
)
def test_the_fire_detector_sees_fires(clip: str, step: int, names: tuple[str, ...]) -> None:
    assert share(engine("fire_yolo11n"), clip, step, *names) >= 0.8


@pytest.mark.parametrize(
    ("clip", "step"), [("street_vehicle_surveillance.mp4", 180), ("bgs_road_overhead.avi", 60)]
)
def test_the_fire_detector_is_quiet_on_streets(clip: str, step: int) -> None:
    assert share(engine("fire_yolo11n"), clip, step, "fire", "smoke") == 0


@pytest.mark.parametrize(
    ("clip", "step"), [("fire_car_fire.mp4", 10), ("fire_furg_house6.mp4", 60)]
)
def test_the_flame_classifier_flags_fires(clip: str, step: int) -> None:
    assert share(engine("fire_shufflenet"), clip, step, "fire") >= 0.9


@pytest.mark.parametrize(
    ("clip", "step"),
    [
        ("street_vehicle_surveillance.mp4", 60),
        ("pavement_pedestrian_surveillance.mp4", 60),
        ("intel_one-by-one-person-detection.mp4", 150),
        ("crowd_dense_portrait.mp4", 10),
        ("pets09_s2l1_vtest_480x360.avi", 60),
    ],
)
def test_the_flame_classifier_is_quiet_elsewhere(clip: str, step: int) -> None:
    assert share(engine("fire_shufflenet"), clip, step, "fire") == 0
