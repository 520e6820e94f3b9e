from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from detectors.batching import (
    LARGEST_BATCH,
    LONGEST_WAIT,
    NICENESS,
    ArrivalRate,
    Batcher,
    window,
)
from detectors.detections import Detections
from detectors.engine.protocol import EngineError, Picture
from detectors.waiting_room import Drop
from ingest.frame import Frame
from tests.detectors.pictures import frame_at
from tests.models.cards import make_card
from tests.waiting import wait_for

PATIENCE = 10.0
PICTURE = frame_at("any", 0.0)


def taken(at: float) -> Frame:
    return replace(PICTURE, captured_at=at)


class FakeEngine:
    """Answers with nothing found; can be held, can fail, remembers the size of its batches."""

    def __init__(self, *, batches: bool = False) -> None:
        self.card = make_card()
        self.names = self.card.names
        self.batches = batches
        self.sizes: list[int] = []
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()
        self.open.set()
        self.failure: Exception | None = None

    def infer(self, pictures: Sequence[Picture]) -> list[Detections]:
        self.sizes.append(len(pictures))
        self.entered.release()
        assert self.open.wait(PATIENCE)
        if self.failure is not None:
            raise self.failure
        return [Detections.empty(self.names) for _ in pictures]


class Answers:
    """Collects what `done` is called with."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.by_id: dict[int, list[Detections | None]] = {}

    def of(self, number: int) -> Callable[[Detections | None], None]:
        def done(detections: Detections | None) -> None:
            with self._changed:
                self.by_id.setdefault(number, []).append(detections)
                self._changed.notify_all()

        return done

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.by_id) >= count, PATIENCE)


class NicenessEngine(FakeEngine):
    """Says how nice the thread is on which it works."""

    niceness: int | None = None

    def infer(self, pictures: Sequence[Picture]) -> list[Detections]:
        self.niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        return super().infer(pictures)


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority of its own")
@pytest.mark.parametrize("starter", [0, NICENESS + 3])
def test_a_detector_steps_back_behind_those_that_read_and_scan(starter: int) -> None:
    """Its thread alone; and it stays where it is in a process that is nicer already."""
    engine, answers, before_and_after = NicenessEngine(), Answers(), []

    def start_and_ask() -> None:
        own = threading.get_native_id()
        before_and_after.append(max(starter, os.getpriority(os.PRIO_PROCESS, own)))
        os.setpriority(os.PRIO_PROCESS, own, before_and_after[0])
        batcher = Batcher(engine)
        batcher.start()
        batcher.submit("a", PICTURE, answers.of(0))
        answers.wait_for(1)
        batcher.stop()
        before_and_after.append(os.getpriority(os.PRIO_PROCESS, own))

    thread = threading.Thread(target=start_and_ask)
    thread.start()
    thread.join()
    before, after = before_and_after
    assert engine.niceness == max(before, NICENESS)
    assert after == before, "whoever started it does not step back"


def test_a_picture_is_answered() -> None:
    answers, batcher = Answers(), Batcher(FakeEngine())
    batcher.start()
    batcher.submit("a", PICTURE, answers.of(0))
    answers.wait_for(1)
    batcher.stop()
    (answer,) = answers.by_id[0]
    assert answer is not None
    stats = batcher.stats()
    assert (stats.submitted, stats.inferred, stats.batches, stats.dropped) == (1, 1, 1, {})


def held(engine: FakeEngine, batcher: Batcher, answers: Answers) -> None:
    """Let the engine take one picture and keep it, so that all others wait."""
    engine.open.clear()
    batcher.start()
    batcher.submit("first", PICTURE, answers.of(-1))
    assert engine.entered.acquire(timeout=PATIENCE)


@pytest.mark.parametrize(("batches", "sizes"), [(True, [1, 8, 2]), (False, [1] * 11)])
def test_what_waits_is_inferred_together_where_it_pays(batches: bool, sizes: list[int]) -> None:
    engine, answers = FakeEngine(batches=batches), Answers()
    batcher = Batcher(engine, largest=8 if batches else None)
    held(engine, batcher, answers)
    for number in range(10):
        batcher.submit(f"camera-{number}", PICTURE, answers.of(number))
    engine.open.set()
    answers.wait_for(11)
    batcher.stop()
    assert engine.sizes == sizes


def test_a_replaced_picture_is_answered_none_and_counted() -> None:
    engine, answers = FakeEngine(), Answers()
    batcher = Batcher(engine)
    held(engine, batcher, answers)
    batcher.submit("a", taken(1.0), answers.of(1))
    batcher.submit("a", taken(2.0), answers.of(2))
    assert answers.by_id[1] == [None]
    engine.open.set()
    answers.wait_for(3)
    batcher.stop()
    assert answers.by_id[2] != [None]
    assert batcher.stats().dropped == {Drop.REPLACED: 1}


def test_staleness_is_counted_on_the_clock_that_was_given() -> None:
    now = [100.0]
    engine, answers = FakeEngine(), Answers()
    batcher = Batcher(engine, clock=lambda: now[0])
    held(engine, batcher, answers)
    batcher.submit("a", PICTURE, answers.of(1))
    now[0] += 2.5
    engine.open.set()
    answers.wait_for(2)
    batcher.stop()
    assert answers.by_id == {-1: [None], 1: [None]}, "the one in the engine is late as well"
    assert batcher.stats().dropped == {Drop.STALE: 2}


class SlowEngine(FakeEngine):
    """Takes as long as the test says, on the test's clock."""

    def __init__(self, now: list[float]) -> None:
        super().__init__()
        self.takes = 0.0
        self._now = now

    def infer(self, pictures: Sequence[Picture]) -> list[Detections]:
        found = super().infer(pictures)
        self._now[0] += self.takes
        return found


