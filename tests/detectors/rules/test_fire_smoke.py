from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.rules import FireSmokeConfig
from detectors.detections import Detections
from detectors.episode import Policy, Told, hear
from detectors.event import Method, Phase
from detectors.rules.fire_smoke import Evidence, FireState, _since
from detectors.zone_mask import pixel_box
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame
from tests.detectors.rules.drawn import (
    ground,
    mirrored,
    noisy,
    with_flag,
    with_flame,
    with_person,
    with_smoke,
)
from tests.detectors.rules.watching import (
    EPOCH,
    Clip,
    Heard,
    Picture,
    rule_on,
    scans,
    watch,
    watch_together,
)
from tests.services import need_data

CONFIG = FireSmokeConfig(rule="fire_smoke", duration=6, clear_after=6, cooldown=30)
ORANGE = (80, 215, 255)
PLACE = ground(3)

Shoot = Callable[[float], Picture]


def heard_in(shoot: Shoot, seconds: float = 50.0) -> list[Heard]:
    return watch(rule_on(CONFIG), shoot, scans(seconds))


def burning(start: float, end: float = 1e9) -> Shoot:
    def shoot(at: float) -> Picture:
        return noisy(with_flame(PLACE, at) if start <= at < end else PLACE, at)

    return shoot


def smoking(start: float, place: Picture = PLACE, tone: float = 190.0) -> Shoot:
    def shoot(at: float) -> Picture:
        return noisy(with_smoke(place, at, start, tone=tone) if at >= start else place, at)

    return shoot


def test_flames_are_found_and_their_end_is_noticed() -> None:
    opened, cleared = heard_in(burning(10.0, 30.0))
    assert (opened.finding.event, opened.phase) == ("fire", Phase.OPENED)
    assert 16.0 <= opened.at <= 18.0
    assert opened.finding.method is Method.COLOUR_MOTION
    assert cleared.phase is Phase.CLEARED
    box = opened.finding.boxes[0]
    assert box.x1 < 0.5 < box.x2
    assert 0.4 < box.y2 < 0.85


def test_a_fire_that_burns_from_the_first_picture_is_found() -> None:
    assert [each.finding.event for each in heard_in(burning(-10.0), 24.0)] == ["fire"]


def shooting_up(at: float, rises: float) -> Picture:
    """Two tongues that go up as a whole, as cars that drive away do."""
    if at < 10.0:
        return noisy(PLACE, at)
    return noisy(with_flame(PLACE, at, foot=round(160 - 38 * rises), tongues=2), at)


def test_a_tongue_that_shoots_up_is_looked_at_once_more_at_once() -> None:
    watched = watch_together(
        [rule_on(CONFIG)],
        lambda at: shooting_up(at, min(at - 10.0, 2.0)),
        scans(20.0),
        burst_rate=10.0,
    )
    assert watched.bursts[:2] == [12.0, 14.0]
    [opened] = watched.heard
    assert opened.at == 18.0


def test_what_goes_one_way_again_rests() -> None:
    watched = watch_together(
        [rule_on(CONFIG)], lambda at: shooting_up(at, at % 2.0), scans(36.0), burst_rate=10.0
    )
    assert watched.heard == []
    assert len(watched.bursts) <= 6


def test_smoke_is_found() -> None:
    heard = heard_in(smoking(8.0), 40.0)
    assert [(each.finding.event, each.phase) for each in heard] == [("smoke", Phase.OPENED)]
    assert 20.0 <= heard[0].at <= 34.0


PALE = np.asarray(145 + 0.4 * (PLACE.astype(np.float32) - 115), np.uint8)
"""Paving of so little texture that soot has more."""


def test_soot_before_smooth_paving_is_found() -> None:
    heard = heard_in(smoking(8.0, PALE, tone=40.0), 34.0)
    assert [(each.finding.event, each.phase) for each in heard] == [("smoke", Phase.OPENED)]


def test_smoke_hardly_brighter_than_the_ground_is_found() -> None:
    """It is no foreground: what it takes is the ground's texture."""
    heard = heard_in(smoking(8.0, tone=float(PLACE.mean()) + 20.0), 40.0)
    assert [(each.finding.event, each.phase) for each in heard] == [("smoke", Phase.OPENED)]


