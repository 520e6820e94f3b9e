from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.rules import GatheringConfig
from detectors.detections import Detections
from detectors.event import Method, Phase
from detectors.rules.gathering import GatheringState
from detectors.rules.rule import Observation
from detectors.scenery import Scenery
from ingest.frame import Frame
from tests.detectors.rules.drawn import ground, mirrored, noisy, with_box, with_person
from tests.detectors.rules.watching import (
    ACTIVITY,
    EPOCH,
    Heard,
    Picture,
    frame_of,
    rule_on,
    scans,
    watch,
    watch_together,
)

TALL = 0.2
"""A person's height in these scenes, of the picture's."""
OFF = 4
CONFIG = GatheringConfig(
    rule="gathering", on_count=8, off_count=OFF, duration=12, clear_after=6, cooldown=30,
    person_height=TALL, model=None,
)  # fmt: skip
WITH_MODEL = CONFIG.model_copy(update={"model": "yolox_nano", "person_height": None})
PLACE = ground(11)

Shoot = Callable[[float], Picture]


def crowd(people: Callable[[float], int]) -> Shoot:
    """So many people, each about a place of their own, shifting their weight."""
    homes = np.random.default_rng(4).permutation(
        [(x, y) for x in range(20, 300, 26) for y in (80, 125, 170)]
    )

    def shoot(at: float) -> Picture:
        shown = PLACE
        for number, (x, foot) in enumerate(homes[: people(at)]):
            sway = round(2.5 * np.sin(at * 0.7 + number * 1.3))
            shown = with_person(shown, int(x) + sway, int(foot), 36)
        return noisy(shown, at)

    return shoot


def heard_in(shoot: Shoot, seconds: float = 60.0) -> list[Heard]:
    return watch(rule_on(CONFIG), shoot, scans(seconds))


def between(start: float, end: float, many: int, few: int = 1) -> Callable[[float], int]:
    return lambda at: many if start <= at < end else few


def test_a_gathering_is_found_without_a_model_and_its_end_noticed() -> None:
    opened, cleared = heard_in(crowd(between(16.0, 44.0, 18)), 80.0)
    assert (opened.phase, cleared.phase) == (Phase.OPENED, Phase.CLEARED)
    late = opened.at - 16.0 - CONFIG.duration
    assert 0.0 <= late <= 5.0
    assert opened.finding.method is Method.OCCUPANCY
    assert opened.finding.count == pytest.approx(18, rel=0.4)
    low, high = re.findall(r"\d+", opened.finding.note)
    assert int(low) < 18 < int(high)


@pytest.mark.parametrize("people", [1, 3, 5])
def test_few_people_are_no_gathering(people: int) -> None:
    assert heard_in(crowd(between(10.0, 60.0, people))) == []


def test_people_who_pass_quickly_are_no_gathering() -> None:
    assert heard_in(crowd(between(16.0, 24.0, 20))) == []


def test_a_parked_van_is_no_gathering() -> None:
    van = with_box(PLACE, 90, 60, 130, 70)
    assert heard_in(lambda at: noisy(van if at >= 12.0 else PLACE, at)) == []


def test_a_van_in_changing_light_is_no_gathering() -> None:
    def shoot(at: float) -> Picture:
        shown = with_box(PLACE, 90, 60, 130, 70) if at >= 12.0 else PLACE
        light = np.linspace(0.75 + 0.2 * np.sin(at / 5.0), 1.0, shown.shape[1])[:, None]
        return noisy(np.asarray(shown * light, np.uint8), at)

    assert heard_in(shoot) == []


def test_the_shadow_of_a_cloud_is_no_gathering() -> None:
    def shoot(at: float) -> Picture:
        shade = np.zeros(PLACE.shape[:2], np.float32)
        if at >= 12.0:
            cv2.ellipse(shade, (100 + round(2 * at), 100), (70, 50), 0, 0, 360, (0.4,), -1)
        soft = np.asarray(cv2.GaussianBlur(shade, (21, 21), 0))[..., None]
        return noisy(np.asarray(PLACE * (1.0 - soft), np.uint8), at)

    assert heard_in(shoot) == []


def test_lorries_passing_are_no_gathering() -> None:
    def shoot(at: float) -> Picture:
        return noisy(with_box(PLACE, round(at * 130) % 420 - 120, 70, 120, 60), at)

    assert heard_in(shoot) == []


def test_without_model_or_person_height_nothing_is_counted() -> None:
    blind = CONFIG.model_copy(update={"person_height": None})
    assert watch(rule_on(blind), crowd(between(8.0, 60.0, 20)), scans(60.0)) == []


def seen(people: Callable[[float], int]) -> Callable[[float, Frame], Detections]:
    """A detector that sees so many people, in two rows."""

    def detect(at: float, _: Frame) -> Detections:
        number = people(at)
        x = np.linspace(0.05, 0.9, max(number, 1))[:number]
        y = np.where(np.arange(number) % 2, 0.5, 0.7)
        corners = np.column_stack((x, y, x + 0.04, y + TALL)).astype(np.float32)
        return Detections(
            corners, np.full(number, 0.8, np.float32), np.zeros(number, np.int64), ("person", "car")
        )

    return detect


