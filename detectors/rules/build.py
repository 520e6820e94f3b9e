"""From a zone's configuration to the rule that watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, assert_never

from configs.rules import (
    DumpedConfig,
    FireSmokeConfig,
    GatheringConfig,
    IntrusionConfig,
    LineCrossingConfig,
    LoiteringConfig,
    ObstructionConfig,
    ZoneRule,
)
from configs.town import Camera, Zone
from detectors.episode import Policy
from detectors.hours import Hours
from detectors.rules.dumped import DumpedRule
from detectors.rules.fire_smoke import HEAD_START_PART, FireSmokeRule
from detectors.rules.gathering import GatheringRule
from detectors.rules.intrusion import IntrusionRule
from detectors.rules.line_crossing import LineCrossingRule
from detectors.rules.loitering import LoiteringRule
from detectors.rules.movers import Movers
from detectors.rules.obstruction import PATIENT, ObstructionRule
from detectors.rules.rule import Heed, Rule
from detectors.zone_mask import ZoneMask

BuildRule = Callable[[ZoneRule, Zone, Camera, Hours], Rule[Any]]


def build(config: ZoneRule, zone: Zone, camera: Camera, hours: Hours) -> Rule[Any]:
    """The rule that `config` asks for. Its state is the rule's own affair, hence `Any`; it is the
    same for the same rule by night."""
    mask = ZoneMask.of(zone.polygon, zone.masks)
    policies = policies_of(config, zone, camera, hours)
    match config:
        case ObstructionConfig():
            return ObstructionRule(config, mask, policies[0])
        case GatheringConfig():
            return GatheringRule(config, mask, policies[0], zone.area_m2)
        case FireSmokeConfig():
            return FireSmokeRule(config, mask, *policies)
        case IntrusionConfig():
            movers = Movers.of(zone.polygon, zone.masks, config.min_height, config.scale)
            return IntrusionRule(config, mask, policies[0], movers)
        case LineCrossingConfig():
            movers = Movers.of(zone.polygon, zone.masks, config.min_height, config.scale)
            line = LineCrossingRule.line_of(config)
            return LineCrossingRule(config, mask, policies[0], movers, line)
        case LoiteringConfig():
            movers = Movers.of(zone.polygon, zone.masks, config.min_height, config.scale)
            return LoiteringRule(config, mask, policies[0], movers)
        case DumpedConfig():
            return DumpedRule(config, mask, policies[0])
        case _:
            assert_never(config)


def policies_of(config: ZoneRule, zone: Zone, camera: Camera, hours: Hours) -> tuple[Policy, ...]:
    """How its episodes open and end, in the order of `config.events`."""
    policies = (_policy(config, event, zone, camera, hours) for event in config.events)
    if isinstance(config, GatheringConfig):
        on, off = config.thresholds(zone.area_m2)
        return tuple(replace(each, on=on, off=off) for each in policies)
    if isinstance(config, ObstructionConfig):
        return tuple(replace(each, patient=each.dwell >= PATIENT) for each in policies)
    if isinstance(config, FireSmokeConfig):
        return tuple(replace(each, most_late=HEAD_START_PART * each.dwell) for each in policies)
    return tuple(policies)


def heeds_of(config: ZoneRule) -> Callable[..., Heed]:
    """What its rule heeds of its episodes, which come as arguments in the order of `events`."""
    match config:
        case ObstructionConfig():
            return ObstructionRule.heeds
        case GatheringConfig():
            return GatheringRule.heeds
        case FireSmokeConfig():
            return FireSmokeRule.heeds
        case IntrusionConfig():
            return IntrusionRule.heeds
        case LineCrossingConfig():
            return LineCrossingRule.heeds
        case LoiteringConfig():
            return LoiteringRule.heeds
        case DumpedConfig():
            return DumpedRule.heeds
        case _:
            assert_never(config)


def _policy(config: ZoneRule, event: str, zone: Zone, camera: Camera, hours: Hours) -> Policy:
    return Policy(
        key=f"{camera.id}/{zone.id}/{event}",
        dwell=config.must_last(event),
        clear_after=config.clear_after,
        cooldown=config.cooldown,
        needed=config.confirm.needed,
        window=config.confirm.of,
        max_gap=max(15.0, 4 * camera.scan_interval),
        confidence=config.confidence,
        hours=None if hours.schedule is None else hours,
    )
