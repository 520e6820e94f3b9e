"""The settings that all rules share: masks, sensitivity, hours, and how sure they must be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.rules import (
    DumpedConfig,
    FireSmokeConfig,
    GatheringConfig,
    IntrusionConfig,
    LineCrossingConfig,
    LoiteringConfig,
    ObstructionConfig,
    ZoneRule,
)
from configs.schedule import Schedule, Window
from configs.values import PicturePolygon
from detectors.detections import Detections
from detectors.episode import HOURS_ENDED
from detectors.event import Phase
from detectors.hours import Hours
from ingest.frame import Frame
from tests.detectors.rules.drawn import ground, noisy, standing, with_box, with_flame, with_person
from tests.detectors.rules.on_foot import a_bag_is_left, a_loiterer
from tests.detectors.rules.passers_by import walker
from tests.detectors.rules.watching import Heard, Picture, rule_on, scans, watch

OBSTRUCTION = ObstructionConfig(dwell=20, clear_after=6, cooldown=0, model=None)
GATHERING = GatheringConfig(
    on_count=6, off_count=3, duration=10, person_height=0.22, cooldown=0, model=None
)
FIRE = FireSmokeConfig(duration=6, clear_after=6, cooldown=0)
OPENED, CLEARED = Phase.OPENED, Phase.CLEARED
PLACE = ground(3)


def phases(heard: list[Heard]) -> list[Phase]:
    return [each.phase for each in heard]


def around(left: float, top: float, right: float, bottom: float) -> PicturePolygon:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def a_crowd(people: int, size: int = 38) -> Callable[[float], Picture]:
    def shoot(at: float) -> Picture:
        shown = PLACE
        if 8.0 <= at < 44.0:
            for number in range(people):
                left = round(30 + 24 * number + 4 * (at * 0.5 + number) % 9)
                shown = with_person(shown, left, 90 + 30 * (number % 3), size)
        return noisy(shown, at)

    return shoot


def a_fire(at: float) -> Picture:
    return noisy(with_flame(PLACE, at) if 8.0 <= at < 40.0 else PLACE, at)


INTRUSION = IntrusionConfig(clear_after=6, cooldown=0, model=None)
CROSSING = LineCrossingConfig(line=((0.5, 0.0), (0.5, 1.0)), clear_after=20, cooldown=0, model=None)
LOITERING = LoiteringConfig(dwell=20, clear_after=6, cooldown=0, model=None)
DUMPED = DumpedConfig(dwell=20, clear_after=6, cooldown=0, model=None)
WAY = around(0.0, 0.45, 1.0, 0.9)

SCENES: dict[str, tuple[ZoneRule, Callable[[float], Picture], PicturePolygon, int]] = {
    "obstruction": (OBSTRUCTION, standing(10.0, 50.0), around(0.3, 0.4, 0.65, 0.78), 36),
    "gathering": (GATHERING, a_crowd(9), around(0.0, 0.0, 0.6, 1.0), 36),
    "fire_smoke": (FIRE, a_fire, around(0.35, 0.3, 0.65, 0.8), 36),
    "intrusion": (INTRUSION, walker(40.0), WAY, 48),
    "line_crossing": (CROSSING, walker(40.0), WAY, 58),
    "loitering": (LOITERING, a_loiterer, WAY, 76),
    "dumped": (DUMPED, a_bag_is_left(), around(0.45, 0.6, 0.65, 0.8), 78),
}
"""The rule, what it finds, a mask over that, and a second at which it is open."""


@pytest.mark.parametrize("name", SCENES)
def test_what_lies_under_a_mask_is_ignored(name: str) -> None:
    config, shoot, mask, until = SCENES[name]
    assert OPENED in phases(watch(rule_on(config), shoot, scans(until + 14.0)))
    assert watch(rule_on(config, masks=(mask,)), shoot, scans(until + 14.0)) == []


@pytest.mark.parametrize("name", SCENES)
def test_outside_of_its_hours_nothing_is_told_and_what_is_open_ends_with_them(name: str) -> None:
    config, shoot, _, until = SCENES[name]
    midnight, seconds = 1_699_920_000.0, until + 14.0
    window = Window(start=time(23), end=time(0, until // 60, until % 60))
    schedule = Schedule(windows=(window,))
    rule = rule_on(config, hours=Hours(schedule, ZoneInfo("UTC")))
    opened, cleared = watch(rule, shoot, scans(seconds), start=midnight)
    assert (opened.phase, cleared.phase) == (OPENED, CLEARED)
    assert (cleared.at, cleared.finding.note) == (float(until), HOURS_ENDED)
    assert watch(rule, shoot, scans(seconds), start=midnight + 120.0) == []


def test_hours_that_end_while_the_whole_picture_differs_end_what_is_open() -> None:
    tiles = np.indices((180, 320)).sum(axis=0) // 16 % 2 * 230
    shoot, elsewhere = standing(10.0), np.repeat(tiles.astype(np.uint8)[..., None], 3, axis=2)
    until = Window(start=time(23), end=time(0, 0, 36))
    hours = Hours(Schedule(windows=(until,)), ZoneInfo("UTC"))
    heard = watch(
        rule_on(OBSTRUCTION, hours=hours),
        lambda at: elsewhere if at >= 35.0 else shoot(at),
        scans(50.0),
        start=1_699_920_000.0,
    )
    assert phases(heard) == [OPENED, CLEARED]
    assert (heard[1].at, heard[1].finding.note) == (36.0, HOURS_ENDED)


def open_at(heard: list[Heard], at: float) -> bool:
    told = [each.phase for each in heard if each.at <= at]
    return bool(told) and told[-1] is OPENED


def assert_covers(more: list[Heard], less: list[Heard]) -> None:
    """Whenever the less sensitive one has something open, so has the more sensitive one."""
    for at in scans(80.0):
        assert open_at(more, at) or not open_at(less, at), (at, more, less)


def heard_at_each(
    config: ZoneRule, shoot: Callable[[float], Picture], seconds: float = 56.0
) -> list[list[Heard]]:
    return [
        watch(rule_on(config.model_copy(update={"sensitivity": each})), shoot, scans(seconds))
        for each in (0.0, 0.5, 1.0)
    ]


@settings(max_examples=6, deadline=None)
@given(left=st.integers(10, 220), width=st.integers(12, 60), height=st.integers(8, 40))
def test_a_more_sensitive_obstruction_never_finds_less(left: int, width: int, height: int) -> None:
    def shoot(at: float) -> Picture:
        there = 10.0 <= at < 44.0
        return noisy(with_box(PLACE, left, 60, width, height) if there else PLACE, at)

    found = heard_at_each(OBSTRUCTION, shoot)
    for less, more in pairwise(found):
        assert_covers(more, less)


@settings(max_examples=6, deadline=None)
@given(people=st.integers(2, 11))
def test_a_more_sensitive_gathering_never_finds_less(people: int) -> None:
    found = heard_at_each(GATHERING, a_crowd(people))
    for less, more in pairwise(found):
        assert_covers(more, less)


@pytest.mark.parametrize("tall", [16, 24, 40])
@pytest.mark.parametrize("config", [INTRUSION, CROSSING], ids=lambda each: each.rule)
def test_a_more_sensitive_rule_never_loses_who_walks(config: ZoneRule, tall: int) -> None:
    found = heard_at_each(config, walker(36.0, tall=tall, pace=0.8 * tall), 56.0)
    for less, more in pairwise(found):
        assert_covers(more, less)


def test_a_more_sensitive_loitering_never_finds_less() -> None:
    found = heard_at_each(LOITERING.model_copy(update={"min_height": 0.14}), a_loiterer, 80.0)
    for less, more in pairwise(found):
        assert_covers(more, less)
    assert (found[0] == [], OPENED in phases(found[-1])) == (True, True)


@pytest.mark.parametrize("size", [6, 10, 16])
def test_a_more_sensitive_dumped_never_finds_less(size: int) -> None:
    close = DUMPED.model_copy(update={"min_area": 0.003})
    found = heard_at_each(close, a_bag_is_left(size=size), 80.0)
    for less, more in pairwise(found):
        assert_covers(more, less)
    assert OPENED in phases(found[-1]) or size == 6


@pytest.mark.parametrize("min_area", [0.002, 0.02])
def test_a_more_sensitive_fire_rule_never_finds_less(min_area: float) -> None:
    found = heard_at_each(FIRE.model_copy(update={"min_area": min_area}), a_fire, 24.0)
    for less, more in pairwise(found):
        assert_covers(more, less)
    assert OPENED in phases(found[-1])
    assert (found[0] == []) is (min_area == 0.02), "the larger one is a close thing"


@pytest.mark.parametrize(
    ("config", "shoot"),
    [
        (OBSTRUCTION.model_copy(update={"min_area": 0.05}), standing(10.0, 50.0)),
        (GATHERING, a_crowd(6)),
    ],
    ids=["obstruction", "gathering"],
)
def test_sensitivity_decides_where_it_is_close(
    config: ZoneRule, shoot: Callable[[float], Picture]
) -> None:
    found = heard_at_each(config, shoot, 40.0)
    assert found[0] == []
    assert OPENED in phases(found[-1])


def test_a_thing_that_is_sure_enough_later_is_told_then_whatever_went_before() -> None:
    """0.7 is all that the background alone is worth; a van without a name starts no cooldown."""
    names = ("person", "car")

    def first_van_then_a_car(at: float, _: Frame) -> Detections:
        if at < 80.0:
            return Detections.empty(names)
        box = np.array([[0.36, 0.42, 0.61, 0.73]], np.float32)
        return Detections(box, np.array([0.9], np.float32), np.array([1]), names)

    def shoot(at: float) -> Picture:
        return standing(10.0, 44.0)(at) if at < 56.0 else standing(60.0)(at)

    sure = OBSTRUCTION.model_copy(update={"confidence": 0.8, "cooldown": 3600.0})
    [opened] = watch(rule_on(sure), shoot, scans(100.0), detect=first_van_then_a_car)
    assert opened.at == 80.0, "its dwell was over when the detector named it"
    assert opened.finding.confidence == pytest.approx(0.9)


def test_how_often_something_must_be_seen_is_a_setting() -> None:
    at_once = {"dwell": 0.0, "confirm": {"needed": 1, "of": 1}}
    slow = {"dwell": 0.0, "confirm": {"needed": 8, "of": 9}}
    shoot = standing(20.0)
    [first] = watch(rule_on(ObstructionConfig.model_validate(at_once | NO_MODEL)), shoot, scans(60))
    [late] = watch(rule_on(ObstructionConfig.model_validate(slow | NO_MODEL)), shoot, scans(60))
    assert late.at - first.at == 14.0


NO_MODEL = {"model": None}
