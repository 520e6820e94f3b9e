"""The figures of plays: recall, precision, false alarms an hour, delay."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, computed_field

from detectors.evaluation.case import Case
from detectors.evaluation.chance import poisson_below, wilson
from detectors.evaluation.matching import Match, Verdict, match
from detectors.evaluation.played import Played
from detectors.evaluation.truth import Truth, as_played

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Review:
    """One play held against the truth."""

    case: Case
    played: Played
    truths: tuple[Truth, ...]
    match: Match


def review(case: Case, played: Played) -> Review:
    """Hold what was played against what is true."""
    truths = as_played(case.truths, played.seconds, played.nights)
    return Review(case, played, truths, match(truths, played.openings))


class Figures(BaseModel):
    """Counts over plays, and what follows from them.

    A clip that was played in several phases counts in each; for how far a figure can be trusted
    (`recall_from`, `recall_to`, `false_alarms_per_camera_hour_below`) it counts once, since its
    plays are far from independent.
    """

    model_config = ConfigDict(frozen=True)

    phases: int
    required: int
    """Truths that had to be found."""
    hits: int
    repeats: int
    false: int
    ignored: int
    seconds: float
    """Played, of clips in which a rule looked for it."""
    delays: tuple[float, ...]
    """Seconds from when each hit could open at the earliest, ascending."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def missed(self) -> int:
        return self.required - self.hits

    @computed_field  # type: ignore[prop-decorator]
    @property
    def recall(self) -> float | None:
        return self.hits / self.required if self.required else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def recall_from(self) -> float | None:
        return self._recall_between[0] if self._recall_between else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def recall_to(self) -> float | None:
        return self._recall_between[1] if self._recall_between else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def false_alarms(self) -> int:
        """False ones and repeats: each would be a ticket."""
        return self.false + self.repeats

    @computed_field  # type: ignore[prop-decorator]
    @property
    def precision(self) -> float | None:
        alarms = self.hits + self.false_alarms
        return self.hits / alarms if alarms else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def false_alarms_per_camera_hour(self) -> float | None:
        return self.false_alarms * HOUR / self.seconds if self.seconds else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def false_alarms_per_camera_day(self) -> float | None:
        hourly = self.false_alarms_per_camera_hour
        return None if hourly is None else 24 * hourly

    @computed_field  # type: ignore[prop-decorator]
    @property
    def false_alarms_per_camera_hour_below(self) -> float | None:
        """95 % sure."""
        if not self.seconds:
            return None
        count = math.ceil(self.false_alarms / self.phases)
        return poisson_below(count) * HOUR * self.phases / self.seconds

    @computed_field  # type: ignore[prop-decorator]
    @property
    def delay_p50(self) -> float | None:
        return self._delay(50)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def delay_p95(self) -> float | None:
        return self._delay(95)

    @property
    def _recall_between(self) -> tuple[float, float] | None:
        return wilson(self.hits / self.phases, self.required / self.phases)

    def _delay(self, percent: float) -> float | None:
        return float(np.percentile(self.delays, percent)) if self.delays else None


def figures(reviews: Sequence[Review], phases: int, event: str | None = None) -> Figures:
    """The figures of these plays for one event type, or for all of them together."""
    looked = [each for each in reviews if event is None or event in each.case.events]
    judged = [
        each for one in looked for each in one.match.judged if event in {None, each.opening.event}
    ]
    required = [
        truth
        for one in looked
        for truth in one.truths
        if not truth.optional and event in {None, truth.event}
    ]

    def count(verdict: Verdict) -> int:
        return sum(each.verdict is verdict for each in judged)

    return Figures(
        phases=phases,
        required=len(required),
        hits=count(Verdict.HIT),
        repeats=count(Verdict.REPEAT),
        false=count(Verdict.FALSE),
        ignored=count(Verdict.IGNORED),
        seconds=math.fsum(one.played.seconds for one in looked),
        delays=tuple(sorted(each.delay for each in judged if each.delay is not None)),
    )


def by_event(reviews: Sequence[Review], phases: int) -> dict[str, Figures]:
    """The figures of every event type that was looked for, by its code."""
    events = sorted({event for each in reviews for event in each.case.events})
    return {event: figures(reviews, phases, event) for event in events}


def by_tag(reviews: Sequence[Review], phases: int) -> dict[str, dict[str, Figures]]:
    """The figures of every event type, for the clips of each tag."""
    return _grouped(reviews, lambda each: each.case.clip.tags, phases)


def _grouped(
    reviews: Sequence[Review], names_of: Callable[[Review], Iterable[str]], phases: int
) -> dict[str, dict[str, Figures]]:
    names = sorted({name for each in reviews for name in names_of(each)})
    return {
        name: by_event([each for each in reviews if name in names_of(each)], phases)
        for name in names
    }
