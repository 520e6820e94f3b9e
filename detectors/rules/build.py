"""From a zone's configuration to the rule that watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, assert_never

from configs.rules import FireSmokeConfig, GatheringConfig, ObstructionConfig, ZoneRule
from configs.town import Camera, Zone
from detectors.episode import Policy
from detectors.hours import Hours
from detectors.rules.fire_smoke import FireSmokeRule
from detectors.rules.gathering import GatheringRule
from detectors.rules.obstruction import ObstructionRule
from detectors.rules.rule import Rule
from detectors.zone_mask import ZoneMask

BuildRule = Callable[[ZoneRule, Zone, Camera, Hours], Rule[Any]]


def build(config: ZoneRule, zone: Zone, camera: Camera, hours: Hours) -> Rule[Any]:
    """The rule that `config` asks for. Its state is the rule's own affair, hence `Any`; it is the
    same for the same rule by night."""
    mask = ZoneMask.of(zone.polygon, zone.masks)
    policy = Policy(
        key=f"{camera.id}/{zone.id}/{config.event}",
        dwell=config.must_last(config.event),
        clear_after=config.clear_after,
        cooldown=config.cooldown,
        needed=config.confirm.needed,
        window=config.confirm.of,
        max_gap=max(15.0, 4 * camera.scan_interval),
        confidence=config.confidence,
        hours=hours,
    )
    match config:
        case ObstructionConfig():
            return ObstructionRule(config, mask, policy)
        case GatheringConfig():
            policy = replace(policy, on=config.on_count, off=config.off_count)
            return GatheringRule(config, mask, policy)
        case FireSmokeConfig():
            smoke = replace(
                policy,
                key=f"{camera.id}/{zone.id}/{config.smoke_event}",
                dwell=config.must_last(config.smoke_event),
            )
            return FireSmokeRule(config, mask, policy, smoke)
        case _:
            assert_never(config)
