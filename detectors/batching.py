"""One detector for many cameras: pictures wait for their turn, and where it pays, for company.

Why it exists. A graphics processor takes eight pictures in little more than the time of one, but
cameras deliver one at a time; a processor core takes eight in eight times the time of one
(measured: yolox_nano 15.1 ms alone, 15.5 ms a picture in a batch of eight). Three things go wrong
with a plain queue in front of a detector. When it is slower than the cameras, the queue grows until
results are minutes old. When one camera is busy, it takes every place. When cameras are few,
pictures wait for company that does not come. Hence:

- a live camera has one place: its newer picture takes the older one's;
- who was served longest ago is served first, and when memory is short, who was served last gives
  way, so that a slow detector slows all cameras alike;
- an engine that gains nothing from company is given one picture at a time, at once; for another
  the wait follows the rate at which pictures arrive now;
- every picture is answered, exactly once: with detections that are not older than `OLDEST`, or
  with None, and counted;
- pictures of files are all wanted: their `submit` blocks until there is room;
- who hands in a picture does not pay for it: it waits as it was decoded, and this thread converts
  those whose turn comes.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from detectors.detections import Detections
from detectors.engine.protocol import Engine
from detectors.waiting_room import MOST_BYTES, OLDEST, Done, Drop, Waiting, WaitingRoom
from ingest.frame import Frame
from ingest.histogram import Histogram, HistogramSnapshot

LARGEST_BATCH = 32
"""Pictures in one inference, where company pays. 700 cameras that are scanned every 4 s fill eight
places within `LONGEST_WAIT`; the rest is for a rush, whose pictures wait already."""

LONGEST_WAIT = 0.05
"""Seconds that a picture may wait for company. 700 cameras that are scanned every 4 s deliver 175
pictures a second, so 50 ms bring eight together; 20 ms would halve that, and 200 ms keep a finding
back for a batch that costs little less."""

RATE_MEMORY = 10.0
"""Seconds over which the arrival rate is averaged. Cameras are scanned every 4 s by default: a
memory shorter than that takes each round of scans for a rush and each pause for an end."""

LATENCY_SECONDS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
"""Bounds of the histogram of latency: an inference takes 15 ms, and none is answered after `OLDEST`
but files."""

MEMORY_OF_COST = 0.8
"""What is left of the longest batch, in the estimate of the next one, after each that was shorter:
a machine that was busy for a moment is trusted again after ten."""

NICENESS = 10
"""How far a detector's thread steps back behind those that read and scan, of 19: 700 cameras whose
detector may take every core are scanned every 8 s instead of 4, and what the detector is given is
as late. Behind them it gets what they leave, and drops the rest."""

Clock = Callable[[], float]

_log = structlog.get_logger(__name__)


class ArrivalRate:
    """Events a second, averaged with an exponentially fading memory of `RATE_MEMORY` seconds."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._at = -math.inf

    def count(self, now: float) -> None:
        self._rate = self.at(now) + 1 / RATE_MEMORY
        self._at = max(now, self._at)

    def at(self, now: float) -> float:
        return self._rate * math.exp(-max(0.0, now - self._at) / RATE_MEMORY)


def window(rate: float, largest: int) -> float:
    """Seconds to wait for company at `rate` pictures a second, until `largest` are together.

    Nothing when not even one more is to be expected within `LONGEST_WAIT`.
    """
    if rate * LONGEST_WAIT < 1:
        return 0.0
    return min(LONGEST_WAIT, (largest - 1) / rate)


@dataclass(frozen=True, slots=True)
class BatcherStats:
    """Counts since the start; `rate` is pictures a second now, `busy` seconds inside the engine,
    `latency` seconds from `submit` to a picture's detections."""

    submitted: int
    inferred: int
    batches: int
    waiting: int
    rate: float
    busy: float
    dropped: dict[Drop, int]
    latency: HistogramSnapshot


