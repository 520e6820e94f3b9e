from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.rules import ObstructionConfig
from detectors.detections import Detections
from detectors.event import Method, Phase
from detectors.rules.obstruction import TRUSTED, ObstructionState
from detectors.rules.place import Place
from detectors.rules.rule import Observation, Rule, Step
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame
from tests.composer.kinds.lane import VehicleStops
from tests.composer.recipe import order
from tests.composer.suite_file import compose
from tests.detectors.rules.drawn import ground, lit, mirrored, noisy, standing, with_box
from tests.detectors.rules.watching import (
    EPOCH,
    WHOLE,
    Clip,
    Heard,
    Picture,
    rule_on,
    scans,
    watch,
    watch_together,
)

CONFIG = ObstructionConfig(rule="obstruction", dwell=20, clear_after=6, cooldown=30, model=None)
NAMES = ("person", "bicycle", "car")
FEW = 6.0
"""Pictures a second of a burst: enough to see what stirs, and half of the drawing."""


def heard_in(shoot: Callable[[float], Picture], seconds: float = 80.0) -> list[Heard]:
    return watch(rule_on(CONFIG), shoot, scans(seconds), burst_rate=FEW)


def test_a_van_that_stops_is_found_after_the_dwell_and_noticed_to_leave() -> None:
    opened, cleared = heard_in(standing(20.0, 60.0), 90.0)
    assert (opened.phase, cleared.phase) == (Phase.OPENED, Phase.CLEARED)
    assert 38.0 <= opened.at <= 44.0
    assert opened.since == pytest.approx(20.0, abs=2.0)
    assert 62.0 <= cleared.at <= 76.0
    assert opened.finding.episode_id == cleared.finding.episode_id
    assert opened.finding.method is Method.BACKGROUND


def test_the_box_lies_on_the_van() -> None:
    box = heard_in(standing(20.0))[0].finding.boxes[0]
    assert (box.x1, box.x2) == pytest.approx((120 / 320, 190 / 320), abs=0.03)
    assert (box.y1, box.y2) == pytest.approx((80 / 180, 128 / 180), abs=0.05)


@pytest.mark.parametrize("every", [2.0, 3.0, 4.0])
@pytest.mark.parametrize("phase", [0.0, 0.5])
def test_its_dwell_runs_from_the_first_scan_that_shows_it(every: float, phase: float) -> None:
    times = [phase * every + at for at in scans(60.0, every)]
    opened, *_ = watch(rule_on(CONFIG), standing(20.0), times)
    assert 38.0 <= opened.at < 40.0 + 2 * every


def test_a_van_that_drives_on_before_the_dwell_is_nothing() -> None:
    assert heard_in(standing(20.0, 36.0)) == []


def test_vans_that_take_turns_at_one_place_are_nothing() -> None:
    first, second = standing(10.0, 24.0), standing(32.0, 46.0)
    assert heard_in(lambda at: first(at) if at < 28.0 else second(at)) == []


def test_a_van_outside_the_zone_is_nothing() -> None:
    elsewhere = ((0.7, 0.0), (1.0, 0.0), (1.0, 1.0), (0.7, 1.0))
    assert watch(rule_on(CONFIG, elsewhere), standing(20.0), scans(80.0)) == []


def test_a_thing_taken_away_does_not_alarm() -> None:
    """The bare ground where it stood was never seen before, and is no thing."""
    assert heard_in(standing(-5.0, 20.0)) == []


def test_a_shadow_does_not_alarm() -> None:
    place = ground()

    def shoot(at: float) -> Picture:
        shown = place.astype(np.float32)
        if at >= 20.0:
            shown[60:130, 90:220] *= 0.6
        return noisy(np.asarray(shown, np.uint8), at)

    assert heard_in(shoot) == []


@pytest.mark.parametrize(
    "gain",
    [
        lambda at: 0.7 if at >= 30.0 else 1.0,
        lambda at: 1.0 + 0.25 * np.sin(at / 9.0),
        lambda at: 1.35 if 14.0 < at < 44.0 else 0.9,
    ],
    ids=["a cloud comes", "clouds pass", "exposure jumps"],
)
def test_light_alone_is_nothing_and_hides_nothing(gain: Callable[[float], float]) -> None:
    place = ground()
    assert heard_in(lit(lambda at: noisy(place, at), gain)) == []
    assert [each.phase for each in heard_in(lit(standing(20.0), gain))] == [Phase.OPENED]


