"""What becomes of a finding: an event on disk, told once, with its evidence."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from configs.schedule import Schedule
from detectors.config_version import config_version
from detectors.detections import Detections
from detectors.event import Blur, EvidenceKind, Method, Phase
from detectors.evidence import MOST_WAITING, EvidenceMaker
from detectors.outbox import OutboxError
from detectors.pipeline import Pipeline
from detectors.recorder import MOST_UNWRITTEN
from detectors.rules.obstruction import ObstructionRule
from detectors.rules.rule import Observation, Step
from detectors.town_wide import TownWide
from detectors.zone_watch import ZoneWatch
from ingest.health import CameraState, Health
from tests.detectors.pictures import camera_with
from tests.detectors.pipeline_bench import (
    GATHERING,
    NOW,
    OBSTRUCTION,
    SMOKE,
    Bench,
    Script,
    finding,
    tell,
)


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


def test_a_new_floor_or_time_zone_reaches_the_rules_that_it_concerns_and_no_others() -> None:
    by_hours = OBSTRUCTION.model_copy(update={"schedule": Schedule()})
    sure = GATHERING.model_copy(update={"confidence": 0.8})
    bench = Bench([Script() for _ in range(9)], floor=0.6)
    bench.pipeline.add(camera_with(OBSTRUCTION, by_hours, sure))

    def watches() -> list[ZoneWatch]:
        return list(bench.pipeline._cameras["lane-1"].watches)

    def kept(before: list[ZoneWatch], now: list[ZoneWatch]) -> list[bool]:
        return [one is other for one, other in zip(before, now, strict=True)]

    before = watches()
    bench.pipeline.follow(TownWide(confidence_floor=0.6, timezone="Asia/Shanghai"))
    in_china = watches()
    assert kept(before, in_china) == [True, False, True]
    bench.pipeline.follow(TownWide(confidence_floor=0.7, timezone="Asia/Shanghai"))
    surer = watches()
    assert kept(in_china, surer) == [False, False, True]
    assert [watch.config.confidence for watch in surer] == [0.7, 0.7, 0.8]


def test_scans_that_come_seldom_now_reach_a_rule_that_expects_them_so() -> None:
    """Else every gap is longer than its evidence may be interrupted, and it is silent for good."""
    often, seldom = Script(lambda _seen: Step(7)), Script(lambda _seen: Step(8))
    bench = Bench([often, seldom])
    bench.pipeline.add(camera_with(OBSTRUCTION, scan_interval=4.0))
    bench.show(NOW)
    bench.pipeline.replace(camera_with(OBSTRUCTION, scan_interval=30.0))
    bench.show(NOW + 30)
    assert [len(often.seen), len(seldom.seen)] == [1, 1]
    assert seldom.states == [7], "what was remembered is kept"


def test_evidence_goes_on_over_scans_that_come_seldom_now() -> None:
    pipeline = Pipeline(
        "shard-0",
        record=lambda _event: None,
        evidence=EvidenceMaker(lambda _evidence: None, clock=lambda: NOW),
        models={},
        epoch=lambda: 5,
        clock=lambda: NOW,
    )
    pipeline.add(camera_with(OBSTRUCTION, scan_interval=4.0))
    pipeline.replace(camera_with(OBSTRUCTION, scan_interval=30.0))
    [watch] = pipeline._cameras["lane-1"].watches
    assert isinstance(watch.by_day, ObstructionRule)
    assert watch.by_day.policy.max_gap > 30.0


def test_what_a_rule_is_too_unsure_of_is_not_told_and_neither_is_its_end() -> None:
    phases = iter([Phase.OPENED, Phase.CLEARED])
    bench = Bench([Script(lambda _seen: Step(0, (finding(next(phases)),)))], floor=0.95)
    bench.pipeline.add(camera_with(OBSTRUCTION))
    bench.show(NOW)
    bench.show(NOW + 1)
    assert bench.recorded == []


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


def test_pictures_of_an_unknown_camera_are_nobodys() -> None:
    bench = Bench([])
    bench.show(NOW, "ghost")
    bench.pipeline.burst_decoded("ghost", [])
    bench.pipeline.health_changed(Health("ghost", CameraState.ONLINE, NOW))
    assert bench.pipeline.health() == ()


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
