"""Which settings are tried: all combinations of one rule's knobs, or a seeded sample of them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from configs.rules import ZoneRule
from detectors.tuning.knob import Knob
from detectors.tuning.setting import Setting, Turn


@dataclass(frozen=True, slots=True)
class Grid:
    """The settings of one rule, the first of which changes nothing.

    `combinations`: how many there are in all. `contradictory`: how many of those that were looked
    at no rule can be set to.
    """

    rule: str
    knobs: tuple[Knob, ...]
    settings: tuple[Setting, ...]
    combinations: int
    contradictory: int

    @property
    def is_sample(self) -> bool:
        return len(self.settings) + self.contradictory < self.combinations


def grids_of(
    knobs: Sequence[Knob], rules: Iterable[ZoneRule], *, most: int, seed: int
) -> tuple[Grid, ...]:
    """A grid a rule. Rules are turned by themselves: each event type has a front of its own, and
    the knobs of another rule would only repeat every point of it."""
    rules = tuple(dict.fromkeys(rules))
    kinds = dict.fromkeys(knob.rule for knob in knobs)
    return tuple(
        _grid(
            kind,
            tuple(knob for knob in knobs if knob.rule == kind),
            [rule for rule in rules if rule.rule == kind],
            most,
            seed,
        )
        for kind in kinds
    )


def _grid(
    kind: str, knobs: tuple[Knob, ...], rules: Sequence[ZoneRule], most: int, seed: int
) -> Grid:
    combinations = math.prod(len(knob.values) for knob in knobs)
    chosen: Iterable[int] = range(combinations)
    if combinations > most:
        chosen = sorted(random.Random(seed).sample(range(combinations), most))  # noqa: S311
    settings, contradictory = [Setting(kind)], 0
    for number in chosen:
        setting = Setting(kind, _turns(knobs, number))
        try:
            same = all(setting.of(rule) == rule for rule in rules)
        except ValueError:
            contradictory += 1
            continue
        if not same:
            settings.append(setting)
    return Grid(kind, knobs, tuple(settings), combinations, contradictory)


def _turns(knobs: Sequence[Knob], number: int) -> tuple[Turn, ...]:
    turns = []
    for knob in reversed(knobs):
        number, index = divmod(number, len(knob.values))
        turns.append(Turn(knob.path, knob.values[index]))
    return tuple(reversed(turns))