def test_a_camera_that_shakes_sees_the_van_and_nothing_else() -> None:
    def shaken(shoot: Callable[[float], Picture]) -> Callable[[float], Picture]:
        def shoot_shaken(at: float) -> Picture:
            chance = np.random.default_rng(round(at * 10))
            across, down = chance.uniform(-2, 2, 2)
            move = np.array([[1, 0, across], [0, 1, down]], np.float32)
            moved = cv2.warpAffine(shoot(at), move, (320, 180), borderMode=cv2.BORDER_REPLICATE)
            return np.asarray(moved, np.uint8)

        return shoot_shaken

    place = ground()
    assert heard_in(shaken(lambda at: noisy(place, at))) == []
    assert [each.phase for each in heard_in(shaken(standing(20.0)))] == [Phase.OPENED]


def test_traffic_in_front_does_not_hide_a_van_for_good() -> None:
    van = standing(20.0)

    def shoot(at: float) -> Picture:
        passing = at % 8.0 >= 6.0
        return with_box(van(at), 100, 95, 90, 40) if passing else van(at)

    assert [each.phase for each in heard_in(shoot)] == [Phase.OPENED]


def box_around_the_van(name: str) -> Callable[[float, Frame], Detections]:
    def detect(at: float, _: Frame) -> Detections:
        if at < 20.0:
            return Detections.empty(NAMES)
        return Detections(
            np.array([[0.36, 0.42, 0.61, 0.73]], np.float32),
            np.array([0.9], np.float32),
            np.array([NAMES.index(name)]),
            NAMES,
        )

    return detect


@pytest.mark.parametrize(("seen", "label"), [("car", "vehicle"), ("bicycle", "two_wheeler")])
def test_a_detector_names_the_thing(seen: str, label: str) -> None:
    found = watch(rule_on(CONFIG), standing(20.0), scans(60.0), detect=box_around_the_van(seen))
    assert found[0].finding.method is Method.FUSED
    assert found[0].finding.boxes[0].label == label
    assert found[0].finding.confidence == pytest.approx(0.9)


def test_people_who_stand_about_are_left_out() -> None:
    detect = box_around_the_van("person")
    assert watch(rule_on(CONFIG), standing(20.0), scans(60.0), detect=detect) == []


def somebody(at: float) -> Picture:
    """Comes at 20 s and stands: dark trousers, a checked coat, and the head sways by 3 cm."""
    shown = ground()
    if at >= 20.0:
        columns = np.arange(140, 190)
        for row in range(60):
            across = columns - 150 - 1.2 * np.sin(1.4 * at) * (60 - row) / 60
            check = 40 * np.sin(0.9 * across) + 30 * np.sin(0.5 * row)
            level = 110 + check if row < 40 else 45 + 0.2 * check
            cover = np.clip(np.minimum(across, 28 - across) + 0.5, 0, 1)[:, None]
            part = shown[70 + row, 140:190]
            part[:] = np.asarray(part * (1 - cover) + level[:, None] * cover, np.uint8)
    return noisy(shown, at)


def test_somebody_who_sways_where_he_stands_is_left_out_without_a_detector() -> None:
    assert heard_in(somebody) == []


def test_the_same_that_does_not_sway_is_a_thing() -> None:
    assert [each.phase for each in heard_in(lambda at: somebody(21.0 if at >= 20.0 else 0.0))] == [
        Phase.OPENED
    ]


def test_a_van_in_a_shadow_that_came_with_it_is_found() -> None:
    """They are one blob, of which most is light."""
    van = standing(20.0)

    def shoot(at: float) -> Picture:
        shown = van(at).astype(np.float32)
        if at >= 18.0:
            shown[40:160, 60:300] *= 0.6
        return np.asarray(shown, np.uint8)

    assert [each.phase for each in heard_in(shoot)] == [Phase.OPENED]


def test_a_shadow_under_clouds_does_not_alarm() -> None:
    """It has every ratio to the ground, and few places in which that is steep."""
    place = ground()
    across = np.linspace(0, 1, 320)

    def shoot(at: float) -> Picture:
        shown = place.astype(np.float32)
        if at >= 20.0:
            cloud = 0.55 + 0.35 * np.sin(3 * across + at / 15)
            shown[60:150, 40:280] *= cloud[40:280, None]
        return noisy(np.asarray(shown, np.uint8), at)

    assert heard_in(shoot) == []