def test_an_answer_that_comes_too_late_is_none() -> None:
    now = [100.0]
    engine, answers = SlowEngine(now), Answers()
    engine.takes = 2.5
    batcher = Batcher(engine, oldest=2.0, clock=lambda: now[0])
    batcher.start()
    batcher.submit("a", PICTURE, answers.of(0))
    answers.wait_for(1)
    batcher.submit("file", PICTURE, answers.of(1), keep=True)
    answers.wait_for(2)
    batcher.stop()
    assert answers.by_id[0] == [None]
    assert answers.by_id[1] != [None], "a file waits for any answer"
    stats = batcher.stats()
    assert (stats.inferred, stats.dropped) == (1, {Drop.STALE: 1})


def test_no_time_is_spent_on_an_answer_that_would_be_late() -> None:
    """An inference takes 0.9 s: who has waited for 1.2 s would have its answer after 2 s."""
    now = [100.0]
    engine, answers = SlowEngine(now), Answers()
    engine.takes = 0.9
    batcher = Batcher(engine, oldest=2.0, clock=lambda: now[0])
    batcher.start()
    batcher.submit("a", PICTURE, answers.of(0))
    answers.wait_for(1)
    engine.takes = 0.0
    engine.open.clear()
    batcher.submit("b", PICTURE, answers.of(1))
    assert engine.entered.acquire(timeout=PATIENCE)
    assert engine.entered.acquire(timeout=PATIENCE)
    batcher.submit("c", PICTURE, answers.of(2))
    now[0] += 1.4
    engine.open.set()
    answers.wait_for(3)
    batcher.stop()
    assert answers.by_id[1] != [None], "its answer came after 1.4 s"
    assert answers.by_id[2] == [None]
    assert len(engine.sizes) == 2


def test_one_slow_batch_does_not_end_all_inference() -> None:
    now = [100.0]
    engine, answers = SlowEngine(now), Answers()
    engine.takes = 60.0
    batcher = Batcher(engine, oldest=2.0, clock=lambda: now[0])
    batcher.start()
    batcher.submit("a", PICTURE, answers.of(0))
    answers.wait_for(1)
    engine.takes = 0.02
    batcher.submit("a", PICTURE, answers.of(1))
    answers.wait_for(2)
    batcher.stop()
    assert answers.by_id[0] == [None]
    assert answers.by_id[1] != [None]


def test_who_hands_in_a_picture_does_not_convert_it() -> None:
    engine, answers = FakeEngine(), Answers()
    batcher = Batcher(engine)
    held(engine, batcher, answers)
    waits, replaces = frame_at("a", 1.0), frame_at("a", 2.0)
    batcher.submit("a", waits, answers.of(1))
    batcher.submit("a", replaces, answers.of(2))
    assert (waits.is_converted, replaces.is_converted) == (False, False)
    engine.open.set()
    answers.wait_for(3)
    batcher.stop()
    assert (waits.is_converted, replaces.is_converted) == (False, True)


def test_a_file_waits_for_room_instead_of_losing_pictures() -> None:
    engine, answers = FakeEngine(), Answers()
    batcher = Batcher(engine)
    held(engine, batcher, answers)

    def play() -> None:
        for number in range(3 * LARGEST_BATCH):
            batcher.submit("file", taken(number / 25), answers.of(number), keep=True)

    player = threading.Thread(target=play)
    player.start()
    wait_for(
        lambda: batcher.stats().waiting == LARGEST_BATCH, PATIENCE, "no more is held in memory"
    )
    engine.open.set()
    player.join(PATIENCE)
    answers.wait_for(3 * LARGEST_BATCH + 1)
    batcher.stop()
    assert batcher.stats().dropped == {}
    assert None not in [answer for given in answers.by_id.values() for answer in given]


