"""From a zone's configuration to the rule that watches it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

from configs.rules import FireSmokeConfig, GatheringConfig, ObstructionConfig, RuleConfig, ZoneRule
from configs.town import Camera, Zone
from detectors.episode import Policy
from detectors.rules.fire_smoke import FireSmokeRule
from detectors.rules.gathering import GatheringRule
from detectors.rules.obstruction import ObstructionRule
from detectors.rules.rule import Rule
from detectors.zone_mask import ZoneMask


def build(config: ZoneRule, zone: Zone, camera: Camera) -> Rule[Any]:
    """The rule that `config` asks for. Its state is the rule's own affair, hence `Any`."""
    mask = ZoneMask.of(zone.polygon)
    place = f"{camera.id}/{zone.id}"
    max_gap = max(15.0, 4 * camera.scan_interval)
    match config:
        case ObstructionConfig():
            return ObstructionRule(config, mask, _policy(config, config.event, place, max_gap))
        case GatheringConfig():
            policy = replace(
                _policy(config, config.event, place, max_gap),
                on=config.on_count,
                off=config.off_count,
            )
            return GatheringRule(config, mask, policy)
        case FireSmokeConfig():
            fire = _policy(config, config.event, place, max_gap)
            smoke = _policy(config, config.smoke_event, place, max_gap)
            return FireSmokeRule(config, mask, fire, smoke)
        case _:
            assert_never(config)


def _policy(config: RuleConfig, event: str, place: str, max_gap: float) -> Policy:
    return Policy(
        key=f"{place}/{event}",
        dwell=config.must_last(event),
        clear_after=config.clear_after,
        cooldown=config.cooldown,
        max_gap=max_gap,
    )
