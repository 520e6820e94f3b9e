"""The work of other processes: a clip swept; and what the pipeline makes of a winner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from detectors.evaluation.case import Case
from detectors.evaluation.footage import footage_of
from detectors.evaluation.isolated import Task
from detectors.evaluation.nights import Nights
from detectors.evaluation.played import Played
from detectors.evaluation.truth import Span
from detectors.pictures import ReplayError
from detectors.tuning.recording import Recording
from detectors.tuning.replayed import Spell
from detectors.tuning.score import SweptPlay
from detectors.tuning.setting import Setting
from detectors.tuning.sweep import Spells, sweep

_CLOSE = 0.001
"""Seconds: an event's times are whole microseconds."""


@dataclass(frozen=True, slots=True)
class Sweeping:
    """Tries settings of one rule on the recording that lies in `task.kept`."""

    settings: tuple[Setting, ...]

    def __call__(self, task: Task) -> SweptPlay:
        if task.kept is None:
            raise ValueError("a task without a recording")
        try:
            pictures = footage_of(task.case.clip, task.case.folder)
            recording = Recording.load(task.kept, pictures)
        except (OSError, ValueError) as error:
            raise ReplayError(f"its recording {task.kept} cannot be read: {error}") from None
        swept = sweep(task.case, recording, self.settings)
        return SweptPlay(
            task.case, task.phase, recording.manifest.seconds, swept, _nights_of(recording)
        )


def _nights_of(recording: Recording) -> tuple[Span, ...]:
    nights = Nights()
    for index in range(len(recording)):
        frame, _ = recording.scan(index)
        nights.see(frame, frame.captured_at)
    return nights.spans


def has_rule(case: Case, rule: str) -> bool:
    """Whether a clip is watched by a rule of this kind."""
    return any(each.rule == rule for zone in case.camera.zones for each in zone.rules)


def events_of(cases: Iterable[Case], rule: str) -> tuple[str, ...]:
    """What the rules of one kind find in these clips, sorted."""
    rules = (each for case in cases for zone in case.camera.zones for each in zone.rules)
    return tuple(sorted({event for each in rules if each.rule == rule for event in each.events}))


def differences(expected: Spells, done: Played, events: Sequence[str]) -> Iterator[str]:
    """What a clip told otherwise in the pipeline than in the replay."""
    told = [
        Spell(each.zone, each.event, each.at, each.started_at, each.cleared_at)
        for each in done.openings
        if each.event in events
    ]
    missing = sorted(expected, key=_order)
    for spell in sorted(told, key=_order):
        twin = next((each for each in missing if _same(each, spell)), None)
        if twin is None:
            yield f"{done.clip_id}: {_words(spell)} in the pipeline, and not in the replay"
        else:
            missing.remove(twin)
    for spell in missing:
        yield f"{done.clip_id}: {_words(spell)} in the replay, and not in the pipeline"


def _order(spell: Spell) -> tuple[float, str, str]:
    return spell.at, spell.event, spell.zone


def _same(one: Spell, other: Spell) -> bool:
    if one[:2] != other[:2] or (one.cleared_at is None) != (other.cleared_at is None):
        return False
    pairs = (
        (one.at, other.at),
        (one.started_at, other.started_at),
        (one.cleared_at or 0.0, other.cleared_at or 0.0),
    )
    return all(abs(a - b) <= _CLOSE for a, b in pairs)


def _words(spell: Spell) -> str:
    end = "not ended" if spell.cleared_at is None else f"ended at {spell.cleared_at:.1f} s"
    return f"{spell.event} in {spell.zone} opened at {spell.at:.1f} s, {end},"
