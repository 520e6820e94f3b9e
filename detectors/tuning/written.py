"""The chosen rules as YAML, to be pasted into a suite or a town file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import yaml
from pydantic import BeforeValidator, JsonValue
from pydantic.fields import FieldInfo

from configs.rules import ZoneRule
from configs.shadow import turned
from configs.suite import Suite
from configs.values import parse_duration
from detectors.tuning.setting import Setting


def written(suite: Suite, settings: Iterable[Setting]) -> str:
    """Every set of rules that a setting turns, and every zone's own list; only what differs from
    the defaults."""
    chosen = {setting.rule: setting for setting in settings}
    sets = {
        name: _set(rules, chosen)
        for name, rules in suite.rules.items()
        if any(rule.rule in chosen for rule in rules)
    }
    parts = [_yaml({"rules": sets})] if sets else []
    for clip in suite.clips:
        for zone in clip.zones:
            if not isinstance(zone.rules, str) and any(r.rule in chosen for r in zone.rules):
                rules = {"rules": _set(zone.rules, chosen)}
                parts.append(f"# clip {clip.id}, zone {zone.id}\n{_yaml(rules)}")
    return "\n".join(parts)


def shown(field: FieldInfo | None, value: JsonValue) -> JsonValue:
    """A value as it is written: durations with their unit."""
    if field is not None and _is_duration(field) and isinstance(value, int | float):
        return f"{value:g}s"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _is_duration(field: FieldInfo) -> bool:
    return any(
        isinstance(each, BeforeValidator) and each.func is parse_duration for each in field.metadata
    )


def _set(rules: Sequence[ZoneRule], chosen: Mapping[str, Setting]) -> JsonValue:
    return [_rule(chosen[rule.rule].of(rule) if rule.rule in chosen else rule) for rule in rules]


def _rule(rule: ZoneRule) -> JsonValue:
    fields = type(rule).model_fields
    plain = {name: value for name, value in turned(rule, {}).items() if name != "night"}
    told: dict[str, JsonValue] = {"rule": rule.rule}
    for name in plain:
        if getattr(rule, name) != fields[name].get_default(call_default_factory=True):
            value = rule.model_dump(mode="json", include={name})[name]
            told[name] = shown(fields[name], value)
    if rule.night is not None:
        night = rule.night.model_dump(mode="json", exclude={"night", "shadow"})
        told["night"] = {
            name: shown(fields[name], value)
            for name, value in night.items()
            if getattr(rule.night, name) != getattr(rule, name)
        }
    return told


def _yaml(data: JsonValue) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=None))
