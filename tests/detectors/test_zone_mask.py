from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.blobs import Blobs
from detectors.calibration import PersonSize
from detectors.zone_mask import ZoneMask, pixel_box
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
POINT = st.tuples(st.floats(0, 1), st.floats(0, 1))


def test_half_a_picture_is_half_the_pixels() -> None:
    zone = ZoneMask.of(LEFT_HALF)
    assert zone.area == pytest.approx(GREY_WIDTH * GREY_HEIGHT / 2, rel=0.02)
    assert zone.pixels[:, :79].all()
    assert not zone.pixels[:, 81:].any()


@given(polygon=st.lists(POINT, min_size=3, max_size=6).map(tuple))
def test_a_mirrored_polygon_has_as_many_pixels(polygon: tuple[tuple[float, float], ...]) -> None:
    mirrored = tuple((1 - x, y) for x, y in polygon)
    straight, turned = ZoneMask.of(polygon), ZoneMask.of(mirrored)
    assert abs(straight.area - turned.area) <= 2 * GREY_HEIGHT
    assert straight.area >= 1


def test_points_on_the_edge_belong_to_the_zone() -> None:
    points = np.array([[0.25, 0.5], [0.5, 0.5], [0.75, 0.5]], np.float32)
    assert ZoneMask.of(LEFT_HALF).holds(points).tolist() == [True, True, False]
    assert ZoneMask.of(LEFT_HALF).holds(np.empty((0, 2), np.float32)).tolist() == []


@pytest.mark.parametrize(
    ("rectangle", "touches"),
    [((0.1, 0.1, 0.2, 0.2), True), ((0.4, 0.0, 0.9, 1.0), True), ((0.6, 0.0, 0.9, 1.0), False)],
)
def test_a_rectangle_touches_the_zone(
    rectangle: tuple[float, float, float, float], touches: bool
) -> None:
    assert ZoneMask.of(LEFT_HALF).touches(*rectangle) is touches


def test_pixels_become_fractions_that_stay_in_the_picture() -> None:
    box = pixel_box((80, 45, 200, 200), "thing", 0.5)
    assert (box.x1, box.y1, box.x2, box.y2) == (0.5, 0.5, 1.0, 1.0)


def test_blobs_are_told_apart() -> None:
    mask = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    mask[10:20, 10:30] = 255
    mask[40:43, 50:52] = 255
    blobs = Blobs.of(mask)
    assert sorted(blobs.areas.tolist()) == [6, 200]
    (large,) = blobs.of_at_least(100)
    assert blobs.rectangle(large) == (10, 10, 20, 10)
    assert np.count_nonzero(blobs.inside(large)) == 200
    assert blobs.count(mask).tolist() == blobs.areas.tolist()
    assert len(Blobs.of(np.zeros_like(mask))) == 0


def test_covered_pixels_become_people() -> None:
    size = PersonSize.of(0.2, 16 / 9)
    mask = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    mask[30:60, 20:100] = 255
    one = 18 * (0.2 * 0.36 * 9 / 16 * 160) * 0.6
    assert size.people(mask) == pytest.approx(2400 / one)


def test_people_below_the_middle_are_larger_under_a_horizon() -> None:
    zone = ((0.0, 0.4), (1.0, 0.4), (1.0, 0.8), (0.0, 0.8))
    size = PersonSize.of(0.2, 16 / 9, zone, horizon=0.2)
    flat = PersonSize.of(0.2, 16 / 9, zone)
    assert size.area[54] == pytest.approx(flat.area[54], rel=0.05)
    assert size.area[80] == pytest.approx(size.area[54] * (0.694 / 0.405) ** 2, rel=0.05)
    assert (size.area[:18] <= size.area[54] / 10).all()


def test_a_portrait_picture_is_squeezed() -> None:
    assert PersonSize.of(0.2, 9 / 16).area[0] > 3 * PersonSize.of(0.2, 16 / 9).area[0]