@settings(max_examples=6, deadline=None)
@given(left=st.integers(10, 230), top=st.integers(10, 120), seed=st.integers(0, 99))
def test_a_mirrored_scene_gives_mirrored_events(left: int, top: int, seed: int) -> None:
    shoot = standing(16.0, 50.0, left=left, top=top, seed=seed)
    straight, turned = heard_in(shoot, 70.0), heard_in(mirrored(shoot), 70.0)
    assert [(each.at, each.phase) for each in straight] == [
        (each.at, each.phase) for each in turned
    ]
    assert len(straight) == 2
    for one, other in zip(straight, turned, strict=True):
        assert one.finding.boxes[0].x1 == pytest.approx(1 - other.finding.boxes[0].x2, abs=0.02)


@settings(max_examples=4, deadline=None)
@given(shift=st.integers(-(10**9), 10**9))
def test_a_shifted_clock_shifts_the_events(shift: int) -> None:
    straight = heard_in(standing(16.0, 50.0), 70.0)
    shifted = watch(rule_on(CONFIG), standing(16.0, 50.0), scans(70.0), start=EPOCH + shift)
    assert [(each.at, each.since) for each in straight] == [
        (each.at, each.since - shift) for each in shifted
    ]


@settings(max_examples=6, deadline=None)
@given(pause=st.floats(20.0, 10_000.0), at=st.integers(4, 34))
def test_a_pause_makes_no_event(pause: float, at: int) -> None:
    """The stream stops for `pause` seconds; the scene stands still in the meantime."""
    times = list(scans(70.0))
    shoot = standing(16.0, 50.0)
    paused = [each + (pause if index >= at else 0.0) for index, each in enumerate(times)]
    goes_on = paused[at] - 2.0
    heard = watch(
        rule_on(CONFIG),
        lambda now: shoot(now - pause if now >= goes_on else now),
        paused,
        burst_rate=FEW,
    )
    assert paused[at] not in [each.at for each in heard]
    assert [each.phase for each in heard] in ([Phase.OPENED], [Phase.OPENED, Phase.CLEARED])


@pytest.mark.parametrize("place", ["carpark", "plaza"])
def test_a_real_car_on_a_real_lane_is_found(tmp_path: Path, place: str) -> None:
    stops = VehicleStops(kind="vehicle_stops", start=16.0, end=44.0, traffic=False)
    wanted = order(stops, place, 1, seconds=64.0)
    clip = Clip(compose(wanted, tmp_path).path, most_seconds=70.0)
    opened, cleared = watch(rule_on(CONFIG, wanted.polygon), clip, scans(64.0))
    due = stops.start + CONFIG.dwell
    assert due - 3.0 <= opened.at <= due + 5.0
    assert cleared.phase is Phase.CLEARED
    assert stops.end <= cleared.at <= stops.end + CONFIG.clear_after + 10.0


def test_a_whole_picture_is_a_zone_too() -> None:
    wide = ObstructionConfig(rule="obstruction", dwell=20, model=None)
    assert watch(rule_on(wide, WHOLE), standing(20.0), scans(60.0))


def two_people(sees: Callable[[float], bool]) -> Callable[[float, Frame], Detections]:
    """A detector that knows two people beside each other, each of whom is half of what stands."""

    def detect(at: float, _: Frame) -> Detections:
        if at < 20.0 or not sees(at):
            return Detections.empty(NAMES)
        boxes = np.array([[0.36, 0.42, 0.48, 0.73], [0.49, 0.42, 0.61, 0.73]], np.float32)
        return Detections(boxes, np.array([0.9, 0.8], np.float32), np.array([0, 0]), NAMES)

    return detect


def test_two_people_who_stand_beside_each_other_are_left_out() -> None:
    detect = two_people(lambda _: True)
    assert watch(rule_on(CONFIG), standing(20.0), scans(80.0), detect=detect) == []


def test_people_whom_a_detector_misses_in_every_other_picture_are_left_out() -> None:
    detect = two_people(lambda at: at % 4.0 < 2.0)
    assert watch(rule_on(CONFIG), standing(20.0), scans(80.0), detect=detect) == []


def test_a_van_that_somebody_walks_past_is_no_person() -> None:
    somebody = box_around_the_van("person")

    def detect(at: float, frame: Frame) -> Detections | None:
        return somebody(at, frame) if at % 8.0 < 2.0 else Detections.empty(NAMES)

    heard = watch(rule_on(CONFIG), standing(20.0), scans(80.0), detect=detect)
    assert [each.phase for each in heard] == [Phase.OPENED]


