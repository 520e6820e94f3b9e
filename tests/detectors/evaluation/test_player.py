"""A clip goes through the very pipeline of a shard."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from configs.rules import ZoneRule
from configs.suite import Suite
from configs.town import Camera, Zone
from detectors.evaluation.case import Case, cases_of, models_named
from detectors.evaluation.figures import review
from detectors.evaluation.matching import Verdict
from detectors.evaluation.player import play
from detectors.hours import Hours
from detectors.pictures import ReplayError, VideoFile
from detectors.rules import build
from detectors.rules.rule import Observation, Rule, Step
from tests.detectors.evaluation.samples import case
from tests.detectors.evaluation.videos import ARRIVES, lane_video

JPEG = b"\xff\xd8\xff"


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> VideoFile:
    return VideoFile(lane_video(tmp_path_factory.mktemp("lane") / "lane.mp4", seconds=30.0))


def whole_picture(made: Case) -> Case:
    [zone] = made.camera.zones
    whole = zone.model_copy(update={"polygon": ((0, 0), (1, 0), (1, 1), (0, 1))})
    return replace(made, camera=made.camera.model_copy(update={"zones": (whole,)}))


def test_what_blocks_the_lane_is_found_in_time(lane: VideoFile) -> None:
    made = whole_picture(case((ARRIVES, 30.0)))
    done = play(made, lane, {})
    assert done.seconds == pytest.approx(29.8)
    assert done.scans == 15
    [judged] = review(made, done).match.judged
    assert judged.verdict is Verdict.HIT
    assert judged.delay is not None
    assert -1.0 <= judged.delay <= 8.0
    assert judged.opening.snapshot.startswith(JPEG)
    assert judged.opening.config_version
    assert done.views[0].startswith(JPEG)


def test_by_night_its_dwell_counts(tmp_path: Path) -> None:
    shown = VideoFile(lane_video(tmp_path / "night.mp4", seconds=30.0, infrared=True))
    made = whole_picture(case((ARRIVES, 30.0), by_night=12.0))
    done = play(made, shown, {})
    assert done.nights == ((0.0, math.inf),)
    [judged] = review(made, done).match.judged
    assert judged.truth is not None
    assert judged.truth.due == ARRIVES + 12.0
    assert judged.delay is not None
    assert -1.0 <= judged.delay <= 6.0


def test_scans_can_be_late_by_a_phase(lane: VideoFile) -> None:
    made = whole_picture(case((ARRIVES, 30.0)))
    on_time, late = (play(made, lane, {}, phase=phase) for phase in (0.0, 1.0))
    [first], [second] = on_time.openings, late.openings
    assert first.at % 2.0 == pytest.approx(0.0, abs=0.01)
    assert second.at % 2.0 == pytest.approx(1.0, abs=0.01)


class Broken:
    """A rule that raises on its third picture."""

    def __init__(self, rule: Rule[Any]) -> None:
        self._rule = rule
        self._pictures = 0

    def initial(self) -> object:
        return self._rule.initial()

    def step(self, state: Any, observation: Observation, now: float) -> Step[Any]:
        self._pictures += 1
        if self._pictures == 3:
            raise ZeroDivisionError("three")
        return self._rule.step(state, observation, now)


def test_a_rule_that_breaks_is_no_rule_that_missed(lane: VideoFile) -> None:
    def build_broken(config: ZoneRule, zone: Zone, camera: Camera, hours: Hours) -> Rule[Any]:
        return Broken(build(config, zone, camera, hours))

    with pytest.raises(ReplayError, match=r"obstruction of zone lane failed.*three"):
        play(whole_picture(case()), lane, {}, build_rule=build_broken)


def test_rules_can_be_overheard(lane: VideoFile) -> None:
    """What a tuner needs: every observation of every rule, in order."""
    heard: list[float] = []

    class Overheard:
        def __init__(self, rule: Rule[Any]) -> None:
            self._rule = rule

        def initial(self) -> object:
            return self._rule.initial()

        def step(self, state: Any, observation: Observation, now: float) -> Step[Any]:
            heard.append(now)
            return self._rule.step(state, observation, now)

    play(case(), lane, {}, build_rule=lambda *what: Overheard(build(*what)))
    assert heard == pytest.approx([2.0 * number for number in range(15)])


def test_people_are_blurred_unless_the_suite_says_that_its_clips_are_public() -> None:
    clip = case().clip
    for public in (False, True):
        [made] = cases_of(Suite(title="t", public=public, clips=(clip,)), Path(), use_models=True)
        assert made.camera.blur_people is not public


def test_a_clip_has_no_hour_and_classical_methods_have_no_model() -> None:
    suite = Suite.model_validate(
        {
            "title": "hours",
            "clips": [
                {
                    "id": "clip",
                    "file": "none.mp4",
                    "zones": [
                        {
                            "id": "lane",
                            "polygon": [(0, 0), (1, 0), (1, 1)],
                            "rules": [
                                {
                                    "rule": "obstruction",
                                    "schedule": {"windows": [{"start": "22:00", "end": "06:00"}]},
                                    "night": {"dwell": 9},
                                }
                            ],
                        }
                    ],
                }
            ],
        }
    )
    [with_models] = cases_of(suite, Path(), use_models=True)
    [without] = cases_of(suite, Path(), use_models=False)
    assert models_named([with_models]) == ("yolox_nano",)
    assert models_named([without]) == ()
    [rule] = without.camera.zones[0].rules
    assert rule.schedule is None
    assert rule.night is not None
    assert (rule.night.schedule, rule.night.model) == (None, None)
