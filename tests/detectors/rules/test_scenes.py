"""The drawn village: its incidents are found in time, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from configs.rules import FireSmokeConfig, GatheringConfig, ObstructionConfig, ZoneRule
from configs.values import PicturePolygon
from detectors.event import Phase
from ingest.farm.scenes import PERIOD, SCENES, TruthKind, render, scene
from tests.detectors.rules.watching import WHOLE, Heard, Picture, rule_on, scans, watch

OBSTRUCTION = ObstructionConfig(rule="obstruction", dwell=20, clear_after=10, model=None)
GATHERING = GatheringConfig(
    rule="gathering", on_count=8, off_count=4, duration=15, person_height=0.14, model=None
)
FIRE = FireSmokeConfig(rule="fire_smoke", clear_after=10)

QUIET = [
    name for name in SCENES if name not in {"lane_blocked", "square_gathering", "woodpile_fire"}
]


def shooting(name: str) -> Callable[[float], Picture]:
    return lambda at: render(name, at)


def watched(name: str, config: ZoneRule, zone: PicturePolygon, seconds: float) -> list[Heard]:
    return watch(rule_on(config, zone), shooting(name), scans(seconds))


@pytest.mark.parametrize(
    ("name", "kind", "config", "event", "takes"),
    [
        ("lane_blocked", TruthKind.VEHICLE_STANDING, OBSTRUCTION, "lane_blocked", 20.0),
        ("square_gathering", TruthKind.GATHERING, GATHERING, "gathering", 15.0),
        ("woodpile_fire", TruthKind.FLAMES, FIRE, "fire", 6.0),
        ("woodpile_fire", TruthKind.SMOKE, FIRE, "smoke", 12.0),
    ],
)
def test_an_incident_is_found_soon_after_it_has_lasted(
    name: str, kind: TruthKind, config: ZoneRule, event: str, takes: float
) -> None:
    truth = next(each for each in scene(name).truth if each.kind is kind)
    heard = watched(name, config, truth.zone, min(PERIOD, truth.start + takes + 20.0))
    opened = [each for each in heard if each.finding.event == event]
    assert [each.phase for each in opened] == [Phase.OPENED]
    # The truth of the square begins with the fifteenth person; the eighth comes 7 s before.
    assert truth.start + takes - 8.0 <= opened[0].at <= truth.start + takes + 14.0


@pytest.mark.parametrize("name", QUIET)
@pytest.mark.parametrize("config", [OBSTRUCTION, GATHERING, FIRE], ids=lambda each: each.rule)
def test_in_a_quiet_scene_nothing_is_found(name: str, config: ZoneRule) -> None:
    assert watched(name, config, WHOLE, PERIOD) == []
