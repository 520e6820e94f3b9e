from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.background import TICK, Background, BackgroundModel, View
from detectors.light import Plane
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey

MODEL = BackgroundModel()
CHANCE = np.random.default_rng(2)
PLACE = np.kron(CHANCE.integers(60, 190, (9, 16)), np.ones((10, 10))).astype(np.uint8)
THING = (slice(30, 60), slice(50, 90))


def noisy(place: NDArray[np.uint8] | Plane, at: float) -> Grey:
    noise = np.random.default_rng(round(at * 10)).normal(0.0, 1.5, place.shape)
    return np.asarray(np.clip(place + noise, 0, 255), np.uint8)


def with_thing(at: float) -> Grey:
    shown = PLACE.copy()
    shown[THING] = np.where(shown[THING] > 125, 20, 240)
    return noisy(shown, at)


def empty(at: float) -> Grey:
    return noisy(PLACE, at)


def look(thing: tuple[float, float], until: float, every: float = 2.0) -> tuple[Background, View]:
    """The background and the last view of a place where a thing stands from … to."""
    background, view = MODEL.first(empty(0.0), 0.0), None
    for at in np.arange(every, until + 0.01, every):
        picture = with_thing(at) if thing[0] <= at < thing[1] else empty(at)
        background, view = MODEL.step(background, picture, float(at))
    assert view is not None
    return background, view


def share(mask: NDArray[np.uint8]) -> float:
    return float((mask[THING] > 0).mean())


def test_a_place_at_rest_shows_nothing() -> None:
    _, view = look((1e9, 1e9), 40.0)
    assert np.count_nonzero(view.foreground) == 0


@pytest.mark.parametrize("first", [0.0, 2.0, 4.0, 6.0])
@pytest.mark.parametrize("every", [2.0, 4.0])
def test_what_passes_through_the_first_pictures_leaves_nothing_behind(
    first: float, every: float
) -> None:
    background = MODEL.first(with_thing(0.0) if first == 0.0 else empty(0.0), 0.0)
    for at in np.arange(every, 40.0, every):
        picture = with_thing(at) if first <= at < first + every else empty(at)
        background, view = MODEL.step(background, picture, float(at))
        if at > first + 4 * every:
            assert share(view.foreground) == 0.0, at


def test_a_plane_of_another_size_is_a_place_too() -> None:
    small = np.ascontiguousarray(PLACE[::2, ::2])
    thing = small.copy()
    thing[15:30, 25:45] = 240
    background = MODEL.first(small, 0.0)
    for at in range(2, 40, 2):
        background, view = MODEL.step(background, thing if at >= 20 else small, float(at))
        assert view.static.shape == small.shape
    assert (view.static[16:29, 26:44] > 0).all()
    assert np.count_nonzero(view.static) < 2 * thing[15:30, 25:45].size


def test_what_arrives_moves_at_first_and_stands_after_it_settled() -> None:
    _, arriving = look((30.0, 1e9), 30.0)
    assert share(arriving.moving) > 0.95
    assert share(arriving.static) == 0.0
    background, settled = look((30.0, 1e9), 38.0)
    assert share(settled.static) > 0.95
    inside = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.bool_)
    inside[THING] = True
    assert np.median(background.still[inside]) * TICK == pytest.approx(8.0)


def test_a_thing_is_not_absorbed_within_ten_minutes() -> None:
    _, view = look((30.0, 1e9), 600.0)
    assert share(view.static) > 0.9


def test_a_thing_is_absorbed_in_the_end_unless_it_is_held() -> None:
    _, view = look((30.0, 1e9), 960.0)
    assert share(view.foreground) == 0.0
    held = np.full((GREY_HEIGHT, GREY_WIDTH), 255, np.uint8)
    background = MODEL.first(empty(0.0), 0.0)
    for at in np.arange(2.0, 960.0, 2.0):
        picture = with_thing(at) if at >= 30.0 else empty(at)
        background, view = MODEL.step(background, picture, float(at), held)
    assert share(view.static) > 0.9


def test_absorbing_takes_what_is_there_for_the_place() -> None:
    background, view = look((30.0, 1e9), 40.0)
    _, after = MODEL.step(MODEL.absorb(background, view.static), with_thing(42.0), 42.0)
    assert share(after.foreground) < 0.05


