"""Intervals and lags as they are counted, an interval that has no end included."""

from __future__ import annotations

from collections.abc import Sequence

import av
import numpy as np

from command_center.bench.looks import Watching
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import Health


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Deaf:
    """A sink that does nothing."""

    def scanned(self, frame: Frame, activity: Activity) -> None:
        pass

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        pass

    def health_changed(self, health: Health) -> None:
        pass


def _watching() -> tuple[Watching, Clock]:
    clock = Clock()
    return Watching(Deaf(), clock=clock), clock


def _look(watching: Watching, clock: Clock, camera: str, captured_at: float, now: float) -> None:
    clock.now = now
    picture = av.VideoFrame(16, 16, "yuv420p")
    frame = Frame(camera, captured_at, 0, np.zeros((90, 160), np.uint8), picture)
    watching.scanned(frame, Activity(0.0, active=camera == "busy"))


def test_an_interval_counts_when_it_ends_and_only_in_the_window() -> None:
    watching, clock = _watching()
    _look(watching, clock, "lane", 98.0, now=98.5)
    clock.now = 99.0
    watching.begin()
    _look(watching, clock, "lane", 101.0, now=101.25)
    _look(watching, clock, "busy", 101.5, now=102.0)
    looked = watching.end(["lane", "busy"])
    assert looked.intervals == [3.0]
    assert looked.lags == [0.25, 0.5]
    assert looked.active == 1


def test_a_camera_that_is_looked_at_no_more_is_not_forgotten() -> None:
    watching, clock = _watching()
    watching.begin()
    _look(watching, clock, "lane", 100.0, now=100.0)
    _look(watching, clock, "lane", 102.0, now=102.0)
    clock.now = 109.0
    looked = watching.end(["lane", "never"])
    assert sorted(looked.intervals) == [2.0, 7.0, 9.0]


def test_one_camera_that_lags_does_not_hide_another_that_is_looked_at_no_more() -> None:
    watching, clock = _watching()
    watching.begin()
    _look(watching, clock, "lane", 100.0, now=100.0)
    _look(watching, clock, "late", 101.0, now=106.0)
    clock.now = 109.0
    assert sorted(watching.end(["lane", "late"]).intervals) == [3.0, 9.0]
