"""The drawn scenes show what their truth says, where and when it says so, and nothing else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.farm import scenes
from ingest.farm.scenes import PERIOD, SCENES, TruthKind, UnknownSceneError, frames, render
from ingest.farm.scenes.caption import draw_caption, printable
from ingest.farm.scenes.motion import Track

QUIET = ("quiet_lane", "quiet_gate", "paddy_road", "market_street", "pond_square")


def _zone(name: str, kind: TruthKind) -> NDArray[np.bool_]:
    polygon = next(truth.zone for truth in scenes.scene(name).truth if truth.kind is kind)
    points = np.asarray(polygon) * (640, 360)
    mask = np.zeros((360, 640), np.uint8)
    cv2.fillPoly(mask, [points.round().astype(np.int32)], 1)
    return mask.astype(bool)


def _changed(name: str, zone: NDArray[np.bool_], t: float, empty: float) -> float:
    """The part of the zone whose grey differs clearly between two moments."""
    now, before = (
        cv2.blur(cv2.cvtColor(render(name, s), cv2.COLOR_BGR2GRAY), (5, 5)) for s in (t, empty)
    )
    difference = cv2.absdiff(now, before)
    return float((difference[zone] > 22).mean())


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_a_pure_function_of_time(name: str) -> None:
    first = render(name, 41.0)
    render(name, 77.0)
    assert first.shape == (360, 640, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, render(name, 41.0))
    assert np.array_equal(first, render(name, 41.0 + PERIOD))
    assert not np.array_equal(first, render(name, 41.2))


def test_a_seed_decides_the_scene() -> None:
    again = SCENES["quiet_lane"](7)
    assert np.array_equal(again.picture(15.0), render("quiet_lane", 15.0, seed=7))
    assert not np.array_equal(again.picture(15.0), render("quiet_lane", 15.0, seed=8))


@pytest.mark.parametrize("name", QUIET)
def test_nothing_happens_in_quiet_places(name: str) -> None:
    assert scenes.scene(name).truth == ()


@pytest.mark.parametrize("name", SCENES)
def test_truth_lies_in_the_picture_and_in_the_period(name: str) -> None:
    for truth in scenes.scene(name).truth:
        assert 20.0 <= truth.start <= 35.0
        assert truth.start < truth.end <= PERIOD
        assert len(truth.zone) >= 3
        assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in truth.zone)


def test_the_van_stands_from_start_to_end() -> None:
    zone = _zone("lane_blocked", TruthKind.VEHICLE_STANDING)
    inside = [_changed("lane_blocked", zone, t, 0.8) for t in (20.5, 60.0, 109.5)]
    outside = [_changed("lane_blocked", zone, t, 0.8) for t in (11.5, 122.0, 170.0)]
    assert min(inside) > 0.15
    assert max(outside) < 0.04
    settled = _changed("lane_blocked", zone, 30.0, 55.0)
    assert settled < 0.03


def test_the_square_fills_and_empties() -> None:
    zone = _zone("square_gathering", TruthKind.GATHERING)
    full = [_changed("square_gathering", zone, t, 175.0) for t in (26.0, 70.0, 109.0)]
    empty = [_changed("square_gathering", zone, t, 175.0) for t in (0.5, 136.0, 178.0)]
    assert min(full) > 4 * max(empty)


def test_at_least_fifteen_people_stand_on_the_square() -> None:
    scene = scenes.scene("square_gathering")
    for t in (25.5, 60.0, 109.5):
        distances = [actor.depth(t) for actor in scene.actors]
        assert sum(z is not None and 12 < z < 26 for z in distances) >= 15


def test_smoke_comes_before_flames_and_both_end() -> None:
    smoke = _zone("woodpile_fire", TruthKind.SMOKE)
    assert _changed("woodpile_fire", smoke, 26.0, 15.0) > 0.01
    flames = _zone("woodpile_fire", TruthKind.FLAMES)
    burning = [_burning(flames, t) for t in (40.0, 60.0, 90.0)]
    cold = [_burning(flames, t) for t in (10.0, 26.0, 130.0)]
    assert min(burning) > 0.02
    assert max(cold) < 0.006


def test_flames_flicker_and_smoke_does_not() -> None:
    """A detector may tell fire from a red thing by it: neighbouring frames differ."""
    zone = _zone("woodpile_fire", TruthKind.FLAMES)
    burning = _changed("woodpile_fire", zone, 60.0, 60.2)
    quiet = _changed("woodpile_fire", zone, 18.0, 18.2)
    assert burning > 10 * max(quiet, 0.001)


def test_the_background_of_a_scene_stays_while_leaves_move() -> None:
    """At most a few per cent of a quiet place changes within a second."""
    whole = np.ones((360, 640), bool)
    assert _changed("quiet_lane", whole, 50.0, 51.0) < 0.03


def test_frames_come_at_the_rate_that_is_asked_for() -> None:
    times = [t for t, _ in frames("quiet_lane", 5, 1.0, 2.0)]
    assert times == pytest.approx([1.0, 1.2, 1.4, 1.6, 1.8])


def test_an_unknown_scene_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownSceneError, match=r"lane_bloked.*lane_blocked"):
        scenes.scene("lane_bloked")


def test_name_and_clock_are_burned_in_at_the_top_left() -> None:
    plain, burned = render("quiet_gate", 3.0), render("quiet_gate", 3.0, label="GATE", moment=0.0)
    difference = np.abs(plain.astype(int) - burned).sum(axis=2) > 30
    rows, columns = np.nonzero(difference)
    assert rows.min() >= 4
    assert rows.max() < 64
    assert columns.max() < 260
    later = render("quiet_gate", 3.0, label="GATE", moment=61.0)
    assert not np.array_equal(burned, later)


def test_without_a_chinese_font_the_label_is_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.farm.scenes.caption.cjk_font", lambda: None)
    assert printable("村口 Gate 3") == "Gate 3"
    draw_caption(np.zeros((360, 640, 3), np.uint8), "村口", None)


def test_a_track_walks_stops_and_ends() -> None:
    track = (
        Track(10.0, (0.0, 20.0)).to((4.0, 20.0), speed=2.0).stay(15.0).to((4.0, 10.0), speed=5.0)
    )
    assert track.at(9.9) is None
    halfway = track.at(11.0)
    assert halfway is not None
    assert (halfway.x, halfway.z, halfway.dx, halfway.travelled) == (2.0, 20.0, 2.0, 2.0)
    standing = track.at(14.0)
    assert standing is not None
    assert (standing.dx, standing.dz, standing.x) == (0.0, 0.0, 4.0)
    assert track.end == pytest.approx(17.0)
    assert track.at(17.0) is None
    assert track.earlier(10.0).at(1.0) == halfway


def _burning(zone: NDArray[np.bool_], t: float) -> float:
    picture = render("woodpile_fire", t).astype(int)
    blue, green, red = picture[zone].T
    return float(((red > 190) & (red - blue > 90) & (green > 60)).mean())
