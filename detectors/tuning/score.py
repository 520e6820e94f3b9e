"""What a setting is worth: figures of its plays, and which settings no other one is better than."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from detectors.evaluation.case import Case
from detectors.evaluation.figures import Figures
from detectors.evaluation.matching import Verdict, verdicts
from detectors.evaluation.truth import Span, Truth, as_played
from detectors.tuning.replayed import Spell
from detectors.tuning.sweep import Swept


@dataclass(frozen=True, slots=True)
class SweptPlay:
    """One clip, played once with each setting of a grid."""

    case: Case
    phase: float
    seconds: float
    swept: Swept
    nights: tuple[Span, ...] = ()


@dataclass(slots=True)
class Tally:
    """What of one event type came of one play. `found`: indices of the truths."""

    found: set[int] = field(default_factory=set)
    repeats: int = 0
    false: int = 0
    ignored: int = 0
    delays: list[float] = field(default_factory=list)


class Scores:
    """The figures of one event type over plays, for every setting of a grid."""

    def __init__(self, plays: Sequence[SweptPlay], event: str, phases: int) -> None:
        self._plays = tuple(play for play in plays if event in play.case.events)
        self._phases = phases
        self._truths = tuple(_truths(play, event) for play in self._plays)
        self._tallies = tuple(
            tuple(_tally(truths, spells, event) for spells in play.swept.distinct)
            for play, truths in zip(self._plays, self._truths, strict=True)
        )
        self._seconds = math.fsum(play.seconds for play in self._plays)
        self._required = sum(not truth.optional for truths in self._truths for truth in truths)

    def figures(self, index: int) -> Figures:
        """Those of the setting of this index."""
        tallies = list(self._of(index))
        return Figures(
            phases=self._phases,
            required=self._required,
            hits=sum(len(each.found) for each in tallies),
            repeats=sum(each.repeats for each in tallies),
            false=sum(each.false for each in tallies),
            ignored=sum(each.ignored for each in tallies),
            seconds=self._seconds,
            delays=tuple(sorted(delay for each in tallies for delay in each.delays)),
        )

    def found(self, index: int) -> set[tuple[str, int]]:
        """Clip and index of the truths that a setting found in more than half of its phases."""
        times: dict[tuple[str, int], int] = {}
        for play, tally in zip(self._plays, self._of(index), strict=True):
            for truth in tally.found:
                key = play.case.clip.id, truth
                times[key] = times.get(key, 0) + 1
        return {key for key, count in times.items() if 2 * count > self._phases}

    def quiet(self, index: int) -> set[str]:
        """The clips without a false alarm or a repeat in any phase."""
        pairs = list(zip(self._plays, self._of(index), strict=True))
        loud = {play.case.clip.id for play, tally in pairs if tally.false or tally.repeats}
        return {play.case.clip.id for play, _ in pairs} - loud

    def _of(self, index: int) -> Iterable[Tally]:
        for play, tallies in zip(self._plays, self._tallies, strict=True):
            yield tallies[play.swept.which[index]]


def _truths(play: SweptPlay, event: str) -> tuple[Truth, ...]:
    truths = as_played(play.case.truths, play.seconds, play.nights)
    return tuple(truth for truth in truths if truth.event == event)


def _tally(truths: Sequence[Truth], spells: Iterable[Spell], event: str) -> Tally:
    tally = Tally()
    for spell, verdict, index in verdicts(truths, [each for each in spells if each.event == event]):
        match verdict:
            case Verdict.HIT if index is not None:
                tally.found.add(index)
                tally.delays.append(spell.at - truths[index].due)
            case Verdict.REPEAT:
                tally.repeats += 1
            case Verdict.FALSE:
                tally.false += 1
            case _:
                tally.ignored += 1
    return tally


Objectives = tuple[float, float, float]
"""Missed part of the truths, false alarms an hour, 95th percentile of the delay: less is better."""


def objectives(found: Figures) -> Objectives:
    """What a setting is judged by. One that finds nothing has no delay to be proud of, and neither
    has one that alarms before a thing is due: else every tie would go to the shortest dwell."""
    recall, hourly, delay = found.recall, found.false_alarms_per_camera_hour, found.delay_p95
    return (
        0.0 if recall is None else 1.0 - recall,
        0.0 if hourly is None else hourly,
        max(0.0, delay) if delay is not None else (math.inf if found.required else 0.0),
    )


def pareto(points: Sequence[Objectives]) -> list[int]:
    """Indices of the points that none is better than: as good in all and better in one. Of equal
    ones the first; in order of the points."""
    first = dict[Objectives, int]()
    for index, point in enumerate(points):
        first.setdefault(point, index)
    kept: list[Objectives] = []
    # In ascending order only an earlier point can be better than a later one.
    for point in sorted(first):
        if not any(all(a <= b for a, b in zip(one, point, strict=True)) for one in kept):
            kept.append(point)
    return [first[point] for point in kept]
