from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.background import NOTHING
from detectors.rules.distrust import MOST, TRUSTING, Distrust
from detectors.rules.place import Place
from detectors.zone_mask import Mask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

EVERYWHERE = np.full((GREY_HEIGHT, GREY_WIDTH), 255, np.uint8)


def patch(left: int, right: int) -> Mask:
    mask = NOTHING.copy()
    mask[30:50, left:right] = 255
    return mask


def place(left: int, right: int) -> Place:
    look = np.zeros((20, right - left), np.uint8)
    return Place(left, 30, right - left, 20, patch(left, right), look, 0.0, 0.0)


def lit(times: int, left: int = 20, right: int = 60) -> Distrust:
    distrust = TRUSTING
    for _ in range(times):
        distrust = distrust.after(patch(left, right), None, EVERYWHERE)
    return distrust


@given(st.integers(0, 10))
def test_it_takes_as_many_scans_as_there_were_of_light_at_most_three(times: int) -> None:
    distrust, asked = lit(times), 0
    while distrust.of(place(20, 60)):
        distrust = distrust.after(None, patch(20, 60), EVERYWHERE)
        asked += 1
    assert asked == min(times, MOST)


def test_what_is_a_thing_in_light_is_believed() -> None:
    distrust = lit(5).after(patch(20, 60), patch(30, 40), EVERYWHERE)
    for _ in range(2):
        distrust = distrust.after(patch(20, 60), patch(30, 40), EVERYWHERE)
    assert not distrust.of(place(30, 40))
    assert distrust.of(place(20, 30))


def test_ground_that_looks_like_itself_again_starts_anew() -> None:
    assert lit(5).after(None, None, NOTHING) is TRUSTING


def test_a_blob_comes_apart_where_light_was_and_only_there() -> None:
    was, is_new = lit(3, 20, 40).apart(place(20, 60))
    assert np.array_equal(was, patch(20, 40))
    assert np.array_equal(is_new, patch(40, 60))
    assert list(lit(3).apart(place(20, 60))) == []
    assert list(TRUSTING.apart(place(20, 60))) == []