def shadow_of_a_cloud(at: float) -> Picture:
    """Soft and dark, it creeps upward over the paving and keeps its texture."""
    rows, columns = np.indices(PLACE.shape[:2])
    away = ((rows - (190 - 4.0 * at)) / 30) ** 2 + ((columns - 160) / 45) ** 2
    light = 1 - 0.4 * (1 + 0.1 * np.sin(at * 4.0)) * np.exp(-away)
    return noisy(np.asarray(np.clip(PLACE * light[..., None], 0, 255), np.uint8), at)


@pytest.mark.parametrize("rate", [5.0, 8.0, 10.0, 15.0, 25.0])
def test_flames_are_found_at_any_rate_of_pictures(rate: float) -> None:
    heard = watch(rule_on(CONFIG), burning(8.0), scans(26.0), burst_rate=rate)
    assert [each.finding.event for each in heard] == ["fire"]
    assert heard[0].at <= 18.0


@pytest.mark.parametrize("rate", [8.0, 10.0, 15.0, 25.0])
def test_a_slender_flame_is_found_at_any_rate_of_pictures(rate: float) -> None:
    """Each place has its colour in few of the pictures only."""

    def shoot(at: float) -> Picture:
        sway = round(14 * np.sin(at * 9.0) + 9 * np.sin(at * 23.0))
        shown = with_flame(PLACE, at, left=150 + sway, tongues=1) if at >= 8.0 else PLACE
        return noisy(shown, at)

    heard = watch(rule_on(CONFIG), shoot, scans(26.0), burst_rate=rate)
    assert [each.finding.event for each in heard] == ["fire"]


def painted(
    colour: tuple[int, int, int], where: Callable[[float], tuple[int, int] | None]
) -> Shoot:
    """A 40 × 30 patch of a colour at the corner that `where` gives, or none."""

    def shoot(at: float) -> Picture:
        shown, corner = PLACE.copy(), where(at)
        if corner is not None:
            cv2.rectangle(shown, corner, (corner[0] + 40, corner[1] + 30), colour, -1)
        return noisy(shown, at)

    return shoot


def headlights(at: float) -> Picture:
    dark = (PLACE * 0.25).astype(np.uint8)
    x = round(at * 40) % 420 - 50
    for beam in (x, x + 24):
        cv2.circle(dark, (beam, 110), 9, (235, 250, 255), -1)
    return noisy(np.asarray(cv2.GaussianBlur(dark, (9, 9), 0), np.uint8), at)


def sunset(at: float) -> Picture:
    warm = PLACE.astype(np.float32) * (0.45, 0.85, 1.5) * (1.0 + 0.1 * np.sin(at / 7.0))
    return noisy(np.asarray(np.clip(warm, 0, 255), np.uint8), at)


def workers_in_vests(at: float) -> Picture:
    shown = PLACE
    for number in range(4):
        left = round(60 + 50 * number + 25 * np.sin(at * 0.9 + number))
        shown = with_person(shown, left, 140, 50, coat=(10, 130, 250))
        cv2.rectangle(shown, (left, 104), (left + 15, 110), (200, 245, 255), -1)
    return noisy(shown, at)


def flag(at: float) -> Picture:
    """As bright as a flame, and its rim turns round as often: it is the wave that tells it."""
    return noisy(with_flag(PLACE, at, (60, 190, 255)), at)


def branch(at: float) -> Picture:
    """Bright yellow leaves on one bough, which swings as a whole."""
    shown = PLACE.copy()
    swing = 6 * np.sin(at * 11.0) + 3 * np.sin(at * 3.7)
    for x, y in np.random.default_rng(6).integers((130, 50), (200, 90), (90, 2)):
        cv2.circle(shown, (round(x + swing), round(y + 0.3 * swing)), 3, (60, 190, 255), -1)
    return noisy(shown, at)


def beam_of_the_moon(at: float) -> Picture:
    """A white wall under a light that swells and fades."""
    wall = PLACE.copy()
    cv2.rectangle(wall, (60, 30), (260, 120), (235, 238, 240), -1)
    return noisy(np.asarray(np.clip(wall * (1 + 0.05 * np.sin(at * 3)), 0, 255), np.uint8), at)


def sun_between_clouds(at: float) -> Picture:
    """A soft light that creeps upward and shows the ground's little texture all the better."""
    rows, columns = np.indices(PALE.shape[:2])
    strength = 0.4 * min(1.0, max(0.0, (at - 8.0) / 4.0)) * (1 + 0.1 * np.sin(at * 4.0))
    away = ((rows - (150 - 3.0 * at)) / 30) ** 2 + ((columns - 160) / 45) ** 2
    lit = PALE * (1 + strength * np.exp(-away))[..., None]
    return noisy(np.asarray(np.clip(lit, 0, 255), np.uint8), at)