def empty(at: float) -> Picture:
    return noisy(PLACE, at)


def test_a_model_counts_feet_in_the_zone() -> None:
    detect = seen(between(10.0, 34.0, 12))
    opened, cleared = watch(rule_on(WITH_MODEL), empty, scans(60.0), detect=detect)
    assert opened.finding.method is Method.MODEL
    assert opened.finding.count == 12
    assert cleared.phase is Phase.CLEARED
    lower_half = ((0.0, 0.8), (1.0, 0.8), (1.0, 1.0), (0.0, 1.0))
    assert watch(rule_on(WITH_MODEL, lower_half), empty, scans(60.0), detect=detect) == []


def test_the_count_is_a_median_and_one_scan_changes_nothing() -> None:
    detect = seen(lambda at: 30 if at == 20.0 else 5)
    assert watch(rule_on(WITH_MODEL), empty, scans(60.0), detect=detect) == []


@pytest.mark.parametrize("stay", [8.0, 30.0])
def test_people_must_stay_for_the_duration(stay: float) -> None:
    detect = seen(between(10.0, 10.0 + stay, 12, 0))
    heard = watch(rule_on(WITH_MODEL), empty, scans(60.0), detect=detect)
    assert bool(heard) == (stay > WITH_MODEL.duration)


BOTH = CONFIG.model_copy(update={"model": "yolox_nano"})


def overloaded(answers: Callable[[float], bool]) -> Callable[[float, Frame], Detections | None]:
    """A detector that sees three people, where it answers at all."""
    see = seen(lambda _: 3)
    return lambda at, frame: see(at, frame) if answers(at) else None


@pytest.mark.parametrize(
    "answers",
    [lambda at: at % 20.0 < 2.0, lambda at: at < 20.0, lambda at: at >= 28.0],
    ids=["seldom", "at first", "late"],
)
def test_a_detector_that_is_overloaded_is_waited_for(answers: Callable[[float], bool]) -> None:
    crowded = crowd(between(10.0, 48.0, 18))  # by area; the detector knows better
    assert watch(rule_on(BOTH), crowded, scans(48.0), detect=overloaded(answers)) == []


def test_without_a_detector_for_long_the_area_counts() -> None:
    crowded = crowd(between(10.0, 100.0, 18))
    heard = watch(rule_on(BOTH), crowded, scans(90.0), detect=overloaded(lambda at: at < 20.0))
    (opened,) = heard
    assert opened.finding.method is Method.OCCUPANCY
    assert opened.at >= 18.0 + 30.0
    missing = watch(rule_on(BOTH), crowd(between(16.0, 44.0, 18)), scans(44.0))
    assert [each.at for each in missing] == [
        each.at for each in heard_in(crowd(between(16.0, 44.0, 18)), 44.0)
    ]


def test_without_a_detector_a_clock_set_back_stops_no_count() -> None:
    """It last answered an hour from now."""
    crowded = crowd(between(0.0, 3600.0, 18))
    times = [*(3600.0 + at for at in scans(20.0)), *scans(60.0)]
    heard = watch(rule_on(BOTH), crowded, times, detect=overloaded(lambda at: at >= 3600.0))
    assert (heard[0].phase, heard[0].finding.method) == (Phase.OPENED, Method.OCCUPANCY)


def state_after(shoot: Shoot, seconds: Iterable[float]) -> GatheringState:
    rule, scenery = rule_on(CONFIG), Scenery()
    state = rule.initial()
    for at in seconds:
        frame = frame_of(shoot(at), EPOCH + at)
        background, view = scenery.look(frame.grey, EPOCH + at)
        observation = Observation(frame, ACTIVITY, background, view)
        state = rule.step(state, observation, EPOCH + at).state
    assert isinstance(state, GatheringState)
    return state


def test_one_picture_after_a_pause_proves_no_crowd() -> None:
    """A lorry fills the street in it: what it covers has stayed for one picture."""
    lorry = with_box(PLACE, 60, 60, 200, 90)
    state = state_after(lambda at: noisy(lorry if at > 600.0 else PLACE, at), [*scans(20.0), 620.0])
    assert state.people == 0.0


def test_a_pause_forgets_how_many_there_were() -> None:
    crowded = crowd(between(8.0, 30.0, 18, 0))
    before, after = list(scans(20.0)), 620.0
    assert state_after(crowded, before).restless is not None
    assert state_after(crowded, [*before, after]).restless is None


