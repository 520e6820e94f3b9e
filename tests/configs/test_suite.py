"""A suite's faults are named with their line and their mend."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from configs.errors import ConfigError, Problem
from configs.rules import (
    FireSmokeConfig,
    GatheringConfig,
    ObstructionConfig,
    RuleConfig,
    ZoneRule,
)
from configs.suite import Suite
from configs.suite_checks import load_suite

SOUND = """\
version: 1
title: Lanes
thresholds:
  lane_blocked: {recall: 0.95, precision: 0.9, delay_p95: 5s}
  fire: {false_alarms_per_camera_hour: 0.1}
rules:
  lane: [{rule: obstruction, dwell: 20s}]
clips:
  - id: van
    file: clips/van.mp4
    length: 60s
    tags: [night, headlights]
    zones:
      - {id: lane, polygon: [[0.1, 0.5], [0.9, 0.5], [0.5, 0.9]], rules: lane}
    truth:
      - {zone: lane, event: lane_blocked, start: 20s, end: 50s}
      - {zone: lane, event: lane_blocked, start: 5s, end: 9s, ignore: true}
  - id: drawn
    scene: quiet_lane
    zones:
      - id: all
        polygon: [[0, 0], [1, 0], [1, 1]]
        rules: [{rule: fire_smoke, duration: 5s}]
