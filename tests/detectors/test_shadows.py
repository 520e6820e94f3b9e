"""Shadows see what the rules saw, and change nothing of it."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from configs.rules import ObstructionConfig, ZoneRule
from configs.town import Camera, Zone
from detectors.config_version import config_version
from detectors.detections import Detections
from detectors.event import Event, EvidenceKind, Phase
from detectors.evidence import SMALL, EvidenceMaker
from detectors.hours import Hours
from detectors.pipeline import Pipeline
from detectors.rules import build
from detectors.rules.rule import Observation, Rule, Step
from detectors.scenery import Claim
from detectors.shadows import LATE, OPENINGS_AN_HOUR
from detectors.watched import LoadedModel
from ingest.frame import Frame, small_grey
from tests.detectors.pictures import ACTIVE, STILL, camera_with, frame_at
from tests.detectors.pipeline_bench import NOW, Bench, Eyes, Script, finding, tell
from tests.detectors.rules.drawn import standing
from tests.detectors.rules.watching import Picture


def with_shadow(*shadows: dict[str, JsonValue], model: str | None = None) -> ObstructionConfig:
    return ObstructionConfig.model_validate(
        {
            "rule": "obstruction",
            "model": model,
            "dwell": 5,
            "clear_after": 4,
            "cooldown": 3,
            "shadow": list(shadows),
        }
    )


SHORT: dict[str, JsonValue] = {"name": "short", "dwell": 2}


def bench_with(*scripts: Script) -> Bench:
    bench = Bench(scripts)
    bench.pipeline._with_shadows = True
    return bench


def show(bench: Bench, at: float, *, active: bool = False) -> None:
    bench.now = at
    bench.show(at, active=active)


def test_a_shadows_finding_is_recorded_marked_and_under_the_version_it_would_have() -> None:
    bench = bench_with(Script(), Script(tell(finding())))
    rule = with_shadow(SHORT)
    bench.pipeline.add(camera_with(rule))
    show(bench, NOW)
    [event] = bench.recorded
    assert (event.data.shadow, event.data.zone_id) == ("short", "gate")
    assert event.data.evidence == (EvidenceKind.SNAPSHOT,)
    assert event.data.lane == "lane-1#short"
    [tried] = rule.in_shadow()
    assert event.data.config_version == config_version(camera_with(tried), "2026.1")


def test_nothing_changes_for_a_camera_by_its_having_a_shadow() -> None:
    assert config_version(camera_with(with_shadow(SHORT)), "1") == config_version(
        camera_with(with_shadow()), "1"
    )


def test_a_shadow_that_comes_at_run_time_leaves_the_rule_its_memory() -> None:
    kept, shadow = Script(lambda _seen: Step(7)), Script(lambda _seen: Step(8))
    bench = bench_with(kept, kept, shadow, kept, shadow)
    bench.pipeline.add(camera_with(with_shadow()))
    show(bench, NOW)
    for second in (1, 2):
        bench.pipeline.replace(camera_with(with_shadow(SHORT)))
        show(bench, NOW + second)
    assert (kept.states, shadow.states) == ([0, 7, 7], [0, 8])


def test_a_camera_that_is_put_again_begins_no_new_hour() -> None:
    rule, shadow = Script(), Script(tell(finding()))
    bench = bench_with(rule, shadow, rule, shadow)
    for first in (0, OPENINGS_AN_HOUR):
        bench.pipeline.replace(camera_with(with_shadow(SHORT)))
        for second in range(OPENINGS_AN_HOUR):
            show(bench, NOW + first + second)
    assert len(bench.recorded) == OPENINGS_AN_HOUR


def test_nobody_else_runs_shadows() -> None:
    bench = Bench([Script(tell(finding()))])
    bench.pipeline.add(camera_with(with_shadow(SHORT)))
    show(bench, NOW)
    assert [event.data.shadow for event in bench.recorded] == [None]


def test_a_small_blurred_snapshot_is_all_the_evidence() -> None:
    bench = bench_with(Script(), Script(tell(finding())))
    bench.pipeline.add(camera_with(with_shadow(SHORT)))
    show(bench, NOW)
    assert bench.evidence.run_due() is None, "no clip"
    [piece] = bench.kept
    assert (piece.kind, bench.footage.cuts) == (EvidenceKind.SNAPSHOT, [])
    with av.open(io.BytesIO(piece.data)) as picture:
        assert picture.streams.video[0].width == SMALL


def test_a_shadows_snapshot_gives_way_to_any_other() -> None:
    bench = bench_with(Script(tell(finding())), Script(tell(finding())))
    bench.pipeline.add(camera_with(with_shadow(SHORT)))
    show(bench, NOW)
    bench.evidence.run_due()
    live = next(event for event in bench.recorded if event.data.shadow is None)
    assert {piece.event_id for piece in bench.kept} == {live.id}
    assert bench.pipeline.stats().evidence_dropped == 1


def test_a_late_shard_skips_its_shadows_first_and_counts_it() -> None:
    live, shadow = Script(), Script()
    bench = bench_with(live, shadow)
    bench.pipeline.add(camera_with(with_shadow(SHORT)))
    bench.now = NOW + LATE + 0.1
    bench.show(NOW)
    show(bench, NOW + 5)
    assert (len(live.seen), len(shadow.seen)) == (2, 1)
    stats = bench.pipeline.stats().shadows
    assert (stats.scans, stats.skipped) == (2, 1)


def test_a_scan_that_has_another_behind_it_is_not_for_shadows() -> None:
    live, shadow = Script(), Script()
    bench = bench_with(live, shadow)
    bench.pipeline.add(camera_with(with_shadow(SHORT, model="eyes")))
    show(bench, NOW, active=True)
    show(bench, NOW + 1)
    bench.eyes.asked[0](Detections.empty())
    assert (len(live.seen), len(shadow.seen)) == (2, 1)


def test_a_shadow_is_given_the_detections_of_its_rule() -> None:
    live, shadow = Script(), Script()
    bench = bench_with(live, shadow)
    bench.pipeline.add(camera_with(with_shadow(SHORT, model="eyes")))
    show(bench, NOW, active=True)
    seen = Detections.empty(("person",))
    bench.eyes.asked[0](seen)
    assert len(bench.eyes.asked) == 1, "it is not asked a second time"
    assert shadow.seen[0].detections is live.seen[0].detections is seen


def test_the_rule_never_waits_for_its_shadows_detector() -> None:
    live, shadow = Script(), Script()
    bench = bench_with(live, shadow)
    other = Eyes()
    bench.models["other"] = LoadedModel(other, "ba9876543210", ("car",))
    bench.pipeline.add(camera_with(with_shadow({"name": "m", "model": "other"})))
    for second in range(3):
        show(bench, NOW + second, active=True)
    assert (len(live.seen), len(shadow.seen), len(other.asked)) == (3, 0, 1)
    assert all(one.detections is None for one in live.seen)
    seen = Detections.empty(("car",))
    other.asked[0](seen)
    [observation] = shadow.seen
    assert (observation.frame.captured_at, observation.detections) == (NOW, seen)
    assert bench.pipeline.stats().shadows.skipped == 2


def test_a_shadows_detector_is_asked_only_while_nobody_waits_at_any() -> None:
    live, shadow = Script(), Script()
    bench = bench_with(live, shadow)
    other = Eyes()
    bench.models["other"] = LoadedModel(other, "ba9876543210", ("car",))
    bench.models["eyes"] = LoadedModel(bench.eyes, "0123456789ab", ("person",), lambda: False)
    bench.pipeline.add(camera_with(with_shadow({"name": "m", "model": "other"})))
    show(bench, NOW, active=True)
    assert (other.asked, len(live.seen)) == ([], 1)
    assert bench.pipeline.stats().shadows.skipped == 1


def test_a_shadow_asks_for_no_burst_and_shares_that_of_its_rule() -> None:
    live, shadow = Script(), Script(tell(wants_burst=True))
    bench = bench_with(live, shadow)
    bench.pipeline.add(camera_with(with_shadow(SHORT)))
    show(bench, NOW)
    assert bench.footage.bursts == []
    live.answer = tell(wants_burst=True)
    show(bench, NOW + 1)
    bench.pipeline.burst_decoded("lane-1", [frame_at("lane-1", NOW + 1.5)])
    show(bench, NOW + 2)
    assert len(shadow.seen[2].burst) == len(live.seen[2].burst) == 1


def test_what_a_shadow_claims_is_not_heeded() -> None:
    held = np.full((90, 160), 255, np.uint8)
    claiming = Script(lambda _seen: Step(0, claim=Claim(held=held, absorbed=held)))
    bench = bench_with(Script(), claiming)
    bench.pipeline.add(camera_with(with_shadow(SHORT)))
    show(bench, NOW)
    assert bench.pipeline._cameras["lane-1"]._scenery.held is None


def test_an_eager_shadow_is_told_so_many_times_an_hour_and_their_ends_match() -> None:
    phases = iter([Phase.OPENED, Phase.CLEARED] * 40)

    def toggle(seen: Observation) -> Step[int]:
        found = finding(next(phases))
        at = int(seen.frame.captured_at - NOW) // 2
        return Step(0, (replace(found, episode_id=UUID(int=at)),))

    bench = bench_with(Script(), Script(toggle))
    bench.pipeline.add(camera_with(with_shadow(SHORT)))
    for second in range(60):
        show(bench, NOW + second)
    phases_told = [event.data.phase for event in bench.recorded]
    assert phases_told.count(Phase.OPENED) == phases_told.count(Phase.CLEARED) == OPENINGS_AN_HOUR
    assert bench.pipeline.stats().shadows.untold == 30 - OPENINGS_AN_HOUR
    show(bench, NOW + 3700)
    assert bench.recorded[-1].data.phase is Phase.OPENED


def test_a_shadow_that_raises_or_cannot_be_recorded_harms_nobody() -> None:
    def tears(_seen: Observation) -> Step[int]:
        raise ZeroDivisionError

    live = Script()
    bench = bench_with(live, Script(tears), Script(tell(finding())))
    bench.disk_trouble = ValueError("a fault of the program's own")
    bench.pipeline.add(camera_with(with_shadow(SHORT, {"name": "two", "dwell": 3})))
    for second in range(2):
        show(bench, NOW + second)
    assert len(live.seen) == 2
    assert bench.pipeline.broken_rules() == ()


# --- the property: what rules see and find is the same with and without shadows


@dataclass
class Spied:
    """A real rule, and a copy of all that it was shown."""

    rule: Rule[Any]
    seen: list[bytes]

    def initial(self) -> Any:
        return self.rule.initial()

    def step(self, state: Any, observation: Observation, now: float) -> Step[Any]:
        parts = (now, observation.background, observation.view, observation.detections)
        self.seen.append(pickle.dumps((*parts, len(observation.burst))))
        return self.rule.step(state, observation, now)


@dataclass
class Schedule:
    """A detector that answers rules at once, and shadows when it likes."""

    moods: Sequence[int]
    late: list[Callable[[Detections | None], None]] = field(default_factory=list)
    asked: int = 0

    def submit(
        self,
        camera_id: str,
        frame: Frame,
        done: Callable[[Detections | None], None],
    ) -> None:
        if "#" not in camera_id:
            done(_car() if int(frame.captured_at) % 3 else None)
            return
        self.asked += 1
        mood = self.moods[self.asked % len(self.moods)]
        if mood == 0:
            done(_car())
        elif mood == 1:
            self.late.append(done)

    def catch_up(self) -> None:
        for done in self.late:
            done(_car())
        self.late.clear()


def _car() -> Detections:
    return Detections(
        np.array([[118, 78, 192, 130]], np.float32),
        np.array([0.9], np.float32),
        np.array([0]),
        ("car",),
    )


@dataclass(frozen=True)
class Day:
    frames: Sequence[Frame]
    active: Sequence[bool]


def _day(comes: float, leaves: float, active: Sequence[bool]) -> Day:
    """A van that stops, seen every two seconds."""
    shoot = standing(comes, leaves)
    return Day([_frame(2.0 * scan, shoot) for scan in range(len(active))], active)


def _frame(at: float, shoot: Callable[[float], Picture]) -> Frame:
    pixels = shoot(at)
    picture = av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format="yuv420p")
    return Frame("lane-1", NOW + at, int(at * 90_000), small_grey(picture), picture)


def _run(day: Day, rule: ObstructionConfig, moods: Sequence[int]) -> tuple[list[bytes], list[Any]]:
    """What the rules were shown and the live events of a day."""
    seen: list[bytes] = []
    events: list[Event] = []
    clock = [NOW]

    def spied(config: ZoneRule, zone: Zone, camera: Camera, hours: Hours) -> Rule[Any]:
        made = build(config, zone, camera, hours)
        return Spied(made, seen) if config == rule.alone else made

    eyes, other = Schedule(moods), Schedule(moods)
    pipeline = Pipeline(
        "shard-0",
        record=events.append,
        evidence=EvidenceMaker(lambda _piece: None, clock=lambda: clock[0]),
        models={
            "eyes": LoadedModel(eyes, "0123456789ab", ("car",)),
            "other": LoadedModel(other, "ba9876543210", ("car",)),
        },
        epoch=lambda: 1,
        clock=lambda: clock[0],
        build_rule=spied,
        with_shadows=True,
    )
    pipeline.add(camera_with(rule))
    for frame, active in zip(day.frames, day.active, strict=True):
        clock[0] = frame.captured_at
        pipeline.scanned(frame, ACTIVE if active else STILL)
        for each in (eyes, other):
            if int(frame.captured_at) % 4 == 0:
                each.catch_up()
    return seen, [event.data.model_dump() for event in events if event.data.shadow is None]


KNOBS = st.fixed_dictionaries(
    {"dwell": st.sampled_from([0, 1, 30])},
    optional={
        "min_area": st.sampled_from([0.001, 0.2]),
        "model": st.sampled_from(["eyes", "other", None]),
        "clear_after": st.sampled_from([1, 9]),
        "cooldown": st.just(0),
        "confidence": st.sampled_from([0.0, 0.99]),
    },
)
SCANS = 40


@settings(max_examples=25, deadline=None)
@given(
    comes=st.integers(16, 40),
    stays=st.integers(6, 40),
    active=st.lists(st.booleans(), min_size=SCANS, max_size=SCANS),
    model=st.sampled_from([None, "eyes"]),
    knobs=st.lists(KNOBS, min_size=1, max_size=4),
    moods=st.lists(st.integers(0, 2), min_size=1, max_size=5),
)
def test_rules_see_and_find_the_same_with_and_without_shadows(
    comes: int,
    stays: int,
    active: list[bool],
    model: str | None,
    knobs: list[dict[str, JsonValue]],
    moods: list[int],
) -> None:
    day = _day(comes, comes + stays, active)
    shadows = [{"name": f"s{index}", **each} for index, each in enumerate(knobs)]
    with_them = _run(day, with_shadow(*shadows, model=model), moods)
    assert with_them == _run(day, with_shadow(model=model), moods)


@pytest.mark.parametrize("model", [None, "eyes"])
def test_the_days_of_that_property_hold_something_to_find(model: str | None) -> None:
    _, events = _run(_day(20, 50, [True] * SCANS), with_shadow(model=model), [0])
    assert [event["phase"] for event in events] == [Phase.OPENED, Phase.CLEARED]
