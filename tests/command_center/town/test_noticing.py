"""A changed file is noticed once, and never half-written: all in invented time."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from command_center.town.noticing import SETTLED, Noticing
from tests.command_center.example import START

LOOKS = st.lists(
    st.tuples(st.sampled_from(["old", "half", "new", ""]), st.sampled_from([0.25, 0.5, 1.0, 5.0])),
    max_size=30,
)
"""What lies there at each look, and how many seconds after the one before."""


def noticed(*looks: tuple[str, float], deal: bool = True) -> list[float]:
    """When each change was noticed, seconds; the file begins as `old`."""
    noticing, now, found = Noticing(), 0.0, []
    noticing.deal_with("old")
    for content, pause in looks:
        now += pause
        if noticing.look(content, START + timedelta(seconds=now)):
            found.append(now)
            if deal:
                noticing.deal_with(content)
    return found


def test_what_did_not_change_is_not_noticed() -> None:
    assert noticed(*[("old", 1.0)] * 50) == []


def test_a_change_is_noticed_once_it_stayed() -> None:
    assert noticed(("old", 1), ("new", 1), ("new", 4.5), ("new", 0.5), ("new", 1)) == [7.0]


def test_a_file_that_grows_is_not_taken_before_it_is_whole() -> None:
    growing = [(f"{size} bytes", 0.5) for size in range(20)]
    assert noticed(*growing, ("whole", 0.5), ("whole", 5.0)) == [15.5]


def test_a_copy_that_stalls_for_four_seconds_is_not_taken_half() -> None:
    assert noticed(("half", 1), ("half", 4), ("whole", 0.5), ("whole", 5)) == [10.5]


def test_what_is_put_back_before_it_settled_was_nothing() -> None:
    assert noticed(("new", 1), ("old", 0.5), ("old", 5), ("old", 5)) == []


def test_what_is_put_back_after_it_was_dealt_with_is_a_change() -> None:
    assert noticed(("new", 1), ("new", 5), ("old", 1), ("old", 5)) == [6.0, 12.0]


def test_a_file_that_cannot_be_read_is_noticed_too() -> None:
    assert noticed(("", 1), ("", 5), ("old", 1), ("old", 5)) == [6.0, 12.0]


def test_what_could_not_be_dealt_with_is_said_again() -> None:
    assert noticed(("new", 1), ("new", 5), ("new", 1), deal=False) == [6.0, 7.0]


@given(LOOKS)
def test_only_what_stayed_is_taken_and_the_last_to_stay_is(looks: list[tuple[str, float]]) -> None:
    taken, now, since, last = "old", 0.0, 0.0, None
    found = []
    for content, pause in looks:
        now += pause
        since = since if content == last else now
        last = content
        if content != taken and timedelta(seconds=now) - timedelta(seconds=since) >= SETTLED:
            taken = content
            found.append(now)
    assert noticed(*looks) == found
