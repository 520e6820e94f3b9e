"""One clip made ready to be played: its camera as a town file would describe it, and its truths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from configs.rules import ZoneRule
from configs.suite import Suite, SuiteClip
from configs.town import Camera, Zone
from configs.values import Name, Position
from detectors.evaluation.truth import Truth, truths_of
from detectors.watch import models_of

_NOWHERE = Position(lon=0.0, lat=0.0)


@dataclass(frozen=True, slots=True)
class Case:
    """What is needed to play a clip. Goes from process to process."""

    clip: SuiteClip
    camera: Camera
    truths: tuple[Truth, ...]
    folder: Path
    """The suite's: files are relative to it."""

    @property
    def events(self) -> frozenset[str]:
        """Codes of what its rules can find."""
        return frozenset(
            event for zone in self.camera.zones for rule in zone.rules for event in rule.events
        )


def cases_of(
    suite: Suite, folder: Path, *, use_models: bool, choose: Iterable[SuiteClip] | None = None
) -> tuple[Case, ...]:
    """The chosen clips of a suite, or all."""
    clips = suite.clips if choose is None else choose
    return tuple(
        Case(clip, _camera(suite, clip, use_models=use_models), truths_of(suite, clip), folder)
        for clip in clips
    )


def models_named(cases: Iterable[Case]) -> tuple[str, ...]:
    """The models that the rules of these clips name, sorted."""
    return tuple(sorted({name for case in cases for name in models_of(case.camera)}))


def _camera(suite: Suite, clip: SuiteClip, *, use_models: bool) -> Camera:
    zones = tuple(
        Zone(
            id=zone.id,
            name=Name(zh=zone.id, en=zone.id),
            polygon=zone.polygon,
            ground=_NOWHERE,
            area_m2=zone.area_m2,
            masks=zone.masks,
            rules=tuple(_as_played(rule, use_models=use_models) for rule in suite.rules_of(zone)),
        )
        for zone in clip.zones
    )
    return Camera(
        id=clip.id,
        name=Name(zh=clip.id, en=clip.id),
        url="file",
        position=_NOWHERE,
        scan_interval=clip.every,
        zones=zones,
        # Nobody lives in a drawn scene, and what was missed there is to be seen.
        blur_people=clip.scene is None and not suite.public,
    )


def _as_played(rule: ZoneRule, *, use_models: bool) -> ZoneRule:
    """A clip has no time of day, so that a rule watches all of it, whatever its schedule."""
    changes = {"schedule": None} if use_models else {"schedule": None, "model": None}
    night = rule.night and rule.night.model_copy(update=changes)
    return rule.model_copy(update={**changes, "night": night})
