"""Which pictures are decoded, and in what order they wait."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.media import Codec, StreamInfo
from ingest.rtp.nal import split_annex_b
from ingest.scan import TOLERANCE, ScanPlan, ScanQueue
from ingest.source import Stream, WireUnit

STREAM = Stream(StreamInfo(Codec.H264), split_annex_b)


def stream_of(seconds: float, gop: float, fps: int = 10, jitter: float = 0.0) -> list[WireUnit]:
    every = round(gop * fps)
    return [
        WireUnit(b"", n % every == 0, n * 9000, n / fps + (jitter if n % 3 else -jitter))
        for n in range(round(seconds * fps))
    ]


def chosen(plan: ScanPlan, units: list[WireUnit], *, eager: bool) -> list[WireUnit]:
    found = (plan.choose([unit], eager=eager) for unit in units)
    return [unit for unit in found if unit is not None]


@pytest.mark.parametrize(
    ("gop", "interval", "eager", "spacing"),
    [
        (2, 4, False, 4),
        (2, 4, True, 2),
        (1, 4, False, 4),
        (0.2, 4, True, 1),
        (3, 4, False, 3),
        (2, 2, False, 2),
        (4, 4, False, 4),
    ],
)
def test_keyframes_are_chosen_by_the_interval(
    gop: float, interval: float, eager: bool, spacing: float
) -> None:
    times = [u.captured_at for u in chosen(ScanPlan(interval), stream_of(60, gop), eager=eager)]
    steps = {round(b - a, 3) for a, b in pairwise(times[2:])}
    assert steps == {spacing}


def test_a_short_gop_does_not_delay_the_next_scan() -> None:
    """Where a clip begins again a GOP lasts 0.4 s; the one after it is as long as ever."""
    keyframes = (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 10.4, 12.4, 14.4, 16.4)
    units = [WireUnit(b"", True, int(at * 90_000), at) for at in keyframes]
    times = [u.captured_at for u in chosen(ScanPlan(4), units, eager=False)]
    assert max(b - a for a, b in pairwise(times)) <= 4 * (1 + TOLERANCE)


def test_every_choice_is_a_keyframe_where_they_come_often_enough() -> None:
    units = chosen(ScanPlan(4), stream_of(60, 2, jitter=0.03), eager=False)
    assert all(unit.keyframe for unit in units)


@given(
    st.sampled_from([0.5, 1, 2, 3.7, 5, 10, 30]),
    st.sampled_from([1.0, 2.0, 4.0, 8.0]),
    st.booleans(),
)
def test_no_camera_waits_longer_than_its_interval(gop: float, interval: float, eager: bool) -> None:
    units = stream_of(90, gop, jitter=0.01)
    times = [u.captured_at for u in chosen(ScanPlan(interval), units, eager=eager)]
    longest = max(b - a for a, b in pairwise(times))
    assert times[0] < 0.1
    assert longest <= interval * (1 + TOLERANCE) + 0.2


@pytest.mark.parametrize(("gop", "shares"), [(2, 2), (1, 4)])
def test_cameras_in_step_do_not_all_have_the_same_keyframe_decoded(gop: float, shares: int) -> None:
    plans = [ScanPlan(4, phase=n / 100) for n in range(100)]
    eagerly, leanly = stream_of(20, gop), stream_of(60, gop)[200:]
    at = Counter[float]()
    for plan in plans:
        chosen(plan, eagerly, eager=True)
        times = [u.captured_at for u in chosen(plan, leanly, eager=False)]
        assert {round(b - a, 3) for a, b in pairwise(times)} == {4}
        at.update(times)
    assert max(at.values()) <= 100 / shares + 1


@pytest.mark.parametrize("gop", [0.2, 1, 2])
@pytest.mark.parametrize("eager", [True, False])
def test_what_it_would_take_to_see_everything_is_known_in_either_state(
    gop: float, eager: bool
) -> None:
    units, plan = stream_of(60, gop), ScanPlan(4)
    everything = chosen(ScanPlan(4), units, eager=True)
    chosen(plan, units, eager=eager)
    assert plan.take_offered() == pytest.approx(len(everything), abs=1)
    assert plan.take_offered() == 0


@pytest.mark.parametrize("gop", [10, 30, 60])
@pytest.mark.parametrize(("eager", "longest"), [(False, 4.0), (True, 2.0)])
def test_long_gops_are_looked_into_within_the_interval(
    gop: float, eager: bool, longest: float
) -> None:
    """Even where the reader takes a camera's pictures 0.4 s at a time."""
    units, plan = stream_of(120, gop), ScanPlan(4)
    batches = [units[n : n + 4] for n in range(0, len(units), 4)]
    found = (plan.choose(batch, eager=eager) for batch in batches)
    times = [unit.captured_at for unit in found if unit is not None]
    assert max(b - a for a, b in pairwise(times)) <= longest + 0.31
    assert len(times) >= 120 / (longest + 0.31)


def test_nothing_is_chosen_before_the_first_keyframe() -> None:
    assert chosen(ScanPlan(1), stream_of(9, 10)[1:], eager=True) == []


def test_a_batch_gives_its_newest_keyframe() -> None:
    unit = ScanPlan(4).choose(stream_of(5, 2), eager=True)
    assert unit is not None
    assert (unit.keyframe, unit.captured_at) == (True, 4.0)


def test_a_clock_that_steps_back_does_not_blind_a_camera() -> None:
    plan = ScanPlan(4)
    assert plan.choose([WireUnit(b"", True, 0, 1000.0)], eager=False)
    assert plan.choose([WireUnit(b"", True, 0, 10.0)], eager=False)


def test_a_newer_picture_takes_the_older_ones_place() -> None:
    lost: list[int] = []
    queue: ScanQueue[int] = ScanQueue(lost.append)
    for number, camera in enumerate("abab"):
        queue.put(camera, number)
    assert lost == [0, 1]
    assert [queue.take(), queue.take()] == [("a", 2), ("b", 3)]


def test_one_camera_is_never_given_to_two_threads() -> None:
    queue: ScanQueue[int] = ScanQueue(lambda _: None)
    queue.put("a", 0)
    assert queue.take() == ("a", 0)
    queue.put("a", 1)
    queue.put("b", 2)
    assert queue.take() == ("b", 2)
    assert queue.holds("a")
    queue.done("a")
    assert queue.take() == ("a", 1)
    queue.done("a")
    assert not queue.holds("a")


def test_closing_lets_every_thread_go() -> None:
    queue: ScanQueue[int] = ScanQueue(lambda _: None)
    threads = [threading.Thread(target=queue.take) for _ in range(3)]
    for thread in threads:
        thread.start()
    queue.close()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def test_a_forgotten_camera_is_not_served() -> None:
    queue: ScanQueue[int] = ScanQueue(lambda _: None)
    queue.put("a", 0)
    queue.put("b", 1)
    queue.forget("a")
    assert queue.take() == ("b", 1)