"""


def loaded(tmp_path: Path, text: str = SOUND) -> Suite:
    path = tmp_path / "suite.yaml"
    path.write_text(text, encoding="utf-8")
    return load_suite(path)


def problems_of(tmp_path: Path, text: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    return caught.value.problems


def test_a_sound_suite_is_read(tmp_path: Path) -> None:
    suite = loaded(tmp_path)
    van, drawn = suite.clips
    assert (van.every, van.length, van.repeat, van.tags) == (2.0, 60.0, 1, ("night", "headlights"))
    [lane] = suite.rules_of(van.zones[0])
    assert isinstance(lane, ObstructionConfig)
    assert lane.dwell == 20.0
    assert [rule.rule for rule in suite.rules_of(drawn.zones[0])] == ["fire_smoke"]
    assert suite.thresholds["lane_blocked"].delay_p95 == 5.0
    assert suite.events_of(drawn) == {"fire", "smoke"}


@pytest.mark.parametrize(
    ("sound", "broken", "line", "where", "message", "fix"),
    [
        ("recall:", "recal:", 4, "thresholds.lane_blocked.recal", "'recal'", "'recall'"),
        ("recall: 0.95", "recall: 95", 4, "lane_blocked.recall", "less than or equal to 1", "95"),
        ("delay_p95: 5s", "delay_p95: soon", 4, "delay_p95", "'soon' is not a duration", ""),
        ("  fire: {", "  flood: {", 5, "thresholds.flood", "no rule of this suite", "remove"),
        ("fire: {", "fire: {recall: 1, ", 5, "fire.recall", "cannot be judged", "add a clip"),
        ("rule: obstruction", "rule: obstrution", 7, "rules.lane[0].rule", "no rule 'obstrution'",
         "did you mean 'obstruction'"),
        ("rule: obstruction", "rule: aliens", 7, "rules.lane[0].rule", "no rule 'aliens'",
         "there are obstruction, gathering"),
        ("rule: obstruction, dwell", "dwell", 7, "rules.lane[0]", "'rule' is missing",
         "add 'rule'"),
        ("obstruction, dwell", "obstruction, dwel", 7, "rules.lane[0].dwel", "'dwel'", "'dwell'"),
        ("[{rule: obstruction, dwell: 20s}]", "[]", 7, "rules.lane", "at least 1", ""),
        ("obstruction,", "obstruction, event: ufo,", 7, "rules.lane[0]", "'ufo'", "catalogue"),
        ("id: van", "id: Van 3", 9, "clips[0].id", "'Van 3' does not fit", "a-z"),
        ("id: drawn", "id: van", 18, "clips[1].id", "clips[0] already", "its own"),
        ("    scene: quiet_lane\n", "", 18, "clips[1]", "either file or scene", ""),
        ("    scene:", "    file: a.mp4\n    scene:", 18, "clips[1]", "either file or scene", ""),
        ("length: 60s", "length: 0s", 9, "clips[0]", "length must be more", ""),
        ("length: 60s", "length: 15s", 16, "truth[0].start", "after the end", "first picture"),
        ("length: 60s", "repeat: 0", 11, "clips[0].repeat", "greater than or equal to 1", "0"),
        ("length: 60s", "every: 0s", 11, "clips[0].every", "greater than 0", ""),
        ("tags: [night, ", "tags: ['', ", 12, "clips[0].tags[0]", "at least 1", ""),
        ("rules: lane}", "rules: lanes}", 14, "zones[0].rules", "named 'lanes'", "are: lane"),
        ("fire_smoke, duration: 5s", "gathering, on_density: 2, off_density: 1", 21, "zones[0]",
         "area_m2", "add"),
        ("rules: lane}", "rules: 3}", 14, "zones[0].rules", "valid tuple", "3"),
        ("[0.9, 0.5]", "[90, 0.5]", 14, "polygon[1][0]", "less than or equal to 1", "90"),
        ("[[0.1, 0.5], ", "[", 14, "zones[0].polygon", "at least 3", ""),
        ("zone: lane, event: lane_blocked, start: 20s", "zone: lan, event: lane_blocked, start: 2s",
         16, "truth[0].zone", "'lan' is no zone", "it has lane"),
        ("event: lane_blocked, start: 5s", "event: fire, start: 5s",
         17, "truth[1].event", "no rule of zone 'lane' looks for 'fire'", "lane_blocked"),
        ("obstruction, dwell: 20s", "line_crossing, event: lane_blocked, line: [[0, 0], [1, 0]]",
         14, "zones[0].rules", "does not touch the zone", "through the zone"),
        ("end: 50s", "end: 10s", 16, "truth[0]", "end (10 s) must lie after start (20 s)", ""),
        (", end: 50s", "", 16, "truth[0].end", "is missing", "add 'end'"),
        ("duration: 5s", "dwell: 5s", 23, "rules[0].dwell", "'dwell' is not a key", ""),
        ("version: 1", "version: 2", 1, "version", "1", "2"),
        ("title: Lanes\n", "", 1, "title", "is missing", "add 'title'"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_line_and_mend(
    tmp_path: Path, sound: str, broken: str, line: int, where: str, message: str, fix: str
) -> None:
    assert sound in SOUND
    found = problems_of(tmp_path, SOUND.replace(sound, broken, 1))[0]
    assert found.line == line, str(found)
    assert where in found.where, str(found)
    assert message in found.message, str(found)
    assert fix in found.fix, str(found)


def test_a_suite_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml.*cannot be read"):
        load_suite(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("rule", "seconds"),
    [
        (ObstructionConfig(rule="obstruction", dwell=20), {"lane_blocked": 20.0}),
        (GatheringConfig(rule="gathering", duration=15), {"gathering": 15.0}),
        (FireSmokeConfig(rule="fire_smoke", duration=6), {"fire": 6.0, "smoke": 12.0}),
    ],
)
def test_a_rule_says_what_it_finds_and_how_long_that_must_last(
    rule: RuleConfig, seconds: dict[str, float]
) -> None:
    assert {event: rule.must_last(event) for event in rule.events} == seconds


def test_every_rule_of_a_zone_says_how_long() -> None:
    for config in get_args(get_args(ZoneRule)[0]):
        assert config.must_last is not RuleConfig.must_last, config.__name__


def test_of_two_rules_for_one_event_the_quicker_sets_the_dwell(tmp_path: Path) -> None:
    quick = "dwell: 20s}, {rule: obstruction, dwell: 8s}"
    suite = loaded(tmp_path, SOUND.replace("dwell: 20s}", quick))
    assert suite.must_last(suite.clips[0], "lane", "lane_blocked") == 8.0
    assert suite.must_last(suite.clips[0], "lane", "fire") is None


def test_a_recipe_is_told_as_one(tmp_path: Path) -> None:
    recipe = SOUND.replace("file: clips/van.mp4", "clip: {kind: vehicle_stops}\n    seeds: [1]")
    [found] = problems_of(tmp_path, recipe)
    assert (found.line, found.where) == (10, "clips[0].clip")
    assert "has to be composed first" in found.message
    assert "tests.composer" in found.fix
