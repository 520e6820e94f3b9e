"""How scans reach the rules: in order, with what detectors saw, each with its memory."""

from __future__ import annotations

from threading import Thread

import numpy as np
import pytest

from detectors.detections import Detections
from detectors.rules.rule import Observation, Step
from detectors.scenery import Claim
from detectors.watched import ANSWER_PATIENCE, LoadedModel
from ingest.health import CameraState, Health
from tests.detectors.pictures import camera_with, frame_at
from tests.detectors.pipeline_bench import (
    GATHERING,
    NOW,
    OBSTRUCTION,
    Bench,
    CrossedEyes,
    Script,
    tell,
)


def test_a_model_that_comes_later_is_used_from_then_on() -> None:
    bench = Bench([Script()])
    come = bench.models.pop("eyes")
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW, active=True)
    bench.models["eyes"] = come
    bench.show(NOW + 1, active=True)
    assert len(bench.eyes.asked) == 1


def test_detections_arrive_with_the_picture_they_were_made_of() -> None:
    script = Script()
    bench = Bench([script])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW, active=True)
    assert script.seen == [], "the rule waits for the detector"
    seen = Detections.empty(("person",))
    bench.eyes.asked[0](seen)
    [observation] = script.seen
    assert (observation.frame.captured_at, observation.detections) == (NOW, seen)


def test_a_shut_gate_asks_no_detector_unless_a_rule_wants_it() -> None:
    script = Script(tell(wants_detections=True))
    bench = Bench([script])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW)
    assert (len(bench.eyes.asked), script.seen[0].detections) == (0, None)
    bench.show(NOW + 1)
    assert len(bench.eyes.asked) == 1


def test_scans_stay_in_order_while_a_detector_is_slow_and_what_is_skipped_is_counted() -> None:
    script = Script()
    bench = Bench([script])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW, active=True)
    for second in (1, 2, 3):
        bench.show(NOW + second)
    assert script.seen == []
    bench.eyes.asked[0](None)
    assert [one.frame.captured_at for one in script.seen] == [NOW, NOW + 3]
    assert bench.pipeline.stats().skipped == 2
    assert bench.pipeline.stats().scans == 4


def test_a_detector_that_never_answers_holds_a_camera_up_for_a_while_only() -> None:
    script = Script()
    bench = Bench([script])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW, active=True)
    bench.show(NOW + ANSWER_PATIENCE + 1)
    bench.eyes.asked[0](Detections.empty())
    bench.show(NOW + ANSWER_PATIENCE + 2)
    times = [one.frame.captured_at - NOW for one in script.seen]
    assert times == [0, ANSWER_PATIENCE + 1, ANSWER_PATIENCE + 2]
    assert script.seen[0].detections is None


def test_two_cameras_answered_from_each_others_submit_do_not_wait_for_each_other() -> None:
    """A batcher that is short of memory answers camera B from within camera A's `submit`."""
    bench = Bench([Script(), Script()])
    bench.eyes = CrossedEyes()
    bench.models["eyes"] = LoadedModel(bench.eyes, "0123456789ab", ("person",))
    for name in ("a", "b"):
        bench.pipeline.add(camera_with(OBSTRUCTION, camera_id=name))
    threads = [
        Thread(target=bench.show, args=(NOW, name), kwargs={"active": True}, daemon=True)
        for name in ("a", "b")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5.0)
    assert not any(thread.is_alive() for thread in threads)


def test_a_burst_is_asked_for_and_given_to_the_rule_that_wanted_it() -> None:
    wants, other = Script(tell(wants_burst=True)), Script()
    bench = Bench([wants, other])
    bench.pipeline.add(camera_with(OBSTRUCTION, GATHERING))
    bench.show(NOW)
    assert bench.footage.bursts == ["lane-1"]
    burst = [frame_at("lane-1", NOW + part / 10) for part in range(1, 11)]
    bench.pipeline.burst_decoded("lane-1", burst)
    bench.show(NOW + 1)
    assert [one.captured_at for one in wants.seen[1].burst] == [
        frame.captured_at for frame in burst[:-1]
    ], "the pictures before the scan, not the scan itself"
    assert other.seen[1].burst == ()


