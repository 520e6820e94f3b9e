"""A rule's hours and its night: memory stays, nothing is opened or asked for in vain."""

from __future__ import annotations

from datetime import UTC, datetime, time

import av
import numpy as np

from configs.rules import ObstructionConfig, ZoneRule
from configs.schedule import Schedule, Window
from detectors.daylight import LASTS
from detectors.rules.rule import Step
from ingest.frame import Frame, small_grey
from tests.detectors.pictures import ACTIVE, STILL, camera_with
from tests.detectors.pipeline_bench import NOW, OBSTRUCTION, Bench, Script, finding, tell

LOCAL = datetime.fromtimestamp(NOW, UTC)


def open_for(minutes: int) -> Schedule:
    """From the hour of NOW for so long, in UTC."""
    begins = LOCAL.replace(minute=0)
    ends = (LOCAL.hour * 60 + LOCAL.minute + minutes) % (24 * 60)
    return Schedule(windows=(Window(start=begins.time(), end=time(*divmod(ends, 60))),))


def scheduled(minutes: int) -> ObstructionConfig:
    return OBSTRUCTION.model_copy(update={"schedule": open_for(minutes)})


def test_a_rule_outside_of_its_hours_goes_on_seeing_and_asks_for_nothing() -> None:
    script = Script(tell(wants_burst=True, wants_detections=True))
    bench = Bench([script])
    bench.pipeline.add(camera_with(scheduled(1)))
    bench.show(NOW)
    assert bench.footage.bursts == ["lane-1"]
    for second in (120, 121, 122):
        bench.show(NOW + second, active=True)
    assert len(bench.eyes.asked) == 1, "what was wanted while the hours held"
    bench.eyes.asked[0](None)
    assert [seen.frame.captured_at - NOW for seen in script.seen] == [0, 120, 122]
    assert bench.footage.bursts == ["lane-1"]


def of_shade(shade: int, at: float) -> Frame:
    pixels = np.full((180, 320, 3), (min(255, shade + 30), shade, shade), np.uint8)
    shown = av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format="yuv420p")
    return Frame("lane-1", at, int(at * 90_000), small_grey(shown), shown)


def with_a_night() -> ZoneRule:
    return ObstructionConfig.model_validate({"model": None, "night": {"dwell": "120s"}})


def test_night_is_another_rule_on_the_same_memory() -> None:
    by_day, by_night = Script(lambda _seen: Step(1)), Script(lambda _seen: Step(2))
    bench = Bench([by_day, by_night])
    bench.pipeline.add(camera_with(with_a_night()))
    assert [getattr(config, "dwell", None) for config in bench.built] == [60.0, 120.0]
    for index, shade in enumerate([120] * 2 + [10] * 10 + [120] * 10):
        bench.pipeline.scanned(of_shade(shade, NOW + 10.0 * index), STILL)
    assert by_night.states[0] == 1, "it goes on from what the day knew"
    assert by_day.states[0] == 0
    assert 2 in by_day.states, "and the day from what the night knew"
    first = by_night.seen[0].frame.captured_at
    assert first - NOW == 20.0 + LASTS
    shown = sorted(one.frame.captured_at for one in (*by_day.seen, *by_night.seen))
    assert shown == [NOW + 10.0 * index for index in range(22)], "each picture once"


def test_a_changed_camera_is_still_in_the_night_that_it_was_in() -> None:
    scripts = [Script() for _ in range(4)]
    bench = Bench(scripts)
    camera = camera_with(with_a_night())
    bench.pipeline.add(camera)
    bench.pipeline.scanned(of_shade(10, NOW), STILL)
    changed = ObstructionConfig.model_validate({"model": None, "night": {"dwell": "90s"}})
    bench.pipeline.replace(camera_with(changed))
    bench.pipeline.scanned(of_shade(120, NOW + 10.0), ACTIVE)
    assert [len(script.seen) for script in scripts] == [0, 1, 0, 1]


def test_other_masks_are_another_place_and_the_other_rule_keeps_its_memory() -> None:
    scripts = [Script(lambda _seen: Step(7)) for _ in range(4)]
    bench = Bench(scripts)
    camera = camera_with(OBSTRUCTION)
    other = camera.zones[0].model_copy(update={"id": "other"})
    two = camera.model_copy(update={"zones": (camera.zones[0], other)})
    bench.pipeline.add(two)
    bench.show(NOW)
    masked = other.model_copy(update={"masks": (((0.0, 0.0), (0.5, 0.0), (0.0, 0.5)),)})
    bench.pipeline.replace(two.model_copy(update={"zones": (camera.zones[0], masked)}))
    bench.show(NOW + 1)
    assert [script.states for script in scripts] == [[0], [0], [7], [0]]


def test_the_floor_is_asked_for_by_night_too() -> None:
    bench = Bench([Script(tell(finding())), Script()], floor=0.6)
    bench.pipeline.add(camera_with(with_a_night()))
    assert [config.confidence for config in bench.built] == [0.6, 0.6]
