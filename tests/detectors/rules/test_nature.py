from __future__ import annotations

import cv2
import numpy as np
import pytest

from detectors.background import NOTHING, BackgroundModel, View
from detectors.light import Plane
from detectors.rules.nature import Nature, nature, things_in_light
from detectors.rules.place import Place
from detectors.rules.shade import unlike_under_local_light
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey
from tests.detectors.rules.drawn import ground

ROWS, COLUMNS = slice(30, 60), slice(40, 90)


def place_in(rows: slice, columns: slice, grey: Grey) -> Place:
    mask = NOTHING.copy()
    mask[rows, columns] = 255
    left, top = columns.start, rows.start
    wide, tall = columns.stop - left, rows.stop - top
    return Place(left, top, wide, tall, mask, grey[rows, columns], 0.0, 0.0)


def small_ground() -> Plane:
    size = (GREY_WIDTH, GREY_HEIGHT)
    return cv2.resize(ground()[..., 0], size, interpolation=cv2.INTER_AREA).astype(np.float32)


def test_sun_on_ground_is_light() -> None:
    place = small_ground()
    place[:, 55:75:6] += 60.0
    shown = place.copy()
    shown[ROWS, COLUMNS] *= 1.3
    grey = np.asarray(np.clip(shown, 0, 255), np.uint8)
    background = BackgroundModel().first(np.asarray(np.rint(place), np.uint8), 0.0)
    patch = place_in(ROWS, COLUMNS, grey)
    assert nature(patch, View.of_the_place(grey), background) is Nature.LIGHT


def paving_in_shade() -> tuple[Plane, Grey]:
    """Bright paving behind darker, and the same where the soft edge of a roof's shadow lies over
    eight rows of it: half as bright in front of it."""
    place = small_ground()
    place[:45] += 30.0
    ramp = np.clip((np.arange(GREY_HEIGHT) - 37) / 8, 0.0, 1.0)[:, None]
    chance = np.random.default_rng(3)
    shown = place * (1 - 0.45 * ramp) + chance.normal(0.0, 0.6, place.shape)
    return place, np.asarray(np.clip(shown, 0, 255), np.uint8)


def test_the_soft_edge_of_a_shadow_is_light() -> None:
    place, grey = paving_in_shade()
    background = BackgroundModel().first(np.asarray(np.rint(place), np.uint8), 0.0)
    for columns in (slice(50, 62), slice(30, 110)):
        edge = place_in(slice(38, 46), columns, grey)
        assert nature(edge, View.of_the_place(grey), background) is Nature.LIGHT


def test_what_stands_in_the_soft_edge_of_a_shadow_is_a_thing() -> None:
    place, grey = paving_in_shade()
    crates = np.random.default_rng(4).uniform(30, 200, (4, 6))
    grey[38:46, 50:62] = np.kron(crates, np.ones((2, 2)))
    background = BackgroundModel().first(np.asarray(np.rint(place), np.uint8), 0.0)
    crate = place_in(slice(38, 46), slice(50, 62), grey)
    assert nature(crate, View.of_the_place(grey), background) is Nature.THING


def test_what_is_larger_than_its_zone_is_no_hole() -> None:
    """Within it there are fewer edges than on the planks that it lies on."""
    planks = small_ground()
    planks[:, ::4] -= 50.0
    shown = planks.copy()
    shown[ROWS, COLUMNS] = 190.0
    grey = np.asarray(np.clip(shown, 0, 255), np.uint8)
    background = BackgroundModel().first(np.asarray(np.clip(planks, 0, 255), np.uint8), 0.0)
    part, view = place_in(slice(36, 54), slice(50, 80), grey), View.of_the_place(grey)
    beyond = place_in(ROWS, COLUMNS, grey).mask ^ part.mask
    assert nature(part, view, background, beyond=beyond) is Nature.THING
    assert nature(part, view, background) is Nature.HOLE


def test_a_car_that_a_cloud_darkens_is_told_from_the_cloud() -> None:
    place = small_ground()
    shown = place.copy()
    shown[10:80, 20:120] *= cv2.GaussianBlur(np.full((70, 100), 0.72, np.float32), (9, 9), 3.0)
    car = np.random.default_rng(5).uniform(25, 230, (5, 7))
    shown[40:55, 60:81] = np.kron(car, np.ones((3, 3)))
    grey = np.asarray(np.clip(shown, 0, 255), np.uint8)
    background = BackgroundModel().first(np.asarray(np.rint(place), np.uint8), 0.0)
    dark = place_in(slice(10, 80), slice(20, 120), grey)
    view, still = View.of_the_place(grey), np.zeros(grey.shape, np.uint16)
    bodies = unlike_under_local_light(grey, background)
    [thing] = things_in_light(dark, view, background, 60, still=still, bodies=bodies)
    assert thing.left == pytest.approx(60, abs=2)
    assert thing.width == pytest.approx(21, abs=4)
    assert thing.size > 0.8 * car.size * 9


def with_planks(grey: Grey, rows: slice, columns: slice) -> Grey:
    """A crate as bright all over as ground in the sun, of planks two small pixels wide."""
    shown = grey.copy()
    shown[rows, columns] = 156
    shown[rows, columns][1::3] = 130
    return shown


def test_a_crate_of_planks_is_no_light() -> None:
    place = np.full((GREY_HEIGHT, GREY_WIDTH), 120, np.uint8)
    rows, columns = slice(40, 56), slice(60, 79)
    grey = with_planks(place, rows, columns)
    background = BackgroundModel().first(place, 0.0)
    crate = place_in(rows, columns, grey)
    assert nature(crate, View.of_the_place(grey), background) is Nature.THING
    grey[rows, columns] = 156
    assert nature(crate, View.of_the_place(grey), background) is Nature.LIGHT


def test_a_crate_of_planks_stands_in_the_sun_that_came_over_it() -> None:
    place = np.full((GREY_HEIGHT, GREY_WIDTH), 120, np.uint8)
    sun = np.ones((GREY_HEIGHT, GREY_WIDTH), np.float32)
    sun[20:80, 30:130] = 1.3
    lit = np.asarray(place * cv2.GaussianBlur(sun, (31, 31), 7.0), np.uint8)
    grey = with_planks(lit, slice(40, 56), slice(60, 79))
    background = BackgroundModel().first(place, 0.0)
    patch, view = place_in(slice(20, 80), slice(30, 130), grey), View.of_the_place(grey)
    still, bodies = np.zeros(grey.shape, np.uint16), unlike_under_local_light(grey, background)
    assert nature(patch, view, background) is Nature.LIGHT
    things = things_in_light(patch, view, background, 60, still=still, bodies=bodies)
    assert [each.left for each in things] == [pytest.approx(60, abs=4)]