def test_a_detector_that_is_busy_is_waited_for_and_one_that_died_is_not() -> None:
    somebody = box_around_the_van("person")

    def busy(at: float, frame: Frame) -> Detections | None:
        return None if 18.0 <= at < 50.0 else somebody(at, frame)

    def dead(at: float, frame: Frame) -> Detections | None:
        return None if at >= 18.0 else somebody(at, frame)

    assert watch(rule_on(CONFIG), standing(20.0), scans(80.0), detect=busy) == []
    (opened,) = watch(rule_on(CONFIG), standing(20.0), scans(120.0), detect=dead)
    assert opened.at > 16.0 + TRUSTED


def test_a_van_stands_on_while_its_place_is_learned_afresh() -> None:
    """All around it changes for good, as under snow: the background begins anew, with the van."""
    van, other = standing(20.0, 120.0), ground()
    other[:, ::40], other[:, 10::40], other[:, 20::40] = 30, 60, 220

    def shoot(at: float) -> Picture:
        if at < 50.0:
            return van(at)
        return noisy(with_box(other, 120, 80) if at < 120.0 else other, at)

    opened, cleared = heard_in(shoot, 160.0)
    assert 38.0 <= opened.at <= 44.0
    assert (cleared.phase, cleared.finding.episode_id) == (
        Phase.CLEARED,
        opened.finding.episode_id,
    )
    assert 120.0 <= cleared.at <= 140.0


@dataclass(frozen=True, slots=True)
class Busy:
    """A rule with a memory, on a camera so busy that it drops bursts until a second of the clip."""

    rule: Rule[ObstructionState]
    until: float = 0.0
    memory: ObstructionState = field(default_factory=ObstructionState)

    def initial(self) -> ObstructionState:
        return self.memory

    def step(
        self, state: ObstructionState, observation: Observation, now: float
    ) -> Step[ObstructionState]:
        if now - EPOCH < self.until:
            observation = replace(observation, burst=())
        return self.rule.step(state, observation, now)


def test_a_burst_that_was_lost_is_asked_for_again_but_ever_less_often() -> None:
    watched = watch_together([Busy(rule_on(CONFIG), 50.0)], somebody, scans(100.0), burst_rate=FEW)
    assert [each.phase for each in watched.heard] == [Phase.OPENED, Phase.CLEARED]
    lost = [at for at in watched.bursts if at < 50.0]
    assert len(lost) <= 8
    assert lost[-1] - lost[-2] > lost[1] - lost[0]


EVERYTHING = np.ones((GREY_HEIGHT, GREY_WIDTH), np.uint8)
STOOD = Place(0, 0, GREY_WIDTH, GREY_HEIGHT, EVERYTHING, EVERYTHING, since=0.0, seen_at=0.0)


def test_bursts_are_waited_for_until_they_have_said_enough_or_too_few_came() -> None:
    looked = replace(STOOD, shown=3, asked=1)
    assert looked.is_undecided(18.0)
    assert not looked.is_undecided(20.0)
    assert not looked.looked(stirs=None).is_undecided(18.0)
    assert not replace(STOOD, asked=4).is_undecided(18.0)


def test_nobody_waits_for_bursts_of_what_a_detector_names_a_vehicle() -> None:
    assert STOOD.told(people=False).is_undecided(8.0)
    assert not STOOD.told(people=False, vehicle=True).is_undecided(8.0)


def test_a_clock_set_back_puts_off_no_look() -> None:
    assert not replace(STOOD, asked=9, asked_at=1000.0).wants_look(1100.0)
    assert replace(STOOD, asked=9, asked_at=4600.0).wants_look(1100.0)


@settings(max_examples=4, deadline=None)
@given(back=st.integers(1, 90_000), scan=st.integers(6, 18))
def test_a_clock_set_back_puts_off_no_van(back: int, scan: int) -> None:
    times = [2.0 * each for each in range(40)]
    told = [at if index < scan else at - back for index, at in enumerate(times)]
    true = dict(zip(told, times, strict=True))
    van = standing(20.0)
    heard = watch(rule_on(CONFIG), lambda at: van(true.get(at, at)), told, burst_rate=FEW)
    [opened] = heard
    assert true[opened.at] == pytest.approx(40.0, abs=6.0)


def test_a_clock_set_back_makes_nobody_wait_for_a_detector() -> None:
    """It answered last at what is a later time now."""
    later = ObstructionState(answered_at=EPOCH + 3600.0)
    heard = watch(Busy(rule_on(CONFIG), memory=later), standing(20.0), scans(60.0), burst_rate=FEW)
    assert [each.at for each in heard] == [each.at for each in heard_in(standing(20.0), 60.0)]
