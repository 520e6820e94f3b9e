"""When a burst is worth its cost, and that no fire waits too long for one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.rules import FireSmokeConfig
from detectors.event import Phase
from detectors.rules.doubt import FIRST_REST, LONGEST_REST, NO_DOUBTS, Doubts
from detectors.zone_mask import Mask, pixel_box
from tests.detectors.rules.drawn import ground, noisy, with_flame
from tests.detectors.rules.watching import Clip, Picture, rule_on, scans, watch_together
from tests.services import need_data

CONFIG = FireSmokeConfig(rule="fire_smoke", duration=6, clear_after=6, cooldown=30)
PLACE = ground(3)
MOST_BURSTS = 45
"""In the first twenty minutes of a street, in which each of its places is learned; a rule that
rested for three scans whatever came of it asked for a hundred, and one that looked for veils alone
and not for what rises at them for 36."""


def spot(row: int, column: int) -> Mask:
    mask = np.zeros((90, 160), np.uint8)
    mask[row : row + 4, column : column + 4] = 255
    return mask


HERE, THERE = spot(40, 60), spot(10, 130)


def after(doubts: Doubts, where: Mask | None, scans_long: int, now: float = 0.0) -> Doubts:
    for _ in range(scans_long):
        doubts = doubts.after(where, now)
    return doubts


def test_a_place_that_was_never_looked_at_in_vain_is_looked_at_at_once() -> None:
    once = NO_DOUBTS.after(HERE, 0.0)
    assert once.are_worth_a_look(0.0)
    assert not once.after(None, 2.0).are_worth_a_look(2.0)


def test_what_is_there_in_one_scan_only_is_not_looked_at_again() -> None:
    asked = NO_DOUBTS.after(HERE, 0.0)
    doubts = asked.after(None, 2.0).in_vain(2.0, asked)
    later = 2.0 + LONGEST_REST
    once = doubts.after(HERE, later)
    assert not once.are_worth_a_look(later)
    assert not once.after(None, later).after(HERE, later).are_worth_a_look(later)
    assert once.after(HERE, later).are_worth_a_look(later)
    assert once.after(THERE, later).are_worth_a_look(later)


def test_a_suspicion_begins_with_its_first_scan_and_anew_with_a_burst_that_shows_nothing() -> None:
    here = pixel_box((58, 38, 10, 10), "flame", 1.0)
    doubts = after(after(NO_DOUBTS, HERE, 1, now=4.0), HERE, 2, now=8.0)
    assert doubts.since(here) == 4.0
    assert doubts.in_vain(9.0).since(here) == 9.0
    assert np.isinf(after(doubts, None, 3, now=9.0).since(here))
    assert np.isinf(doubts.since(pixel_box((128, 8, 10, 10), "flame", 1.0)))


def test_a_place_rests_twice_as_long_after_each_burst_in_vain() -> None:
    doubts, now, rests = after(NO_DOUBTS, HERE, 250), 0.0, []
    for _ in range(9):
        doubts = doubts.in_vain(now)
        waited = next(second for second in range(1000) if doubts.are_worth_a_look(now + second))
        rests.append(waited)
        now += waited
    assert rests == [FIRST_REST, 4, 8, 16, 32, 64, LONGEST_REST, LONGEST_REST, LONGEST_REST]


def test_another_place_does_not_rest_with_it() -> None:
    doubts = after(NO_DOUBTS, HERE, 3).in_vain(0.0)
    assert not doubts.are_worth_a_look(1.0)
    assert after(doubts, THERE, 2).are_worth_a_look(1.0)


def test_what_outlasts_everything_harmless_there_ends_the_rest() -> None:
    doubts = after(NO_DOUBTS, HERE, 3).in_vain(0.0)
    doubts = after(after(doubts, None, 5), HERE, 5)
    assert not doubts.are_worth_a_look(1.0)
    assert doubts.after(HERE, 1.0).are_worth_a_look(1.0)


def test_a_clock_that_is_set_back_makes_nothing_rest() -> None:
    doubts = after(NO_DOUBTS, HERE, 200).in_vain(1e9)
    assert doubts.are_worth_a_look(0.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([HERE, THERE, None, "burst"]), max_size=60))
def test_no_place_rests_for_longer_than_the_longest(history: list[Mask | str | None]) -> None:
    doubts, now = NO_DOUBTS, 0.0
    for each in history:
        now += 3.0
        doubts = doubts.in_vain(now) if isinstance(each, str) else doubts.after(each, now)
    assert after(doubts, HERE, 2).are_worth_a_look(now + LONGEST_REST)


@pytest.mark.parametrize("name", ["street_vehicle_surveillance.mp4", "intel_car-detection.mp4"])
def test_traffic_costs_few_bursts(name: str) -> None:
    clip = Clip(need_data("clips", name), most_seconds=30.0)
    watched = watch_together([rule_on(CONFIG)], clip, scans(1200.0, every=3.0))
    assert len(watched.bursts) <= MOST_BURSTS
    assert watched.heard == []


def passing(at: float, period: float, stands: float) -> Picture:
    """An orange van, never twice in quite the same place, for a part of each period."""
    shown = PLACE.copy()
    if at % period < stands:
        left = 125 + round(at * 7) % 23
        cv2.rectangle(shown, (left, 100), (left + 40, 128), (80, 215, 255), -1)
    return shown


@pytest.mark.parametrize(
    ("period", "stands", "within"),
    [(20.0, 6.0, 40.0), (2.0, 2.0, LONGEST_REST + 20.0)],
    ids=["vans that come and go", "something that never rests"],
)
def test_a_fire_where_bursts_have_been_resting_is_found(
    period: float, stands: float, within: float
) -> None:
    begins = 605.0

    def shoot(at: float) -> Picture:
        shown = passing(at, period, stands)
        return noisy(with_flame(shown, at) if at >= begins else shown, at)

    watched = watch_together([rule_on(CONFIG)], shoot, scans(begins + within))
    resting = [at for at in watched.bursts if 300.0 < at < begins]
    assert len(resting) <= 4, "bursts have come to rest before the fire"
    [opened] = watched.heard
    assert (opened.finding.event, opened.phase) == ("fire", Phase.OPENED)
    assert begins < opened.at <= begins + within
