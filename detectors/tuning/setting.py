"""One combination of knob values, and the rules and clips as they are with it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from configs.rules import ZoneRule
from configs.shadow import turned
from detectors.evaluation.case import Case


class Turn(NamedTuple):
    """A knob and the value that it is turned to. `path`: `dwell`, or `confirm.needed`."""

    path: str
    value: JsonValue


class Setting(NamedTuple):
    """What is to be different in every rule of one kind; nothing: the rules as they are."""

    rule: str
    turns: tuple[Turn, ...] = ()

    def of(self, rule: ZoneRule) -> ZoneRule:
        """A rule as it is with this setting, by night too where the night had the day's value.

        Raises:
            ValueError: the values contradict each other, or what the rule is set to besides.
        """
        if rule.rule != self.rule or not self.turns:
            return rule
        knobs: dict[str, JsonValue] = {}
        inside: dict[str, dict[str, JsonValue]] = {}
        for path, value in self.turns:
            name, _, inner = path.partition(".")
            if inner:
                inside.setdefault(name, getattr(rule, name).model_dump(mode="json"))[inner] = value
            else:
                knobs[name] = value
        knobs |= inside
        try:
            return type(rule).model_validate(turned(rule, knobs))
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            raise ValueError(fault["msg"].removeprefix("Value error, ")) from None


def with_setting(case: Case, setting: Setting) -> Case:
    """A clip with other rules. Its truths stay those of the suite's own: what must be found, and
    from when on, must not depend on what looks for it.

    Raises:
        ValueError: a rule cannot be set so.
    """
    zones = tuple(
        zone.model_copy(update={"rules": tuple(setting.of(rule) for rule in zone.rules)})
        for zone in case.camera.zones
    )
    return replace(case, camera=case.camera.model_copy(update={"zones": zones}))