def test_stopping_frees_a_file_that_waits_for_room() -> None:
    engine, answers = FakeEngine(), Answers()
    batcher = Batcher(engine)
    for number in range(LARGEST_BATCH):
        batcher.submit("file", taken(number), answers.of(number), keep=True)
    blocked = threading.Thread(
        target=batcher.submit, args=("file", taken(99.0), answers.of(99)), kwargs={"keep": True}
    )
    blocked.start()
    batcher.stop()
    blocked.join(PATIENCE)
    assert not blocked.is_alive()
    assert answers.by_id == {number: [None] for number in (*range(LARGEST_BATCH), 99)}


def test_a_submit_after_the_end_is_answered_none() -> None:
    answers, batcher = Answers(), Batcher(FakeEngine())
    batcher.start()
    batcher.stop()
    batcher.submit("a", PICTURE, answers.of(0))
    assert answers.by_id == {0: [None]}
    assert batcher.stats().dropped == {Drop.STOPPED: 1}


@pytest.mark.parametrize("failure", [EngineError("out of memory"), MemoryError()])
def test_a_failing_engine_is_said_once_and_recovers(failure: Exception) -> None:
    engine, answers = FakeEngine(), Answers()
    batcher = Batcher(engine)
    with capture_logs() as logs:
        batcher.start()
        engine.failure = failure
        for number in range(3):
            batcher.submit("a", taken(number), answers.of(number))
            answers.wait_for(number + 1)
        engine.failure = None
        batcher.submit("a", taken(4.0), answers.of(4))
        answers.wait_for(4)
        batcher.stop()
    assert [answers.by_id[n] for n in range(3)] == [[None]] * 3
    assert answers.by_id[4] != [None]
    assert batcher.stats().dropped == {Drop.FAILED: 3}
    assert [entry["event"] for entry in logs] == ["detector.failed", "detector.recovered"]


def test_a_callback_that_raises_harms_no_other_camera() -> None:
    answers, batcher = Answers(), Batcher(FakeEngine())

    def broken(_: Detections | None) -> None:
        raise RuntimeError("a fault in the caller")

    with capture_logs() as logs:
        batcher.start()
        batcher.submit("bad", PICTURE, broken)
        batcher.submit("good", PICTURE, answers.of(0))
        answers.wait_for(1)
        batcher.stop()
    assert [entry["camera"] for entry in logs] == ["bad"]


@pytest.mark.parametrize(
    ("rate", "largest", "expected"),
    [
        (0.0, 8, 0.0),
        (1 / LONGEST_WAIT - 1, 8, 0.0),
        (1 / LONGEST_WAIT, 8, LONGEST_WAIT),
        (140.0, 8, LONGEST_WAIT),
        (700.0, 8, 0.01),
        (700.0, 1, 0.0),
    ],
)
def test_the_wait_follows_the_rate(rate: float, largest: int, expected: float) -> None:
    assert window(rate, largest) == pytest.approx(expected)


def test_the_rate_of_scans_that_come_in_rounds_is_steady() -> None:
    """100 cameras that are all scanned within 0.1 s of every 4 s deliver 25 a second."""
    rate, seen = ArrivalRate(), []
    for round_of_scans in range(20):
        for number in range(100):
            rate.count(round_of_scans * 4 + number / 1000)
        seen.append(rate.at(round_of_scans * 4 + 2))
    assert min(seen[10:]) > 0.8 * 25
    assert max(seen[10:]) < 1.25 * 25


def test_the_rate_fades_and_stands_a_clock_that_goes_back() -> None:
    rate = ArrivalRate()
    for number in range(1000):
        rate.count(number / 100)
    rate.count(3.0)
    assert 0 < rate.at(3.0) < 1000
    assert rate.at(100.0) < 0.1


plans = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(plans, st.booleans(), st.booleans(), st.integers(0, 29))
def test_every_submit_is_answered_exactly_once(
    plan: list[tuple[str, bool]], batches: bool, fails: bool, stop_at: int
) -> None:
    engine, answers = FakeEngine(batches=batches), Answers()
    engine.failure = EngineError("broken") if fails else None
    batcher = Batcher(engine, most_bytes=2 * PICTURE.nbytes)
    batcher.start()
    with capture_logs():
        for number, (camera, keep) in enumerate(plan):
            if number == stop_at:
                batcher.stop()
            batcher.submit(camera, taken(number), answers.of(number), keep=keep)
        batcher.stop()
    assert sorted(answers.by_id) == list(range(len(plan)))
    assert all(len(given) == 1 for given in answers.by_id.values())
    stats = batcher.stats()
    assert stats.submitted == len(plan) == stats.inferred + sum(stats.dropped.values())
    assert stats.waiting == 0
