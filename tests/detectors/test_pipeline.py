from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Barrier, Thread

import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from configs.rules import GatheringConfig, ObstructionConfig, ZoneRule
from configs.town import Camera, Zone
from detectors.config_version import config_version
from detectors.detections import Detections
from detectors.event import Blur, Box, Event, EvidenceKind, Method, Phase
from detectors.event_id import compose
from detectors.evidence import MOST_WAITING, EvidenceMaker
from detectors.outbox import Evidence, OutboxError
from detectors.pipeline import Pipeline
from detectors.recorder import MOST_UNWRITTEN
from detectors.rules.rule import Finding, Observation, Rule, Step
from detectors.scenery import Claim
from detectors.watched import ANSWER_PATIENCE, LoadedModel, Sight
from ingest.clip import Clip
from ingest.health import CameraState, Health
from tests.detectors.pictures import ACTIVE, STILL, camera_with, frame_at

NOW = 1_790_000_000.0
OBSTRUCTION = ObstructionConfig(rule="obstruction", model="eyes")
GATHERING = GatheringConfig(rule="gathering", model="eyes")
SMOKE = Box(x1=0.1, y1=0.1, x2=0.5, y2=0.5, label="thing", confidence=0.9)


def finding(phase: Phase = Phase.OPENED, method: Method = Method.BACKGROUND) -> Finding:
    return Finding("lane_blocked", phase, compose(1, 1), NOW - 60, 0.9, method, (SMOKE,))


@dataclass
class Script:
    """A rule that answers as the test says and remembers what it was shown."""

    answer: Callable[[Observation], Step[int]] = lambda _seen: Step(0)
    seen: list[Observation] = field(default_factory=list)
    states: list[int] = field(default_factory=list)

    def initial(self) -> int:
        return 0

    def step(self, state: int, observation: Observation, now: float) -> Step[int]:
        assert now == observation.frame.captured_at
        self.seen.append(observation)
        self.states.append(state)
        return self.answer(observation)


@dataclass
class Eyes:
    """A detector that answers when the test says so."""

    asked: list[Callable[[Detections | None], None]] = field(default_factory=list)

    def submit(
        self,
        camera_id: str,
        picture: NDArray[np.uint8],
        captured_at: float,
        done: Callable[[Detections | None], None],
    ) -> None:
        self.asked.append(done)


class CrossedEyes(Eyes):
    """Answers each of two cameras from the other's `submit`, when both are in it."""

    def __init__(self) -> None:
        super().__init__()
        self.both = Barrier(2)

    def submit(
        self,
        camera_id: str,
        picture: NDArray[np.uint8],
        captured_at: float,
        done: Callable[[Detections | None], None],
    ) -> None:
        self.asked.append(done)
        self.both.wait(5.0)
        next(other for other in self.asked if other is not done)(None)


@dataclass
class NoFootage:
    bursts: list[str] = field(default_factory=list)
    cuts: list[tuple[float, float]] = field(default_factory=list)

    def clip(self, camera_id: str, start: float, end: float) -> Clip | None:
        self.cuts.append((start, end))
        return None

    def request_burst(self, camera_id: str) -> None:
        self.bursts.append(camera_id)


class Bench:
    """A pipeline on which rules, detector, clock and outbox are the test's own."""

    def __init__(self, scripts: Sequence[Script], *, floor: float = 0.0) -> None:
        self.now = NOW
        self.recorded: list[Event] = []
        self.disk_trouble: Exception | None = None
        self.seen_trouble: Exception | None = None
        self.kept: list[Evidence] = []
        self.eyes = Eyes()
        self.models = {"eyes": LoadedModel(self.eyes, "0123456789ab", ("person", "car"))}
        self.footage = NoFootage()
        self.built: list[ZoneRule] = []
        self.scripts = iter(scripts)
        self.evidence = EvidenceMaker(self.kept.append, clock=lambda: self.now)
        self.pipeline = Pipeline(
            "shard-0",
            record=self._record,
            evidence=self.evidence,
            models=self.models,
            epoch=lambda: 5,
            clock=lambda: self.now,
            catalogue_version="2026.1",
            confidence_floor=floor,
            seen=self._seen,
            build_rule=self._build,
        )
        self.pipeline.attach(self.footage)

    def _record(self, event: Event) -> None:
        if self.disk_trouble is not None:
            raise self.disk_trouble
        self.recorded.append(event)

    def _seen(self, _camera: Camera, _sight: Sight) -> None:
        if self.seen_trouble is not None:
            raise self.seen_trouble

    def _build(self, config: ZoneRule, _zone: Zone, _camera: Camera) -> Rule[int]:
        self.built.append(config)
        return next(self.scripts)

    def show(self, at: float, camera_id: str = "lane-1", *, active: bool = False) -> None:
        self.pipeline.scanned(frame_at(camera_id, at), ACTIVE if active else STILL)


def tell(
    *findings: Finding, wants_burst: bool = False, wants_detections: bool = False
) -> Callable[[Observation], Step[int]]:
    return lambda _seen: Step(0, findings, wants_burst, wants_detections)