def test_a_density_is_people_over_the_area_of_the_zone() -> None:
    config = GatheringConfig(on_density=0.5, off_density=0.25, duration=12)
    sparse, dense = rule_on(config, area_m2=40.0), rule_on(config, area_m2=20.0)
    detect = seen(between(10.0, 60.0, 12))
    assert watch(sparse, empty, scans(60.0), detect=detect) == []
    (opened,) = watch(dense, empty, scans(60.0), detect=detect)
    assert opened.finding.count == 12
    assert opened.finding.note == "7 to 17 people, 0.4 to 0.8 per m²"


def test_nobody_is_no_gathering_however_little_is_enough() -> None:
    config = GatheringConfig(
        on_density=0.1, off_density=0.05, duration=10, clear_after=6, sensitivity=1.0
    )
    rule, detect = rule_on(config, area_m2=9.0), seen(between(10.0, 30.0, 5, 0))
    opened, cleared = watch(rule, empty, scans(60.0), detect=detect)
    assert opened.since >= 8.0
    assert (opened.phase, cleared.phase) == (Phase.OPENED, Phase.CLEARED)


def test_nobody_is_not_looked_for_again_where_one_alone_keeps_it_open() -> None:
    config = GatheringConfig(on_density=0.5, off_density=0.0, duration=10)
    rule = rule_on(config, area_m2=20.0)
    watched = watch_together([rule], empty, scans(30.0), detect=seen(lambda _: 0))
    assert watched.asked == [0.0]


def test_between_on_and_off_an_open_gathering_lives_on() -> None:
    detect = seen(lambda at: 12 if at < 24.0 else 6)
    heard = watch(rule_on(WITH_MODEL), empty, scans(80.0), detect=detect)
    assert [each.phase for each in heard] == [Phase.OPENED]


def test_a_detector_is_asked_again_only_while_there_are_some_people() -> None:
    times = list(scans(80.0))
    detect = seen(between(20.0, 40.0, OFF, OFF - 1))
    asked = watch_together([rule_on(WITH_MODEL)], empty, times, detect=detect).asked
    remembered = 40.0 + 10.0
    """A count is remembered for 10 s."""
    assert asked == [0.0, *(at for at in times if 20.0 <= at < remembered)]


def test_a_detector_is_asked_as_long_as_a_gathering_is_open() -> None:
    detect = seen(between(10.0, 30.0, 12, 0))
    watched = watch_together([rule_on(WITH_MODEL)], empty, scans(80.0), detect=detect)
    _, cleared = watched.heard
    after = [at for at in watched.asked if at > 0.0]
    remembered = 28.0 + 10.0
    assert after == [at for at in scans(80.0) if 10.0 <= at < max(cleared.at, remembered + 1.0)]


def test_without_a_model_no_detector_is_asked() -> None:
    crowded = crowd(between(16.0, 44.0, 18))
    assert watch_together([rule_on(CONFIG)], crowded, scans(60.0)).asked == []


def packed(at: float) -> Picture:
    """Heads everywhere, none where it was two seconds ago: no one can be told from another."""
    chance = np.random.default_rng(round(at * 10))
    heads = chance.integers(20, 235, (45, 80, 1), dtype=np.uint8)
    return np.asarray(np.repeat(np.repeat(np.repeat(heads, 4, 0), 4, 1), 3, 2), np.uint8)


def test_a_crowd_too_dense_to_count_is_found_where_the_model_sees_a_few() -> None:
    config = WITH_MODEL.model_copy(update={"on_count": 40, "off_count": 20})

    def detect(at: float, frame: Frame) -> Detections:
        people = seen(lambda _: 6)(at, frame)
        small = people.xyxy.copy()
        small[:, 3] = small[:, 1] + 0.08
        return Detections(small, people.confidence, people.class_id, people.names)

    opened = watch(rule_on(config), packed, scans(50.0), detect=detect)[0]
    assert opened.finding.method is Method.FUSED
    assert (opened.finding.count or 0) >= 40
    assert watch(rule_on(config), packed, scans(50.0), detect=seen(lambda _: 0)) == []


def test_mirrored_and_shifted_scenes_give_mirrored_and_shifted_events() -> None:
    shoot = crowd(between(10.0, 30.0, 18))
    straight = heard_in(shoot, 50.0)
    turned = watch(rule_on(CONFIG), mirrored(shoot), scans(50.0), start=EPOCH + 5e8)
    assert [(each.at, each.phase) for each in straight] == [
        (each.at, each.phase) for each in turned
    ]
    assert [each.since for each in straight] == [each.since - 5e8 for each in turned]


@settings(max_examples=5, deadline=None)
@given(pause=st.floats(20.0, 10_000.0), at=st.integers(3, 24))
def test_a_pause_makes_no_event(pause: float, at: int) -> None:
    times = list(scans(50.0))
    paused = [each + (pause if index >= at else 0.0) for index, each in enumerate(times)]
    was = dict(zip(paused, times, strict=True))
    people = seen(between(8.0, 30.0, 12))
    heard = watch(
        rule_on(WITH_MODEL),
        lambda now: empty(was[now]),
        paused,
        detect=lambda now, frame: people(was[now], frame),
    )
    assert paused[at] not in [each.at for each in heard]
