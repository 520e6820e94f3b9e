"""Two rules side by side: a table, and what holds whatever they told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.shadows.comparison import (
    Comparison,
    Episode,
    Place,
    Told,
    compare,
    episodes,
)
from detectors.event import Phase

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
LANE = Place("lane-1", "lane", "lane_blocked")
SQUARE = Place("square-1", "lane", "lane_blocked")
NO_TIME = timedelta(0)
Span = tuple[float, float | None]
"""From and to, minutes; None: it goes on."""


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def episode(name: str, span: Span, told: float | None = None, place: Place = LANE) -> Episode:
    begins, ends = span
    return Episode(
        name, place, at(begins), at(begins if told is None else told), _moment(ends), 0.9
    )


def _moment(minute: float | None) -> datetime | None:
    return None if minute is None else at(minute)


def side_by_side(old: Sequence[Episode], new: Sequence[Episode]) -> Comparison:
    return compare(old, new, since=at(0), until=at(100), settle=NO_TIME)


@pytest.mark.parametrize(
    ("old", "new", "both", "only_old", "only_new"),
    [
        ([], [], 0, 0, 0),
        ([(1, 5)], [], 0, 1, 0),
        ([], [(1, 5)], 0, 0, 1),
        ([(1, 5)], [(4, 9)], 1, 0, 0),
        ([(1, 5)], [(5, 9)], 1, 0, 0),
        ([(1, 5)], [(6, 9)], 0, 1, 1),
        ([(1, None)], [(60, 70)], 1, 0, 0),
        ([(1, 50)], [(2, 3), (10, 12), (20, 22)], 1, 0, 2),
        ([(2, 3), (10, 12)], [(1, 50)], 1, 1, 0),
        ([(1, 5), (6, 10)], [(4, 7), (8, 9)], 2, 0, 0),
        ([(1, 2), (5, 6), (9, 12)], [(5, 6), (11, 12), (20, 21)], 2, 1, 1),
    ],
)
def test_a_table(old: list[Span], new: list[Span], both: int, only_old: int, only_new: int) -> None:
    found = side_by_side(
        [episode(f"o{i}", span) for i, span in enumerate(old)],
        [episode(f"n{i}", span) for i, span in enumerate(new)],
    )
    assert (len(found.both), len(found.only_old), len(found.only_new)) == (both, only_old, only_new)


def test_another_camera_zone_or_type_is_another_thing() -> None:
    for other in (SQUARE, Place("lane-1", "gate", "lane_blocked"), Place("lane-1", "lane", "x")):
        found = side_by_side([episode("o", (1, 5))], [episode("n", (1, 5), place=other)])
        assert not found.both


def test_the_delay_is_how_much_later_the_new_one_told_it() -> None:
    [pair] = side_by_side([episode("o", (1, 9), told=3)], [episode("n", (1, 9), told=1.5)]).both
    assert pair.delay == -90


def test_what_was_told_before_takes_its_like_and_is_not_counted() -> None:
    before = episode("o", (-20, 8), told=-19)
    found = side_by_side([before], [episode("n", (2, 8))])
    assert len(found.both) == 1, "the shadow met a thing that stood there when it began"
    assert side_by_side([before], []) == Comparison()


def test_of_the_last_moments_nobody_can_say_yet() -> None:
    fresh, old = episode("n", (99, None)), episode("m", (50, 60))
    found = compare([], [old, fresh], since=at(0), until=at(100), settle=timedelta(minutes=2))
    assert (found.only_new, found.open_yet) == ((old,), 1)


def test_openings_meet_their_ends_whatever_the_order_and_however_often() -> None:
    def told(event: str, phase: Phase, minute: float, thing: str = "a") -> Told:
        return Told(event, thing, LANE, phase, at(1), at(minute), 0.9)

    opened, cleared = told("e1", Phase.OPENED, 2), told("e2", Phase.CLEARED, 9)
    expected = [Episode("e1", LANE, at(1), at(2), at(9), 0.9)]
    assert episodes([opened, cleared]) == episodes([cleared, opened, opened]) == expected
    assert episodes([told("e3", Phase.CLEARED, 4, "lost")]) == []


@st.composite
def rules(draw: st.DrawFn, name: str) -> list[Episode]:
    """Episodes of one rule, which follow each other at each place."""
    made = []
    for place in (LANE, SQUARE):
        marks = sorted(draw(st.lists(st.integers(0, 99), max_size=10, unique=True)))
        spans = zip(marks[::2], marks[1::2], strict=False)
        for index, span in enumerate(spans):
            made.append(episode(f"{name}{place.camera_id}{index}", span, place=place))
    return draw(st.permutations(made))


@given(old=rules("o"), new=rules("n"))
def test_every_episode_stands_in_one_place(old: list[Episode], new: list[Episode]) -> None:
    found = side_by_side(old, new)
    olds = [pair.old for pair in found.both] + list(found.only_old)
    news = [pair.new for pair in found.both] + list(found.only_new)
    assert sorted(olds, key=repr) == sorted(old, key=repr)
    assert sorted(news, key=repr) == sorted(new, key=repr)


@given(old=rules("o"), new=rules("n"))
def test_turned_round_only_the_sides_change(old: list[Episode], new: list[Episode]) -> None:
    there, back = side_by_side(old, new), side_by_side(new, old)
    assert set(there.only_old) == set(back.only_new)
    assert set(there.only_new) == set(back.only_old)
    assert sorted(p.delay for p in there.both) == sorted(-p.delay for p in back.both)


@given(old=rules("o"), new=rules("n"))
def test_what_is_alone_met_nobody_who_was_left(old: list[Episode], new: list[Episode]) -> None:
    found = side_by_side(old, new)
    for one in found.only_old:
        for other in found.only_new:
            apart = one.place != other.place
            assert apart or _ends(one) < other.started_at or _ends(other) < one.started_at


def _ends(one: Episode) -> datetime:
    return one.ended_at or at(100)


@given(told=rules("o"))
def test_a_rule_agrees_with_itself(told: list[Episode]) -> None:
    found = side_by_side(told, told)
    assert len(found.both) == len(told)
    assert {pair.delay for pair in found.both} <= {0.0}
