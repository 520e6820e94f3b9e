"""Boxes are followed between dense and sparse pictures, and forgotten when they are gone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.tracking.association import matches
from detectors.tracking.boxes import Boxes, overlap
from detectors.tracking.tracks import MOST_TRACKS, NO_TRACKS, Tracks

FORGET = 5.0


def person(x: float, foot: float, tall: float = 20.0) -> list[float]:
    return [x - tall / 4, foot - tall, x + tall / 4, foot]


def boxes(*rows: list[float]) -> Boxes:
    return np.array(rows, np.float64).reshape(-1, 4)


def followed(pictures: list[tuple[float, Boxes]]) -> Tracks:
    tracks = NO_TRACKS
    for now, seen in pictures:
        tracks = tracks.after(seen, now, forget=FORGET)
    return tracks


@pytest.mark.parametrize("every", [1 / 15, 0.2, 1.0, 2.0, 4.0])
def test_a_walker_is_one_track_however_often_he_is_seen(every: float) -> None:
    pictures = [
        (number * every, boxes(person(20 + 16.0 * number * every, 60))) for number in range(8)
    ]
    tracks = followed(pictures)
    assert tracks.number.tolist() == [0]
    assert tracks.hits[0] == 8
    assert tracks.net()[0] == pytest.approx(16.0 * 7 * every, rel=0.2)
    assert tracks.way[0] == pytest.approx(tracks.net()[0], rel=0.1)


def test_two_who_pass_each_other_keep_their_numbers_in_a_burst() -> None:
    pictures = [
        (n * 0.2, boxes(person(20 + 4.0 * n, 60), person(100 - 4.0 * n, 72))) for n in range(20)
    ]
    tracks = followed(pictures)
    ways = dict(zip(tracks.number.tolist(), tracks.velocity[:, 0].tolist(), strict=True))
    assert ways[0] > 10
    assert ways[1] < -10


def test_two_who_could_be_each_other_between_scans_are_followed_no_further() -> None:
    """Who of them is who nobody knows; neither may inherit how long the other has been there."""
    pictures = [(0.0, boxes(person(60, 60), person(75, 60))), (4.0, boxes(person(67, 60)))]
    assert 2 in followed(pictures).number


def test_what_is_gone_is_forgotten() -> None:
    seen = [(n * 1.0, boxes(person(50, 60))) for n in range(5)]
    for gap in (FORGET - 1, FORGET + 1):
        tracks = followed([*seen, (4.0 + gap, boxes())])
        assert len(tracks) == (gap < FORGET)


@pytest.mark.parametrize("gap", [FORGET + 1, 600.0])
def test_who_comes_after_a_pause_is_somebody_else(gap: float) -> None:
    seen = [(n * 1.0, boxes(person(50, 60))) for n in range(5)]
    tracks = followed([*seen, (4.0 + gap, boxes(person(90, 60)))])
    assert (tracks.number.tolist(), tracks.hits.tolist()) == ([1], [1])
    assert tracks.leap.tolist() == [0.0]


def test_a_clock_that_was_set_back_forgets_all() -> None:
    tracks = followed([(100.0, boxes(person(50, 60))), (50.0, boxes(person(50, 60)))])
    assert tracks.hits.tolist() == [1]


def test_unsure_boxes_continue_a_track_and_begin_none() -> None:
    unsure = np.array([False])
    tracks = NO_TRACKS.after(boxes(person(50, 60)), 0.0, forget=FORGET, sure=unsure)
    assert len(tracks) == 0
    tracks = followed([(n * 0.2, boxes(person(50, 60))) for n in range(3)])
    tracks = tracks.after(boxes(person(51, 60)), 0.6, forget=FORGET, sure=unsure)
    assert tracks.hits.tolist() == [4]


def test_a_stray_blob_is_forgotten_at_once() -> None:
    tracks = followed([(0.0, boxes(person(50, 60))), (0.2, boxes())])
    assert len(tracks) == 0


def test_a_sure_box_goes_before_an_unsure_one() -> None:
    tracks = NO_TRACKS.after(boxes(person(50, 60)), 0.0, forget=FORGET)
    both = boxes(person(50, 60), person(54, 60))
    tracks = tracks.after(both, 0.2, forget=FORGET, sure=np.array([False, True]))
    assert tracks.box[0, 0] > 47


def test_there_are_only_so_many_tracks() -> None:
    crowd = boxes(*(person(10.0 * n, 60) for n in range(MOST_TRACKS + 5)))
    assert len(NO_TRACKS.after(crowd, 0.0, forget=FORGET)) == MOST_TRACKS


BOX = st.tuples(
    st.integers(0, 150).map(float),
    st.integers(25, 90).map(float),
    st.sampled_from([8.0, 16.0, 40.0]),
)
"""Numbers that a mirror and another clock leave exact: a tie must stay one."""
PICTURES = st.lists(st.lists(BOX, max_size=4), max_size=8)


@settings(max_examples=30, deadline=None)
@given(pictures=PICTURES, every=st.sampled_from([0.25, 2.0]), shift=st.integers(0, 10**9))
def test_properties_of_any_pictures(
    pictures: list[list[tuple[float, float, float]]], every: float, shift: int
) -> None:
    """Numbers are never used twice, memory is bounded, and neither a mirror nor another clock
    changes who is followed."""
    straight, mirrored, later = NO_TRACKS, NO_TRACKS, NO_TRACKS
    used: set[int] = set()
    for index, seen in enumerate(pictures):
        now = index * every
        shown = boxes(*(person(*each) for each in seen))
        turned = shown.copy()
        turned[:, [0, 2]] = 160.0 - shown[:, [2, 0]]
        straight = straight.after(shown, now, forget=FORGET)
        mirrored = mirrored.after(turned, now, forget=FORGET)
        later = later.after(shown, now + shift, forget=FORGET)
        new = set(straight.number.tolist()) - used
        assert not used or not new or min(new) > max(used)
        used |= new
        assert straight.number.tolist() == mirrored.number.tolist() == later.number.tolist()
        assert np.all(now - straight.seen <= FORGET)
        assert np.isfinite(straight.box).all()


@pytest.mark.parametrize(
    ("affinity", "expected"),
    [
        ([[0.9]], [(0, 0)]),
        ([[0.0]], []),
        ([[0.9, 0.2], [0.3, 0.8]], [(0, 0), (1, 1)]),
        ([[0.9, 0.8]], []),
        ([[0.9], [0.8]], []),
        ([[0.9, 0.5], [0.1, 0.0]], [(0, 0)]),
    ],
)
def test_a_match_that_could_be_another_is_none(
    affinity: list[list[float]], expected: list[tuple[int, int]]
) -> None:
    assert matches(np.array(affinity)) == expected
    assert matches(np.empty((0, 3))) == []


def test_overlap_is_intersection_over_union() -> None:
    one, other = boxes([0, 0, 10, 10]), boxes([0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30])
    assert overlap(one, other)[0].tolist() == pytest.approx([1.0, 1 / 3, 0.0])
