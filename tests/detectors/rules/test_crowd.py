from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.calibration import PersonSize
from detectors.detections import Detections
from detectors.rules import crowd
from detectors.zone_mask import Mask, ZoneMask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH
from tests.detectors.rules.watching import WHOLE

WHOLE_PICTURE = ZoneMask.of(WHOLE)
TALL, WIDE = 12, 4
SIZE = PersonSize(np.full(GREY_HEIGHT, TALL * WIDE * crowd.BODIES, np.float32), TALL | 1)
"""People are rectangles here, and cast no shadow."""


def silhouettes(spots: list[tuple[int, int]]) -> Mask:
    """(90, 160): a rectangle with its upper left corner at each (column, row)."""
    covered = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    for column, row in spots:
        covered[row : row + TALL, column : column + WIDE] = 255
    return covered


def at_random(people: int, seed: int, zone: tuple[int, int] = (40, 110)) -> Mask:
    chance = np.random.default_rng(seed)
    columns = chance.integers(zone[0], zone[1] - WIDE, people)
    rows = chance.integers(20, 70 - TALL, people)
    return silhouettes(list(zip(columns.tolist(), rows.tolist(), strict=True)))


def test_people_apart_are_their_area() -> None:
    spots = [(column, row) for column in (20, 60, 100, 140) for row in (10, 40, 70)]
    found = crowd.amount(silhouettes(spots), WHOLE_PICTURE, SIZE)
    assert found == pytest.approx(len(spots), rel=0.2)
    assert crowd.amount(silhouettes([]), WHOLE_PICTURE, SIZE) == 0.0


@pytest.mark.parametrize("people", [20, 50, 100])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_those_who_are_hidden_count(people: int, seed: int) -> None:
    covered = at_random(people, seed)
    found = crowd.amount(covered, WHOLE_PICTURE, SIZE)
    assert found == pytest.approx(people, rel=0.3)
    if people == 100:
        assert np.count_nonzero(covered) / (TALL * WIDE) < 0.75 * people


@settings(max_examples=20, deadline=None)
@given(people=st.integers(0, 80), more=st.integers(1, 20), seed=st.integers(0, 1000))
def test_more_cover_is_never_fewer_people(people: int, more: int, seed: int) -> None:
    few, others = at_random(people, seed), at_random(more, seed + 1)
    one = crowd.amount(few, WHOLE_PICTURE, SIZE)
    assert crowd.amount(few | others, WHOLE_PICTURE, SIZE) >= one


def seen_at(spots: list[tuple[int, int]]) -> Detections:
    corners = [(column, row, column + WIDE, row + TALL) for column, row in spots]
    size = np.array((GREY_WIDTH, GREY_HEIGHT, GREY_WIDTH, GREY_HEIGHT), np.float32)
    fractions = np.asarray(np.array(corners, np.float32) / size, np.float32)
    number = len(spots)
    return Detections(
        fractions, np.full(number, 0.8, np.float32), np.zeros(number, np.int64), ("person",)
    )


def test_only_a_crowd_in_which_somebody_is_seen_hides_others() -> None:
    packed = at_random(100, 5, (60, 100))
    in_it = [(70, 30), (80, 40), (90, 50)]
    assert crowd.unseen(packed, seen_at(in_it), WHOLE_PICTURE, SIZE) > 30
    assert crowd.unseen(packed, seen_at(in_it[:2]), WHOLE_PICTURE, SIZE) == 0.0
    beside = [(10, 30), (20, 40), (30, 50)]
    assert crowd.unseen(packed, seen_at(beside), WHOLE_PICTURE, SIZE) == 0.0
    few = silhouettes([(70, 30), (73, 31), (76, 30)])
    assert crowd.unseen(few, seen_at([(70, 30), (73, 31), (76, 30)]), WHOLE_PICTURE, SIZE) < 0.5


def test_it_takes_three_who_are_seen_to_hide_others() -> None:
    spots = [(66 + 3 * number, 30 + 5 * (number % 3)) for number in range(10)]
    group, others = silhouettes(spots), silhouettes([(20, 50)])
    two, three = seen_at([*spots[:2], (20, 50)]), seen_at([*spots[:3], (20, 50)])
    assert crowd.unseen(group | others, two, WHOLE_PICTURE, SIZE) == 0.0
    assert crowd.unseen(group | others, three, WHOLE_PICTURE, SIZE) > 3.0
