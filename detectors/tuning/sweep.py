"""All settings of a rule on one recorded clip, with as few full replays as give the exact answer.

A setting is replayed in full, and what every rule told its episodes is kept. The settings that
differ from it in nothing but policies are then told the same; a setting that would have heeded the
same of its episodes at every scan is settled by that. Of those that are left the next is replayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from configs.rules import ZoneRule
from configs.town import Camera
from detectors.evaluation.case import Case
from detectors.pictures import ReplayError
from detectors.rules.rule import Heed
from detectors.tuning.recording import Recording
from detectors.tuning.replayed import Overheard, Spell, replayed
from detectors.tuning.retold import retold
from detectors.tuning.setting import Setting, with_setting

Spells = tuple[Spell, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """What came of each setting: `which` of the `distinct` outcomes. `replays`: how many of them
    were looked at in full."""

    distinct: tuple[Spells, ...]
    which: tuple[int, ...]
    replays: int

    def of(self, index: int) -> Spells:
        """The episodes of the setting of this index."""
        return self.distinct[self.which[index]]


def sweep(
    case: Case, recording: Recording, settings: Sequence[Setting], *, fast: bool = True
) -> Swept:
    """Try settings of one rule on a clip; of its episodes alone is told. Not `fast`: each of them
    is replayed in full.

    Raises:
        ReplayError: a rule fails, or told its episodes something else than it says.
    """
    cameras = [with_setting(case, setting).camera for setting in settings]
    rule = settings[0].rule
    found: dict[int, Spells] = {}
    replays = 0
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, camera in enumerate(cameras):
        key = _seen_by(camera, rule) if fast else (str(index),)
        groups.setdefault(key, []).append(index)
    for pending in groups.values():
        while pending:
            known = _Known.of(cameras[pending[0]], rule, recording)
            replays += 1
            left = []
            for index in pending:
                spells = known.under(cameras[index])
                if spells is None:
                    left.append(index)
                else:
                    found[index] = spells
            pending[:] = left
    distinct = dict.fromkeys(found.values())
    numbers = {spells: number for number, spells in enumerate(distinct)}
    which = tuple(numbers[found[index]] for index in range(len(cameras)))
    return Swept(tuple(distinct), which, replays)


@dataclass(frozen=True, slots=True)
class _Known:
    """One camera that was replayed in full: what its rules of one kind told and heeded."""

    rule: str
    overheard: tuple[Overheard, ...]
    heeds: tuple[tuple[Heed, ...], ...]

    @staticmethod
    def of(camera: Camera, rule: str, recording: Recording) -> _Known:
        overheard = tuple(each for each in replayed(camera, recording) if each.config.rule == rule)
        heeds = []
        for each in overheard:
            again = retold(each.config, each.zone, camera, each.hearings)
            if again is None or again.spells != tuple(each.spells):
                raise ReplayError(
                    f"{rule} in zone {each.zone.id} tells its episodes something else than its "
                    "step says it told (Step.told)"
                )
            heeds.append(again.heeds)
        return _Known(rule, overheard, tuple(heeds))

    def under(self, camera: Camera) -> Spells | None:
        """The episodes under another camera's policies; None where they would have changed what
        the rules saw."""
        spells: list[Spell] = []
        configs = _rules(camera, self.rule)
        for config, each, heeds in zip(configs, self.overheard, self.heeds, strict=True):
            again = retold(config, each.zone, camera, each.hearings, heeds)
            if again is None:
                return None
            spells += again.spells
        return tuple(spells)


def _rules(camera: Camera, kind: str) -> list[ZoneRule]:
    return [rule for zone in camera.zones for rule in zone.rules if rule.rule == kind]


def _seen_by(camera: Camera, kind: str) -> tuple[str, ...]:
    """What decides what the rules of one kind see: all of their settings but the policies."""
    return tuple(
        each.model_dump_json(exclude=set(each.policy_knobs | {"night"}))
        for rule in _rules(camera, kind)
        for each in ((rule,) if rule.night is None else (rule, rule.night))
    )