class Batcher:
    """An engine with a thread of its own and a waiting room before it."""

    def __init__(
        self,
        engine: Engine,
        *,
        largest: int | None = None,
        oldest: float = OLDEST,
        most_bytes: int = MOST_BYTES,
        clock: Clock = time.monotonic,
    ) -> None:
        """`clock` is seconds that only go forward: set back by an hour, a clock of the day would
        have a batch wait for company that long."""
        self.engine = engine
        self._largest = largest or (LARGEST_BATCH if engine.batches else 1)
        self._clock = clock
        self._room = WaitingRoom(oldest=oldest, most_bytes=most_bytes)
        self._longest_estimate = oldest / 2  # or one slow batch would end all inference for good
        self._changed = threading.Condition()
        self._stopped = False
        self._failing = False
        self._rate = ArrivalRate()
        self._submitted = self._inferred = self._batches = 0
        self._busy = self._lasting = 0.0
        self._dropped: Counter[Drop] = Counter()
        self._latency = Histogram(LATENCY_SECONDS)
        self._thread = threading.Thread(
            target=self._run, name=f"batcher {engine.card.name}", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the batch in work; whoever still waits is answered None. Not from `done`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        with self._changed:
            leaving = self._room.clear()
        self._dismiss([(waiting, Drop.STOPPED) for waiting in leaving])

    def submit(
        self,
        camera_id: str,
        frame: Frame,
        done: Done,
        *,
        keep: bool = False,
    ) -> None:
        """Hand in a picture; the capture time says which of a camera's pictures is the newest.

        `done` is called exactly once: with detections on the batcher's thread, or with None on
        whichever thread dropped the picture. With `keep`, for files, this blocks until there is
        room and nothing is dropped but by `stop`.
        """
        with self._changed:
            if keep:
                self._changed.wait_for(lambda: self._stopped or self._room.kept < LARGEST_BATCH)
            now = self._clock()
            arrival = Waiting(camera_id, frame, now, done, keep)
            self._submitted += 1
            self._rate.count(now)
            leaving = [(arrival, Drop.STOPPED)] if self._stopped else self._room.put(arrival)
            self._changed.notify_all()
        self._dismiss(leaving)

    def is_idle(self) -> bool:
        """Whether nobody waits for a turn."""
        with self._changed:
            return not len(self._room)

    def stats(self) -> BatcherStats:
        with self._changed:
            return BatcherStats(
                self._submitted,
                self._inferred,
                self._batches,
                len(self._room),
                self._rate.at(self._clock()),
                self._busy,
                dict(self._dropped),
                self._latency.snapshot(),
            )

    def _run(self) -> None:
        _step_back()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or len(self._room))
                if self._stopped:
                    return
                self._await_company()
                batch, leaving = self._room.take(
                    self._largest, self._clock(), lasting=self._lasting
                )
                self._changed.notify_all()
            self._dismiss(leaving)
            if batch:
                self._infer(batch)

    def _await_company(self) -> None:
        if not self.engine.batches:
            return
        now = self._clock()
        waited = now - self._room.first_submitted()
        left = window(self._rate.at(now), self._largest) - waited
        if left > 0:
            self._changed.wait_for(
                lambda: self._stopped or len(self._room) >= self._largest, timeout=left
            )

    def _infer(self, batch: Sequence[Waiting]) -> None:
        began = self._clock()
        try:
            answers = self.engine.infer([waiting.frame.bgr() for waiting in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, the cameras must go on
            self._failed(error)
            self._dismiss([(waiting, Drop.FAILED) for waiting in batch])
            return
        self._worked()
        now = self._clock()
        in_time = [
            (waiting, answer)
            for waiting, answer in zip(batch, answers, strict=True)
            if not self._room.is_late(waiting, now)
        ]
        with self._changed:
            self._busy += now - began
            self._lasting = self._estimate(now - began)
            self._batches += 1
            self._inferred += len(in_time)
            for waiting, _ in in_time:
                self._latency.add(now - waiting.submitted_at)
        self._dismiss([(w, Drop.STALE) for w in batch if self._room.is_late(w, now)])
        for waiting, answer in in_time:
            _answer(waiting, answer)

    def _estimate(self, took: float) -> float:
        """Seconds that the next batch is given, after one that took so long."""
        return min(self._longest_estimate, max(took, MEMORY_OF_COST * self._lasting))

    def _failed(self, error: Exception) -> None:
        if not self._failing:
            _log.error("detector.failed", model=self.engine.card.name, exc_info=error)
        self._failing = True

    def _worked(self) -> None:
        if self._failing:
            _log.info("detector.recovered", model=self.engine.card.name)
        self._failing = False

    def _dismiss(self, leaving: Sequence[tuple[Waiting, Drop]]) -> None:
        with self._changed:
            self._dropped.update(reason for _, reason in leaving)
        for waiting, _ in leaving:
            _answer(waiting, None)


def _step_back() -> None:
    """Let other threads go first. Linux alone gives a thread a priority of its own."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        now = os.getpriority(os.PRIO_PROCESS, thread)
        # Where all of the process is nicer already, nobody but root may step forward again.
        os.setpriority(os.PRIO_PROCESS, thread, max(now, NICENESS))


def _answer(waiting: Waiting, detections: Detections | None) -> None:
    try:
        waiting.done(detections)
    except Exception:  # noqa: BLE001 - one caller's fault is no other camera's
        _log.exception("detector.callback_failed", camera=waiting.camera_id)
