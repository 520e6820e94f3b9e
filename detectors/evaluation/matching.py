"""Which alarm is right: every opened episode is a hit, a repeat, false, or counts for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from detectors.evaluation.played import Opening
from detectors.evaluation.truth import Truth

GRACE = 5.0
"""Seconds after a truth's end in which an episode may still open for it: two scans of the usual
2 s and the second by which an end told by eye is wrong. Whoever comes then finds the place as it
was told, or sees the thing leave."""


class Opened(Protocol):
    """What must be known of an episode to judge it."""

    @property
    def zone(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def at(self) -> float: ...


OpenedT = TypeVar("OpenedT", bound=Opened)


class Verdict(StrEnum):
    HIT = "hit"
    REPEAT = "repeat"
    """Another alarm for what was found already: it would be another ticket."""
    FALSE = "false"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Judged:
    """One episode and what it was; `truth` is None where it was false."""

    opening: Opening
    verdict: Verdict
    truth: Truth | None

    @property
    def delay(self) -> float | None:
        """Seconds from when a hit's episode could open at the earliest; negative when it opened
        before its dwell was over."""
        if self.verdict is not Verdict.HIT or self.truth is None:
            return None
        return self.opening.at - self.truth.due


@dataclass(frozen=True, slots=True)
class Match:
    """All episodes of one play, in order of time, and the truths that none of them found."""

    judged: tuple[Judged, ...]
    missed: tuple[Truth, ...]

    def of(self, verdict: Verdict) -> tuple[Judged, ...]:
        return tuple(each for each in self.judged if each.verdict is verdict)


def match(truths: Iterable[Truth], openings: Iterable[Opening]) -> Match:
    """Judge the episodes of one play.

    An episode is for a truth of its zone and event when it opens from the truth's start to GRACE
    after its end. In order of time each takes the truth that ends first among those that are not
    found yet, which finds as many as can be found.
    """
    truths = tuple(truths)
    found: set[int] = set()
    judged = []
    for opening, verdict, index in verdicts(truths, openings):
        if verdict is Verdict.HIT and index is not None:
            found.add(index)
        judged.append(Judged(opening, verdict, None if index is None else truths[index]))
    missed = tuple(
        truth for index, truth in enumerate(truths) if not truth.optional and index not in found
    )
    return Match(tuple(judged), missed)


def verdicts(
    truths: Sequence[Truth], opened: Iterable[OpenedT]
) -> Iterator[tuple[OpenedT, Verdict, int | None]]:
    """Each episode in order of time, what it was, and the index of the truth that it was for."""
    found: set[int] = set()
    for opening in sorted(opened, key=lambda each: (each.at, each.event, each.zone)):
        verdict, index = _judge(opening, truths, found)
        if verdict is Verdict.HIT and index is not None:
            found.add(index)
        yield opening, verdict, index


def _judge(opening: Opened, truths: Sequence[Truth], found: set[int]) -> tuple[Verdict, int | None]:
    meant = sorted(
        (index for index, truth in enumerate(truths) if _is_for(opening, truth)),
        key=lambda index: (truths[index].end, truths[index].start),
    )
    required = [index for index in meant if not truths[index].optional]
    not_found = [index for index in required if index not in found]
    optional = [index for index in meant if truths[index].optional]
    if not_found:
        return Verdict.HIT, not_found[0]
    if optional:
        return Verdict.IGNORED, optional[0]
    if required:
        return Verdict.REPEAT, required[-1]
    return Verdict.FALSE, None


def _is_for(opening: Opened, truth: Truth) -> bool:
    same = (opening.zone, opening.event) == (truth.zone, truth.event)
    return same and truth.start <= opening.at <= truth.end + GRACE
