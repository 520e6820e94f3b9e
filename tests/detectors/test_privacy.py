"""Without a model that knows people: whoever is in the picture is hidden, standing or walking."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.event import Box
from detectors.privacy import QUIET, Familiarity, Where
from detectors.snapshot import render as snapshot
from ingest.farm.scenes import TruthKind, render, scene
from ingest.frame import Grey
from tests.detectors.rules.drawn import ground, lit, noisy, with_person

Picture = NDArray[np.uint8]
STEP = 2.0
"""Seconds between scans."""


def small(picture: Picture) -> Grey:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (160, 90), interpolation=cv2.INTER_AREA), np.uint8)


def known(shoot: Callable[[float], Picture], until: float, since: float = 0.0) -> Familiarity:
    """What is known of a place that was scanned from `since` up to `until`, seconds."""
    place = Familiarity.first(small(shoot(since)), since)
    for at in np.arange(since + STEP, until + STEP / 2, STEP):
        place = place.after(small(shoot(float(at))), float(at))
    return place


def hidden(shoot: Callable[[float], Picture], until: float) -> Where:
    return known(shoot, until).suspected().anybody


def empty(at: float) -> Picture:
    return _noisy_empty(at % 20)


@cache
def _noisy_empty(at: float) -> Picture:
    return noisy(ground(), at)


@cache
def _noisy_somebody(at: float) -> Picture:
    return noisy(with_person(ground(), 150, 120), at)


@cache
def _elsewhere() -> Picture:
    return np.ascontiguousarray(ground(seed=5)[::-1, ::-1])


def somebody(arrives: float, leaves: float = 1e9) -> Callable[[float], Picture]:
    """Stands from one scan to the next and does not stir: the hardest to tell from the place."""

    def shoot(at: float) -> Picture:
        if not arrives <= at < leaves:
            return empty(at)
        return _noisy_somebody(at % 20)

    return shoot


STANDS = np.s_[40:60, 75:81]
"""The cells of `somebody`, head to foot."""


def test_at_first_everything_is_hidden() -> None:
    assert hidden(empty, QUIET - STEP).all()
    assert not hidden(empty, QUIET + STEP).any()


@pytest.mark.parametrize("stood", [0.0, 30.0, 300.0, 900.0])
def test_whoever_stands_is_hidden_for_as_long_as_people_stand(stood: float) -> None:
    where = hidden(somebody(60), 60 + stood)
    assert where[STANDS].all()
    assert where.mean() < 0.06, "and the rest is shown"


def test_somebody_who_has_gone_hides_nothing_for_long() -> None:
    assert not hidden(somebody(60, 120), 120 + QUIET + STEP).any()


def test_somebody_who_was_there_first_shows_the_place_again_at_last() -> None:
    """The limit: who stands motionless through the cold start is taken for the place."""
    shoot = somebody(0, 40)
    assert not hidden(shoot, 38).any()
    assert hidden(shoot, 60)[STANDS].all()
    assert not hidden(shoot, 3600).any()


def test_somebody_who_comes_during_the_cold_start_is_hidden() -> None:
    assert hidden(somebody(10), 60)[STANDS].all()


@pytest.mark.parametrize("gain", [0.7, 1.3])
def test_a_change_of_light_hides_nobody_and_shows_nobody(gain: float) -> None:
    def light(at: float) -> float:
        return 1.0 if at < 100 else gain

    assert hidden(lit(empty, light), 120 + STEP).mean() < 0.02
    assert hidden(lit(somebody(60), light), 120)[STANDS].all()


def test_a_turned_camera_is_hidden_and_then_learned() -> None:
    def shoot(at: float) -> Picture:
        return empty(at) if at < 60 else _elsewhere()

    assert hidden(shoot, 64).mean() > 0.7
    assert hidden(shoot, 60 + 600).mean() < 0.25, "it would be 0.6 after ABSORBS alone"


def test_a_pause_rushes_nothing() -> None:
    place = known(somebody(60), 62)
    later = place.after(small(somebody(60)(62)), 86_400.0)
    assert later.suspected().anybody[STANDS].all()


def test_a_picture_makes_a_new_memory_and_leaves_the_old_one() -> None:
    place = known(empty, 40)
    before = place.place.copy(), place.suspected().anybody.copy()
    place.after(small(somebody(0)(42)), 42.0)
    assert (place.place == before[0]).all()
    assert (place.suspected().anybody == before[1]).all()


def detail(picture: Picture, where: NDArray[np.bool_]) -> float:
    """Variance of the Laplacian: how much is left to recognise anything by."""
    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.CV_64F)[where].var())


def shown(name: str, until: float, *boxes: Box) -> Picture:
    place = known(lambda at: render(name, at), until)
    jpeg, _ = snapshot(
        render(name, until), boxes, None, place.suspected(), (), blur=True, framed=False
    )
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def person_masks(name: str, at: float, zone: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """The pixels of everything drawn before the place at second `at` that stands in `zone`."""
    drawn, masks = scene(name), []
    blank = np.zeros((360, 640, 3), np.uint8)
    for actor in drawn.actors:
        if actor.depth(at) is None:
            continue
        light, dark = blank + np.uint8(255), blank.copy()
        actor.draw(light, at)
        actor.draw(dark, at)
        solid = np.asarray((light.astype(int) - dark).max(axis=2) < 128, np.bool_)
        rows, columns = np.nonzero(solid)
        if len(rows) and zone[rows.max(), columns[rows.argmax()]]:
            masks.append(solid)
    return masks


@pytest.mark.parametrize("at", [40.0, 70.0, 100.0])
@pytest.mark.parametrize("boxed", [True, False])
def test_everybody_on_the_square_loses_their_detail(at: float, boxed: bool) -> None:
    [truth] = scene("square_gathering").truth
    xs, ys = zip(*truth.zone, strict=True)
    crowd = Box(
        x1=max(0, min(xs)), y1=min(ys), x2=min(1, max(xs)), y2=max(ys), label="people", confidence=1
    )
    zone = np.zeros((360, 640), np.uint8)
    corners = np.array(truth.zone) * (640, 360)
    cv2.fillPoly(zone, [corners.astype(np.int32)], (1,))
    clear = render("square_gathering", at)
    blurred = shown("square_gathering", at, *([crowd] if boxed else []))
    people = person_masks("square_gathering", at, zone.astype(bool))
    assert len(people) >= 15
    for person in people:
        assert detail(blurred, person) < 0.05 * detail(clear, person)


@pytest.mark.parametrize(
    ("name", "kind", "label", "cold"),
    [
        ("woodpile_fire", TruthKind.FLAMES, "flame", False),
        ("woodpile_fire", TruthKind.FLAMES, "flame", True),
        ("lane_blocked", TruthKind.VEHICLE_STANDING, "thing", False),
    ],
)
def test_fires_and_vehicles_stay_sharp(name: str, kind: TruthKind, label: str, cold: bool) -> None:
    [truth] = [each for each in scene(name).truth if each.kind is kind]
    at = truth.start + 26
    xs, ys = zip(*truth.zone, strict=True)
    box = Box(x1=min(xs), y1=min(ys), x2=max(xs), y2=max(ys), label=label, confidence=0.8)
    inside = np.zeros((360, 640), np.bool_)
    inside[round(box.y1 * 360) : round(box.y2 * 360), round(box.x1 * 640) : round(box.x2 * 640)] = (
        True
    )
    clear = render(name, at)
    if cold:
        jpeg, _ = snapshot(clear, [box], None, None, (), blur=True, framed=False)
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        blurred = np.asarray(picture, np.uint8)
        assert detail(blurred, ~inside) < 0.1 * detail(clear, ~inside)
    else:
        blurred = shown(name, at, box)
    assert detail(blurred, inside) > 0.6 * detail(clear, inside)