def test_a_finding_becomes_an_event_with_all_that_is_known() -> None:
    bench = Bench([Script(tell(finding(method=Method.FUSED)))])
    camera = camera_with(OBSTRUCTION)
    bench.pipeline.add(camera)
    bench.show(NOW)
    [event] = bench.recorded
    assert event.id.version == 7
    assert (event.source, event.subject) == ("/shards/shard-0/cameras/lane-1", "lane-1/gate")
    assert (event.shard, event.epoch, event.time.timestamp()) == ("shard-0", 5, NOW)
    data = event.data
    assert data.started_at.timestamp() == NOW - 60
    assert data.position == camera.zones[0].ground, "the zone's ground, not the camera's"
    assert data.model_versions == {"eyes": "0123456789ab"}
    assert data.config_version == config_version(camera, "2026.1")
    assert (data.blur, data.boxes) == (Blur.PEOPLE, (SMOKE,))
    assert data.evidence == tuple(EvidenceKind)


def test_a_classical_finding_names_no_model_and_an_end_has_no_evidence() -> None:
    bench = Bench([Script(tell(finding(Phase.CLEARED)))])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW)
    assert bench.recorded[0].data.model_versions == {}
    assert bench.recorded[0].data.evidence == ()
    assert bench.evidence.run_due() is None


def test_the_config_version_changes_with_the_camera_and_with_the_catalogue() -> None:
    camera = camera_with(OBSTRUCTION)
    versions = {
        config_version(camera, "1"),
        config_version(camera, "2"),
        config_version(camera_with(GATHERING), "1"),
    }
    assert len(versions) == 3
    assert config_version(camera, "1") == config_version(camera_with(OBSTRUCTION), "1")


def test_the_towns_floor_is_the_least_that_a_rule_is_asked_for() -> None:
    bench = Bench([Script(), Script()], floor=0.6)
    bench.pipeline.add(camera_with(OBSTRUCTION, GATHERING.model_copy(update={"confidence": 0.8})))
    assert [config.confidence for config in bench.built] == [0.6, 0.8]


def test_what_a_rule_is_too_unsure_of_is_not_told_and_neither_is_its_end() -> None:
    phases = iter([Phase.OPENED, Phase.CLEARED])
    bench = Bench([Script(lambda _seen: Step(0, (finding(next(phases)),)))], floor=0.95)
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW)
    bench.show(NOW + 1)
    assert bench.recorded == []


def test_a_model_that_comes_later_is_used_from_then_on() -> None:
    bench = Bench([Script()])
    come = bench.models.pop("eyes")
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW, active=True)
    bench.models["eyes"] = come
    bench.show(NOW + 1, active=True)
    assert len(bench.eyes.asked) == 1


def test_a_rule_that_raises_harms_only_itself_and_is_said_once() -> None:
    def burst_into_tears(seen: Observation) -> Step[int]:
        if seen.frame.captured_at < NOW + 3:
            raise ZeroDivisionError("no pixels")
        return Step(1)

    bad, good = Script(burst_into_tears), Script(tell(finding()))
    bench = Bench([bad, good])
    bench.pipeline.add(camera_with(OBSTRUCTION, GATHERING))
    with capture_logs() as logs:
        for second in range(3):
            bench.show(NOW + second)
        [broken] = bench.pipeline.broken_rules()
        bench.show(NOW + 3)
    assert (broken.camera_id, broken.zone_id, broken.rule) == ("lane-1", "gate", "obstruction")
    assert broken.error == "ZeroDivisionError: no pixels"
    assert len(bench.recorded) == 4
    assert [log["event"] for log in logs if log["event"].startswith("rule.")] == [
        "rule.failed",
        "rule.works_again",
    ]
    assert bench.pipeline.broken_rules() == ()


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


def test_pictures_of_an_unknown_camera_are_nobodys() -> None:
    bench = Bench([])
    bench.show(NOW, "ghost")
    bench.pipeline.burst_decoded("ghost", [])
    bench.pipeline.health_changed(Health("ghost", CameraState.ONLINE, NOW))
    assert bench.pipeline.health() == ()


def test_replacing_a_camera_keeps_the_memory_of_rules_that_did_not_change() -> None:
    kept = Script(lambda _seen: Step(7))
    fresh = Script()
    bench = Bench([kept, Script(), fresh])
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
    bench = Bench([bad, other, fresh])
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
    bench = Bench([script])
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


def test_a_removed_camera_is_forgotten_and_late_answers_are_ignored() -> None:
    script = Script(tell(finding()))
    bench = Bench([script])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW, active=True)
    bench.pipeline.remove("lane-1")
    bench.eyes.asked[0](Detections.empty())
    bench.show(NOW + 1)
    assert (script.seen, bench.recorded, bench.pipeline.health()) == ([], [], ())