def leaves_in_autumn(at: float) -> Picture:
    """Orange leaves that tremble all over the picture."""
    chance = np.random.default_rng(round(at * 1000))
    shown = PLACE.copy()
    for x, y in np.random.default_rng(5).integers((0, 0), (320, 180), (500, 2)):
        dx, dy = chance.integers(-2, 3, 2)
        cv2.circle(shown, (int(x + dx), int(y + dy)), 4, (30, 130, 225), -1)
    return noisy(shown, at)


@pytest.mark.parametrize(
    "shoot",
    [
        painted(ORANGE, lambda _: (140, 80)),
        painted(ORANGE, lambda at: (round(at * 60) % 400 - 40, 90)),
        painted((130, 225, 255), lambda at: (140, 80) if at % 0.37 < 0.2 else None),
        headlights,
        sunset,
        workers_in_vests,
        beam_of_the_moon,
        sun_between_clouds,
        shadow_of_a_cloud,
        leaves_in_autumn,
        flag,
        branch,
    ],
    ids=[
        "an orange door",
        "red cars driving through",
        "a hazard light",
        "headlights",
        "a sunset",
        "reflective vests",
        "a white wall",
        "sun between clouds",
        "a shadow of a cloud",
        "autumn leaves",
        "a flag",
        "a branch",
    ],
)
def test_what_only_looks_like_fire_or_smoke_is_nothing(shoot: Shoot) -> None:
    assert heard_in(shoot, 40.0) == []


def test_without_bursts_nothing_is_claimed() -> None:
    """Flicker cannot be seen between scans; a stream of single pictures needs the model."""
    slow = watch(rule_on(CONFIG), burning(-5.0), scans(40.0), burst_rate=1.0)
    assert slow == []


def model_says(label: str, score: float) -> Callable[[float, Frame], Detections]:
    def detect(_: float, __: Frame) -> Detections:
        corners = np.array([[0.4, 0.4, 0.6, 0.75]], np.float32)
        index = np.array([("smoke", "fire").index(label)])
        return Detections(corners, np.array([score], np.float32), index, ("smoke", "fire"))

    return detect


def test_model_and_flicker_together_are_fused() -> None:
    config = CONFIG.model_copy(update={"model": "fire_yolo11n"})
    heard = watch(rule_on(config), burning(-5.0), scans(20.0), detect=model_says("fire", 0.8))
    assert [each.finding.method for each in heard] == [Method.FUSED]
    assert heard[0].finding.confidence >= 0.8


def still(at: float) -> Picture:
    return noisy(PLACE, at)


def colourless_flames(at: float) -> Picture:
    """As a sensor that is burnt out shows them."""
    grey = cv2.cvtColor(with_flame(PLACE, at), cv2.COLOR_BGR2GRAY)
    return noisy(np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8), at)


@pytest.mark.parametrize(
    ("score", "shoot", "burst_rate", "events"),
    [
        (0.7, colourless_flames, 15.0, ["fire"]),
        (0.45, colourless_flames, 15.0, []),
        (0.7, still, 15.0, []),
        (0.7, flag, 15.0, []),
        (0.7, still, 1.0, ["fire"]),
    ],
    ids=["sure", "unsure", "nothing stirs", "a flag stirs", "only keyframes"],
)
def test_a_model_alone_must_be_sure_and_not_see_fire_in_what_stands_still(
    score: float, shoot: Shoot, burst_rate: float, events: list[str]
) -> None:
    config = CONFIG.model_copy(update={"model": "fire_yolo11n"})
    detect = model_says("fire", score)
    heard = watch(rule_on(config), shoot, scans(20.0), detect=detect, burst_rate=burst_rate)
    assert [each.finding.event for each in heard] == events


def test_a_models_smoke_where_nothing_changed_is_nothing() -> None:
    config = CONFIG.model_copy(update={"model": "fire_yolo11n"})
    detect = model_says("smoke", 0.9)
    assert watch(rule_on(config), lambda at: noisy(PLACE, at), scans(40.0), detect=detect) == []


