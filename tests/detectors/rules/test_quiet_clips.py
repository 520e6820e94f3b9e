"""On real clips where nothing happens, no rule says anything, with no model to help it."""

from __future__ import annotations

import pytest

from configs.rules import FireSmokeConfig, GatheringConfig, ObstructionConfig, ZoneRule
from tests.detectors.rules.watching import Clip, rule_on, scans, watch
from tests.services import need_data

PERSON_HEIGHT = {
    "bgs_highway.avi": 0.15,
    "bgs_road_overhead.avi": 0.12,
    "intel_car-detection.mp4": 0.25,
    "intel_one-by-one-person-detection.mp4": 0.7,
    "pavement_pedestrian_surveillance.mp4": 0.25,
    "pets09_s2l1_vtest_480x360.avi": 0.17,
    "shop_1080p_person.mp4": 0.7,
    "street_vehicle_surveillance.mp4": 0.15,
}
"""Clips, and how tall a person is in the middle of each, as a fraction of the picture."""
WATCHED = 60.0


@pytest.mark.parametrize("name", PERSON_HEIGHT)
def test_nothing_is_found(name: str) -> None:
    clip = Clip(need_data("clips", name), most_seconds=30.0)
    rules: list[ZoneRule] = [
        ObstructionConfig(rule="obstruction", dwell=20, model=None),
        GatheringConfig(
            rule="gathering", duration=20, person_height=PERSON_HEIGHT[name], model=None
        ),
        FireSmokeConfig(rule="fire_smoke"),
    ]
    heard = [each for rule in rules for each in watch(rule_on(rule), clip, scans(WATCHED))]
    assert [each.finding.event for each in heard] == []
