"""What one rule told, held against what another told of the same place over the same time. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from detectors.event import Phase


@dataclass(frozen=True, slots=True)
class Place:
    """What two episodes must have in common: where, and what was looked for."""

    camera_id: str
    zone_id: str | None
    event_type: str


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it was told. `at`: when it was found; `started_at`: when the thing began."""

    event_id: str
    episode_id: str
    place: Place
    phase: Phase
    started_at: datetime
    at: datetime
    confidence: float


@dataclass(frozen=True, slots=True)
class Episode:
    """From its opening to its end; `ended_at` None: it goes on, or nobody said that it ended."""

    event_id: str
    place: Place
    started_at: datetime
    told_at: datetime
    ended_at: datetime | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing that both told of."""

    old: Episode
    new: Episode

    @property
    def delay(self) -> float:
        """Seconds by which the new one told it later; negative: earlier."""
        return (self.new.told_at - self.old.told_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every episode of either stands in one of these. `open_yet`: the other may still tell it."""

    both: tuple[Pair, ...] = ()
    only_old: tuple[Episode, ...] = ()
    only_new: tuple[Episode, ...] = ()
    open_yet: int = 0


def episodes(told: Iterable[Told]) -> list[Episode]:
    """Openings with their ends, in order of their beginning; a second delivery counts once."""
    events = list(told)
    ends = {
        (event.place, event.episode_id): event.at
        for event in events
        if event.phase is Phase.CLEARED
    }
    found = {
        event.event_id: Episode(
            event.event_id,
            event.place,
            event.started_at,
            event.at,
            ends.get((event.place, event.episode_id)),
            event.confidence,
        )
        for event in events
        if event.phase is Phase.OPENED
    }
    return sorted(found.values(), key=_begins)


def compare(
    old: Sequence[Episode],
    new: Sequence[Episode],
    *,
    since: datetime,
    until: datetime,
    settle: timedelta,
) -> Comparison:
    """Put the episodes of two rules side by side.

    Two are one thing if their place is the same and they overlap in time, each from when its thing
    began; each belongs to one pair at most, so that a thing which falls into three alarms is one
    pair and two alarms more. Counted is what was told between `since` and `until`; what was told
    before `since` only takes what overlaps with it. Of the last `settle` before `until` nobody can
    say yet that the other did not see it.
    """
    pairs, alone_old, alone_new = _matched(old, new, until)
    shown = [p for p in pairs if since <= max(p.old.told_at, p.new.told_at) <= until]
    only = [[e for e in alone if since <= e.told_at <= until] for alone in (alone_old, alone_new)]
    settled = [[e for e in alone if e.told_at <= until - settle] for alone in only]
    return Comparison(
        tuple(shown),
        tuple(settled[0]),
        tuple(settled[1]),
        sum(map(len, only)) - sum(map(len, settled)),
    )


def _matched(
    old: Sequence[Episode], new: Sequence[Episode], until: datetime
) -> tuple[list[Pair], list[Episode], list[Episode]]:
    pairs: list[Pair] = []
    alone: tuple[list[Episode], list[Episode]] = ([], [])
    olds, news = _by_place(old), _by_place(new)
    for place in sorted(olds.keys() | news.keys(), key=repr):
        left, right = olds[place], news[place]
        # Episodes of one rule follow each other: whichever ends first meets no later one.
        i = j = 0
        while i < len(left) and j < len(right):
            one, other = left[i], right[j]
            if _overlap(one, other, until):
                pairs.append(Pair(one, other))
                i, j = i + 1, j + 1
            elif _end(one, until) <= _end(other, until):
                alone[0].append(one)
                i += 1
            else:
                alone[1].append(other)
                j += 1
        alone[0].extend(left[i:])
        alone[1].extend(right[j:])
    return pairs, *alone


def _by_place(found: Sequence[Episode]) -> defaultdict[Place, list[Episode]]:
    by_place = defaultdict[Place, list[Episode]](list)
    for episode in sorted(found, key=_begins):
        by_place[episode.place].append(episode)
    return by_place


def _begins(episode: Episode) -> tuple[datetime, str]:
    return episode.started_at, episode.event_id


def _end(episode: Episode, until: datetime) -> datetime:
    return max(episode.started_at, episode.ended_at or until)


def _overlap(one: Episode, other: Episode, until: datetime) -> bool:
    return one.started_at <= _end(other, until) and other.started_at <= _end(one, until)