def test_a_least_confidence_is_kept() -> None:
    strict = CONFIG.model_copy(update={"confidence": 0.99})
    assert watch(rule_on(strict), burning(-5.0), scans(30.0)) == []


def test_fire_outside_the_zone_is_nothing() -> None:
    corner = ((0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0))
    assert watch(rule_on(CONFIG, corner), burning(-5.0), scans(30.0)) == []


def test_a_mirrored_scene_gives_mirrored_events() -> None:
    straight, turned = heard_in(burning(8.0, 24.0)), heard_in(mirrored(burning(8.0, 24.0)))
    assert [(each.at, each.phase) for each in straight] == [
        (each.at, each.phase) for each in turned
    ]
    one, other = straight[0].finding.boxes[0], turned[0].finding.boxes[0]
    assert one.x1 == pytest.approx(1 - other.x2, abs=0.03)


@settings(max_examples=3, deadline=None)
@given(shift=st.integers(-(10**9), 10**9))
def test_a_shifted_clock_shifts_the_events(shift: int) -> None:
    shifted = watch(rule_on(CONFIG), burning(8.0), scans(24.0), start=EPOCH + shift)
    assert [(each.at, each.since - shift) for each in shifted] == [
        (each.at, each.since) for each in heard_in(burning(8.0), 24.0)
    ]


@pytest.mark.parametrize("name", ["fire_furg_house6.mp4", "fire_car_fire.mp4"])
def test_real_fires_that_burn_from_the_first_picture_are_found(name: str) -> None:
    clip = Clip(need_data("clips", name), most_seconds=30.0)
    heard = watch(rule_on(CONFIG), clip, scans(34.0))
    assert ("fire", Phase.OPENED) in [(each.finding.event, each.phase) for each in heard]


def test_what_flickers_in_one_place_after_another_is_no_fire() -> None:
    """Lamps of cars that pass: each is seen once or twice."""

    def hops(at: float) -> Picture:
        left = 40 if int(at / 2.0) % 2 else 220
        return noisy(with_flame(PLACE, at, left=left, tongues=5), at) if at >= 10.0 else PLACE

    heard = watch(rule_on(CONFIG), hops, scans(60.0))
    assert [one for one in heard if one.finding.event == "fire"] == []


EIGHT_SECONDS = Policy(key="fire", dwell=8.0, clear_after=6.0, cooldown=5.0, most_late=4.0)


@dataclass(slots=True)
class Suspicious:
    """A place that is suspected in every scan, with the flame's time and episode as the rule has
    them."""

    state: FireState = field(default_factory=FireState)
    opened: list[tuple[float, float]] = field(default_factory=list)
    """When, and since when."""

    def scan(self, now: float, *, burns: bool) -> None:
        state, box = self.state.resumed(now, 15.0), pixel_box((70, 40, 10, 10), "flame", 0.8)
        mask = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
        mask[40:50, 70:80] = 255
        flames, evidence = state.flames.after(mask, now), Evidence(float(burns))
        evidence = replace(evidence, box=box if burns else None)
        where, since, late = _since(state, evidence, flames, now)
        told = Told(evidence.level, since, late=late) if burns else Told(evidence.level)
        turn = hear(EIGHT_SECONDS, state.fire, told, now)
        self.opened += [(now, turn.since)] if turn.phase is Phase.OPENED else []
        self.state = replace(
            state, flames=flames, fire=turn.episode, flame=where, flame_since=since,
            flame_late=late, at=now,
        )  # fmt: skip


def test_a_flame_counts_from_its_suspicion_and_from_half_its_duration_ago_at_most() -> None:
    opened = []
    for first in (2.0, 30.0):
        place = Suspicious()
        for now in scans(50.0):
            place.scan(now, burns=now >= first)
        opened += place.opened
    assert opened == [(8.0, 0.0), (34.0, 26.0)]


def test_a_suspicion_before_a_pause_did_not_last_through_it() -> None:
    place = Suspicious()
    place.scan(0.0, burns=False)
    place.scan(2.0, burns=False)
    for now in scans(20.0):
        place.scan(902.0 + now, burns=True)
    assert place.opened == [(908.0, 900.0)]


def test_a_flame_does_not_count_from_before_the_last_fire_ended() -> None:
    place = Suspicious()
    for now in scans(80.0):
        place.scan(now, burns=not 20.0 <= now < 28.0)
    ends = 26.0
    assert [since >= ends for _, since in place.opened] == [False, True]
