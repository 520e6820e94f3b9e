"""On real clips nothing is wrong with the camera, however little or much happens in them."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from ingest.frame import Frame
from ingest.health import CameraState
from tests.ingest import condition_scenes as scenes
from tests.ingest.condition_scenes import Watched, frames_of
from tests.services import need_data

CLIPS = (
    "bgs_highway.avi",
    "bgs_road_overhead.avi",
    "crowd_dense_portrait.mp4",
    "fire_car_fire.mp4",
    "fire_furg_house6.mp4",
    "intel_car-detection.mp4",
    "intel_one-by-one-person-detection.mp4",
    "pavement_pedestrian_surveillance.mp4",
    "pets09_s2l1_vtest_480x360.avi",
    "shop_1080p_person.mp4",
    "street_vehicle_surveillance.mp4",
)
STEP = 1.0
MOST = 20


def pictures(path: Path) -> list[scenes.Picture]:
    """A picture a second of a clip, 640 pixels wide at most."""
    found: list[scenes.Picture] = []
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for number, frame in enumerate(container.decode(video=0)):
            seconds = frame.time if frame.time is not None else number / 15
            if seconds < len(found) * STEP:
                continue
            width = min(640, frame.width)
            height = round(frame.height * width / frame.width / 2) * 2
            small = frame.reformat(width, height, format="bgr24").to_ndarray()
            found.append(np.asarray(small, np.uint8))
            if len(found) == MOST:
                break
    return found


def play(camera: Watched, frames: list[Frame]) -> None:
    camera.show(frames, 3600, every=6)


@pytest.mark.parametrize("name", CLIPS)
def test_nothing_is_said_of_an_hour_forth_and_back(name: str) -> None:
    camera = Watched()
    play(camera, frames_of(pictures(need_data("clips", name))))
    assert camera.told == []


@pytest.mark.parametrize(
    "name", ["pets09_s2l1_vtest_480x360.avi", "street_vehicle_surveillance.mp4"]
)
@pytest.mark.parametrize(
    ("change", "state"),
    [
        (scenes.covered, CameraState.BLACK),
        (scenes.blurred, CameraState.BLURRED),
        (scenes.turned, CameraState.MOVED),
    ],
)
def test_the_same_troubles_are_found_on_them(
    name: str, change: scenes.Change, state: CameraState
) -> None:
    real = pictures(need_data("clips", name))
    camera = Watched()
    play(camera, frames_of(real))
    camera.show(frames_of(change(picture) for picture in real), 600)
    assert [trouble.state for trouble in camera.told] == [state]
