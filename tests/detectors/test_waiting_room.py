from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import waiting_room
from detectors.detections import Detections
from detectors.waiting_room import Drop, Waiting, WaitingRoom
from tests.detectors.pictures import frame_at

PICTURE = frame_at("any", 0.0)


def ignore(_: Detections | None) -> None:
    """Nobody waits for this answer."""


def waiting(camera_id: str, at: float = 0.0, *, keep: bool = False) -> Waiting:
    return Waiting(camera_id, replace(PICTURE, captured_at=at), at, ignore, keep)


def served(room: WaitingRoom, most: int = 1, now: float = 0.0) -> list[str]:
    return [one.camera_id for one in room.take(most, now)[0]]


def test_the_newest_picture_of_a_camera_wins() -> None:
    room = WaitingRoom()
    old, new, late = waiting("a", 1), waiting("a", 2), waiting("a", 1.5)
    assert room.put(old) == []
    assert room.put(new) == [(old, Drop.REPLACED)]
    assert room.put(late) == [(late, Drop.REPLACED)], "it was captured before the one that waits"
    assert room.take(8, 2) == ([new], [])


def test_a_live_picture_grows_stale_and_a_file_does_not() -> None:
    room = WaitingRoom(oldest=4)
    live, file = waiting("live"), waiting("file", keep=True)
    room.put(live)
    room.put(file)
    assert room.take(8, 4.1) == ([file], [(live, Drop.STALE)])


def test_a_wrong_clock_of_a_camera_makes_nothing_stale() -> None:
    room = WaitingRoom(oldest=4)
    one = Waiting("a", replace(PICTURE, captured_at=-1e6), 100.0, ignore)
    room.put(one)
    assert room.take(1, 101.0) == ([one], [])


def test_a_busy_camera_takes_no_turn_of_others() -> None:
    room = WaitingRoom()
    turns: list[str] = []
    for _ in range(9):
        for camera in ("busy", "b", "c"):
            room.put(waiting(camera))
        room.put(waiting("busy"))
        turns += served(room)
    assert {camera: turns.count(camera) for camera in turns} == {"busy": 3, "b": 3, "c": 3}


def test_a_file_shares_turns_with_cameras_and_keeps_its_order() -> None:
    room = WaitingRoom()
    first, second = waiting("file", 1, keep=True), waiting("file", 2, keep=True)
    for one in (first, second, waiting("a")):
        room.put(one)
    batch, _ = room.take(8, 2)
    assert [one.camera_id for one in batch] == ["a", "file", "file"]
    assert batch[1:] == [first, second]


@pytest.mark.parametrize("per_second", [5.0, 20.0, 60.0])
def test_a_slow_detector_slows_all_cameras_alike(per_second: float) -> None:
    """40 cameras a second each, one of them ten times a second, and a detector that takes
    `per_second`; nothing is looked at after two seconds, and nobody is looked at more than twice
    as often as another."""
    room, turns, ages = WaitingRoom(oldest=2.0), Counter[str](), list[float]()
    due = [(index / 40, f"camera-{index}", 1.0) for index in range(39)] + [(0.0, "busy", 0.1)]
    heapq.heapify(due)
    free_at = 0.0
    while free_at < 60.0:
        while due[0][0] <= free_at:
            at, camera, every = heapq.heappop(due)
            room.put(waiting(camera, at))
            heapq.heappush(due, (at + every, camera, every))
        batch, _ = room.take(1, free_at, lasting=1 / per_second)
        free_at += 1 / per_second
        turns.update(one.camera_id for one in batch)
        ages += [free_at - one.submitted_at for one in batch]
    others = [turns[f"camera-{index}"] for index in range(39)]
    assert max(ages) <= 2.0 + 1e-9
    assert max(others) - min(others) <= 2
    if per_second <= 40:
        assert abs(turns["busy"] - max(others)) <= 2
        assert sum(turns.values()) >= 0.98 * 60 * per_second, "the detector never idles"


def test_out_of_memory_who_was_served_last_gives_way() -> None:
    room = WaitingRoom(most_bytes=2 * PICTURE.nbytes)
    for camera in ("a", "b"):
        room.put(waiting(camera))
    assert served(room, 2) == ["a", "b"]
    room.put(waiting("b"))
    room.put(waiting("c"))
    ((gone, why),) = room.put(waiting("a"))
    assert (gone.camera_id, why) == ("b", Drop.MEMORY)
    assert served(room, 8) == ["c", "a"]


def test_a_picture_larger_than_all_memory_is_still_looked_at() -> None:
    room = WaitingRoom(most_bytes=1)
    assert room.put(waiting("a")) == []
    assert served(room) == ["a"]


def test_turns_that_are_remembered_are_bounded() -> None:
    room = WaitingRoom()
    for number in range(waiting_room.MOST_REMEMBERED + 10):
        room.put(waiting(str(number)))
        room.take(1, 0)
    assert len(room._last_turn) == waiting_room.MOST_REMEMBERED


steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("abcde"), st.booleans()),
        st.tuples(st.just("take"), st.integers(1, 4), st.floats(0, 3)),
    ),
    max_size=60,
)


@given(steps)
def test_everybody_leaves_exactly_once(
    plan: list[tuple[str, str, bool] | tuple[str, int, float]],
) -> None:
    room = WaitingRoom(oldest=4, most_bytes=3 * PICTURE.nbytes)
    entered: list[Waiting] = []
    left: list[Waiting] = []
    now = 0.0
    for kind, who, what in plan:
        if kind == "put":
            arrival = waiting(str(who), now, keep=bool(what))
            entered.append(arrival)
            leaving = room.put(arrival)
        else:
            now += what
            batch, leaving = room.take(int(who), now)
            assert len(batch) <= int(who)
            assert all(one.keep or now - one.submitted_at <= 4 for one in batch)
            left += batch
        assert not any(one.keep for one, _ in leaving), "files are never dropped"
        left += [one for one, _ in leaving]
        assert len(room) == len(entered) - len(left)
    left += room.clear()
    assert len(room) == 0
    assert {id(one) for one in left} == {id(one) for one in entered}
    assert len(left) == len(entered)