def test_a_scan_that_is_held_keeps_no_burst() -> None:
    """64 pictures for each of two scans are too much to lie about while a detector is awaited."""
    wants = Script(tell(wants_burst=True))
    bench = Bench([wants])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW, active=True)
    bench.pipeline.burst_decoded("lane-1", [frame_at("lane-1", NOW + 0.5)])
    bench.show(NOW + 1)
    bench.eyes.asked[0](None)
    assert [one.burst for one in wants.seen] == [(), ()]
    assert bench.footage.bursts == ["lane-1"] * 2, "it is asked for again"


def test_replacing_a_camera_keeps_the_memory_of_rules_that_did_not_change() -> None:
    kept = Script(lambda _seen: Step(7))
    fresh = Script()
    bench = Bench([kept, Script(), kept, fresh])
    bench.pipeline.add(camera_with(OBSTRUCTION, GATHERING))
    bench.pipeline.health_changed(Health("lane-1", CameraState.ONLINE, NOW))
    bench.show(NOW)
    changed = GATHERING.model_copy(update={"on_count": 20})
    bench.pipeline.replace(camera_with(OBSTRUCTION, changed))
    bench.show(NOW + 1)
    assert kept.states == [0, 7]
    assert fresh.states == [0]
    assert [health.state for health in bench.pipeline.health()] == [CameraState.ONLINE]


def test_all_rules_see_one_background_and_it_outlives_them() -> None:
    def fails_once(seen: Observation) -> Step[int]:
        if seen.frame.captured_at == NOW + 1:
            raise ZeroDivisionError
        return Step(0)

    bad, other, fresh = Script(fails_once), Script(), Script()
    bench = Bench([bad, other, bad, fresh])
    bench.pipeline.add(camera_with(OBSTRUCTION, GATHERING))
    for second in range(3):
        bench.show(NOW + second)
    assert [one.background for one in bad.seen] == [one.background for one in other.seen]
    changed = GATHERING.model_copy(update={"on_count": 20})
    bench.pipeline.replace(camera_with(OBSTRUCTION, changed))
    bench.show(NOW + 3)
    assert {one.background.born for one in (*bad.seen, *fresh.seen)} == {NOW}


def test_another_source_is_another_place() -> None:
    script = Script()
    bench = Bench([script, script])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW)
    bench.pipeline.replace(camera_with(OBSTRUCTION, url="rtsp://127.0.0.1:1/other"))
    bench.show(NOW + 1)
    assert [one.background.born for one in script.seen] == [NOW, NOW + 1]


def test_what_a_rule_holds_is_held_until_it_fails() -> None:
    held = np.full((90, 160), 255, np.uint8)
    script = Script(lambda _seen: Step(0, claim=Claim(held=held)))
    bench = Bench([script])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW)
    [watch] = bench.pipeline._cameras["lane-1"].watches
    assert watch.claim.held is held
    script.answer = _fails
    bench.show(NOW + 1)
    assert watch.claim.held is None


def _fails(_seen: Observation) -> Step[int]:
    raise ZeroDivisionError


def test_a_scan_whose_viewer_fails_is_not_waited_for() -> None:
    script = Script()
    bench = Bench([script])
    bench.seen_trouble = ValueError("a fault of the program's own")
    bench.pipeline.add(camera_with(OBSTRUCTION))
    with pytest.raises(ValueError, match="a fault"):
        bench.show(NOW)
    bench.seen_trouble = None
    bench.show(NOW + 1)
    assert [seen.frame.captured_at for seen in script.seen] == [NOW, NOW + 1]


def test_rule_time_is_measured_by_the_given_clock() -> None:
    ticks = iter(range(1000))
    bench = Bench([Script(), Script()])
    bench.pipeline._cpu_clock = lambda: float(next(ticks))
    bench.pipeline.add(camera_with(OBSTRUCTION, GATHERING))
    bench.show(NOW)
    assert bench.pipeline.stats().rule_seconds == 3.0, "the background's and two rules'"