@pytest.mark.parametrize(("gain", "offset"), [(0.7, 0.0), (1.25, 0.0), (1.0, 25.0), (0.8, 20.0)])
def test_another_light_is_no_foreground(gain: float, offset: float) -> None:
    background, _ = look((1e9, 1e9), 30.0)
    lit = np.clip(empty(32.0) * gain + offset, 0, 255).astype(np.uint8)
    _, view = MODEL.step(background, lit, 32.0)
    assert np.count_nonzero(view.foreground) < 0.01 * view.foreground.size


def test_a_large_thing_does_not_pass_for_another_light() -> None:
    background, _ = look((1e9, 1e9), 30.0)
    covered = empty(32.0)
    covered[:, :60] = 250
    assert MODEL.in_light_of(background, covered) is background


def test_a_new_scene_upsets_at_first_and_is_learned_then() -> None:
    background, _ = look((1e9, 1e9), 30.0)
    other = np.asarray(np.random.default_rng(9).integers(0, 255, PLACE.shape), np.uint8)
    background, view = MODEL.step(background, other, 32.0)
    assert view.upset
    for at in range(34, 60, 2):
        background, view = MODEL.step(background, other, float(at))
    assert np.count_nonzero(view.foreground) == 0


@settings(max_examples=10, deadline=None)
@given(shift=st.integers(-(10**9), 10**9))
def test_only_differences_of_time_count(shift: int) -> None:
    here, there = MODEL.first(empty(0.0), 0.0), MODEL.first(empty(0.0), float(shift))
    for at in np.arange(2.0, 20.0, 2.0):
        here, one = MODEL.step(here, with_thing(at), float(at))
        there, other = MODEL.step(there, with_thing(at), float(at + shift))
        assert np.array_equal(one.static, other.static)


def test_the_frame_rate_of_scans_does_not_matter_much() -> None:
    _, often = look((30.0, 1e9), 60.0, every=1.0)
    _, seldom = look((30.0, 1e9), 60.0, every=5.0)
    assert share(often.static) == pytest.approx(share(seldom.static), abs=0.05)


def test_clouds_do_not_fade_what_is_known_of_a_place() -> None:
    """A pavement: the brighter half is little brighter than the darker one."""
    pavement = 110.0 + 0.16 * (PLACE.astype(np.float32) - 125.0)
    pavement[:, 80:] += 8.0
    background = MODEL.first(noisy(pavement, 0.0), 0.0)
    for at in np.arange(2.0, 120.0, 2.0):
        edge = 160.0 - 90.0 * np.abs(np.sin(at / 14.0))
        shade = 1.0 - 0.36 / (1.0 + np.exp((edge - np.arange(160)) / 6.0))
        shown = np.asarray(pavement * shade, np.float32)
        background, _ = MODEL.step(background, noisy(shown, float(at)), float(at))
    known = background.long()
    assert np.std(known[:, :70]) > 0.8 * np.std(pavement[:, :70])
    assert np.std(known) > 0.8 * np.std(pavement)


def test_a_light_that_clips_forgets_nothing() -> None:
    bright = np.clip(PLACE.astype(np.float32) * 1.3, 0, 250)
    background = MODEL.first(noisy(bright, 0.0), 0.0)
    for at in np.arange(2.0, 100.0, 2.0):
        gain = 1.5 if 20.0 <= at < 90.0 else 1.0
        background, view = MODEL.step(background, noisy(bright * gain, float(at)), float(at))
    assert np.count_nonzero(view.foreground) < 0.01 * view.foreground.size


@settings(max_examples=25, deadline=None)
@given(sets=st.dictionaries(st.integers(8, 30), st.integers(-90_000, 90_000), max_size=3))
def test_a_clock_that_is_set_makes_a_known_place_learn_no_faster(sets: dict[int, int]) -> None:
    """Whatever it is set to: a thing that came before it stands there still."""
    background, clock = MODEL.first(empty(0.0), 0.0), 0.0
    for scan in range(1, 40):
        clock += 2.0 + sets.get(scan, 0)
        picture = with_thing(2.0 * scan) if scan >= 7 else empty(2.0 * scan)
        background, view = MODEL.step(background, picture, clock)
    assert share(view.static) > 0.9
    assert np.abs(background.learned[THING] - PLACE[THING]).mean() < 5.0
    assert background.born <= background.at