def test_an_event_that_cannot_be_written_has_not_happened_until_it_is() -> None:
    bench = Bench([Script(tell(finding()))])
    bench.disk_trouble = OutboxError("database or disk is full")
    bench.pipeline.add(camera_with(OBSTRUCTION))
    with capture_logs() as logs:
        for second in range(3):
            bench.show(NOW + second)
            bench.pipeline.tick()
        stats = bench.pipeline.stats()
        assert (stats.events, stats.events_unwritten) == (0, 3)
        bench.disk_trouble = None
        bench.pipeline.tick()
    stats = bench.pipeline.stats()
    assert (stats.events, stats.events_unwritten, stats.events_lost) == (3, 0, 0)
    assert [event.time.timestamp() - NOW for event in bench.recorded] == [0, 1, 2]
    assert [log["event"] for log in logs if log["event"] != "event.recorded"] == [
        "events.not_written",
        "events.written_again",
    ]
    assert bench.evidence.run_due() is None, "a picture that will not come is not announced either"
    assert [event.data.evidence for event in bench.recorded] == [(), (), ()]


def test_events_that_wait_for_the_disk_are_bounded_and_the_oldest_goes() -> None:
    bench = Bench([Script(tell(finding()))])
    bench.disk_trouble = OutboxError("database or disk is full")
    bench.pipeline.add(camera_with(OBSTRUCTION))
    with capture_logs() as logs:
        for second in range(MOST_UNWRITTEN + 2):
            bench.show(NOW + second)
    assert bench.pipeline.stats().events_lost == 2
    assert [log["event"] for log in logs].count("events.lost") == 1
    bench.disk_trouble = None
    bench.pipeline.tick()
    assert bench.recorded[0].time.timestamp() == NOW + 2


def test_a_fault_behind_a_finding_holds_no_scan_back_and_is_said_once() -> None:
    script = Script(tell(finding()))
    bench = Bench([script])
    bench.disk_trouble = ValueError("a fault of the program's own")
    bench.pipeline.add(camera_with(OBSTRUCTION))
    with capture_logs() as logs:
        bench.show(NOW)
        bench.show(NOW + 1)
        bench.disk_trouble = None
        bench.show(NOW + 2)
    assert len(script.seen) == 3
    assert [log["event"] for log in logs] == [
        "finding.failed",
        "event.recorded",
        "finding.works_again",
    ]


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


def test_a_camera_that_stays_away_is_told_with_its_own_place() -> None:
    bench = Bench([])
    camera = camera_with()
    bench.pipeline.add(camera)
    bench.pipeline.health_changed(Health("lane-1", CameraState.OFFLINE, NOW, "no route"))
    for _ in range(62):
        bench.pipeline.tick()
        bench.now += 1
    [event] = bench.recorded
    assert (event.data.event_type, event.data.zone_id) == ("camera_offline", None)
    assert (event.subject, event.data.position) == ("lane-1/-", camera.position)
    assert (event.data.method, event.data.note) == (Method.HEALTH, "offline: no route")
    assert event.data.evidence == ()


def test_snapshots_come_at_once_and_the_ring_is_asked_before_it_forgets() -> None:
    bench = Bench([Script(tell(finding()))])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW)
    wait = bench.evidence.run_due()
    assert [piece.kind for piece in bench.kept] == [
        EvidenceKind.SNAPSHOT,
        EvidenceKind.SNAPSHOT_CLEAR,
    ]
    assert all(piece.data.startswith(b"\xff\xd8\xff") for piece in bench.kept)
    assert {piece.event_id for piece in bench.kept} == {bench.recorded[0].id}
    assert bench.footage.cuts == [(NOW - 24, NOW)]
    assert wait == pytest.approx(10.0)
    bench.now += 10
    with capture_logs() as logs:
        bench.evidence.run_due()
    assert bench.footage.cuts[1:] == [(NOW, NOW + 8)]
    assert [log["event"] for log in logs] == ["evidence.no_clip"]


def test_a_camera_without_people_to_hide_has_one_snapshot() -> None:
    bench = Bench([Script(tell(finding()))])
    bench.pipeline.add(camera_with(OBSTRUCTION, blur_people=False))
    bench.show(NOW)
    bench.evidence.run_due()
    assert [piece.kind for piece in bench.kept] == [EvidenceKind.SNAPSHOT]
    assert bench.recorded[0].data.blur is Blur.NONE


def test_too_many_waiting_clips_are_cut_short_and_not_forgotten() -> None:
    bench = Bench([Script(tell(finding()))])
    bench.pipeline.add(camera_with(OBSTRUCTION))
    for second in range(MOST_WAITING + 5):
        bench.show(NOW + second / 100)
        bench.evidence.run_due()
    ends = [end for start, end in bench.footage.cuts if end - start == pytest.approx(8.0)]
    assert len(ends) == 5


def test_rule_time_is_measured_by_the_given_clock() -> None:
    ticks = iter(range(1000))
    bench = Bench([Script(), Script()])
    bench.pipeline._cpu_clock = lambda: float(next(ticks))
    bench.pipeline.add(camera_with(OBSTRUCTION, GATHERING))
    bench.show(NOW)
    assert bench.pipeline.stats().rule_seconds == 3.0, "the background's and two rules'"
