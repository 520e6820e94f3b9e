"""One thing over time: hysteresis, dwell, confirmation, clearing and cooldown, for every rule.

    idle ── seen ──▶ candidate ── held for the dwell, N of M scans ──▶ open ── gone ──▶ idle
              ◀── missed too often ──┘                     (then silent for the cooldown)

Pure: `step` takes a state and answers with another. A candidate that comes to nothing leaves no
trace: only an episode that was open, and so was told, starts a cooldown. While no pictures come the
clock of a candidate and of a clearing stands still, so that a paused stream neither opens nor ends
anything. Outside of its hours nothing is a candidate, and what is open ends.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from uuid import UUID

from detectors.event import Phase
from detectors.event_id import compose
from detectors.hours import Hours

NEVER = float("-inf")
HOURS_ENDED = "the hours in which it is watched for have ended"


@dataclass(frozen=True, slots=True)
class Policy:
    """When an episode opens and ends. Durations in seconds; levels in the rule's own unit."""

    key: str
    """What is watched (camera, zone, event): ids are made of it."""
    dwell: float
    """How long the level must hold before the episode opens."""
    clear_after: float
    """How long it must be gone before the episode ends."""
    cooldown: float
    """Silence after an end, before the next may open."""
    on: float = 1.0
    """A candidate holds while the level is at least this."""
    off: float = 0.0
    """An open episode is gone while the level is at most this; between the two it lives on."""
    needed: int = 3
    window: int = 4
    """A candidate must be seen in `needed` of the last `window` scans."""
    max_gap: float = 15.0
    """A longer silence between two scans is a pause of the stream, and time stands still in it."""
    most_late: float = math.inf
    """Of `late`, this much counts at most."""
    confidence: float = 0.0
    """An episode opens at this confidence or above."""
    patient: bool = True
    """What the rule has not made up its mind about is waited with."""
    hours: Hours | None = None
    """When anything is watched for; None: always."""

    def __post_init__(self) -> None:
        if not 1 <= self.needed <= self.window:
            raise ValueError(f"needed ({self.needed}) must lie in 1…window ({self.window})")
        if self.off >= self.on:
            raise ValueError(f"off ({self.off}) must be below on ({self.on})")


@dataclass(frozen=True, slots=True)
class Episode:
    """The memory of one machine. Times are Unix seconds."""

    since: float | None = None
    """When the thing began: of the candidate, or of the open episode. None: idle."""
    id: UUID | None = None
    """None unless the episode is open."""
    gone_since: float | None = None
    recent: tuple[bool, ...] = ()
    at: float | None = None
    silent_until: float = NEVER
    unwatched_at: float = NEVER
    """The last scan outside of the hours: what began before it has its dwell to earn from there."""
    ended_at: float = NEVER
    """When the last one ended: what it lasted is no other's dwell."""

    @property
    def is_open(self) -> bool:
        return self.id is not None


IDLE = Episode()


@dataclass(frozen=True, slots=True)
class Told:
    """What a rule tells its episode of one scan; see `step`. With another policy the same would be
    told, so that a rule can be judged by many policies after it has looked once."""

    level: float | None
    since: float | None = None
    confidence: float = 1.0
    late: float = 0.0
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What a step answers. `phase`, `id` and `since` are set when an episode began or ended; `note`
    says why, where it is not because of what was seen."""

    episode: Episode
    phase: Phase | None = None
    id: UUID | None = None
    since: float = 0.0
    note: str = ""


def step(
    policy: Policy,
    episode: Episode,
    level: float | None,
    now: float,
    since: float | None = None,
    *,
    confidence: float = 1.0,
    late: float = 0.0,
    undecided: bool = False,
) -> Turn:
    """Take one scan into account.

    `level` None means that this scan says nothing either way. `since` is when the thing that is
    seen now began, where the rule knows better than this machine; another thing than before has a
    later `since` and must earn its own dwell. What is seen with less than the policy's `confidence`
    stays a candidate: it opens when it is seen well enough, and leaves no trace if it never is. So
    does, to a patient policy, what is `undecided`: the rule is still looking at what it is.
    `late`: for how many seconds this level has held already, now or at `since`, where the rule took
    so long to be sure of it; a candidate began that much earlier, after the last episode's end.
    """
    if episode.since is None and level is not None and level < policy.on and policy.hours is None:
        return Turn(_still_idle(policy, episode, now))  # most scans of most cameras
    episode = _across_pause(policy, episode, now)
    if policy.hours is not None and not policy.hours.hold(now):
        return _while_unwatched(policy, episode, now)
    if level is None:
        return Turn(episode)
    if episode.is_open:
        return _while_open(policy, episode, level, now)
    told = since if level >= policy.on else None
    moment = now if told is None else told
    late = min(late, policy.most_late)
    early = max(moment - late, min(moment, episode.ended_at))
    began = early if episode.since is None or told is not None else episode.since
    ready = confidence >= policy.confidence and not (undecided and policy.patient)
    return _before_open(policy, episode, level, now, began=min(began, now), ready=ready)


def hear(policy: Policy, episode: Episode, told: Told, now: float) -> Turn:
    """`step`, of what was told."""
    return step(
        policy,
        episode,
        told.level,
        now,
        told.since,
        confidence=told.confidence,
        late=told.late,
        undecided=told.undecided,
    )


def _across_pause(policy: Policy, episode: Episode, now: float) -> Episode:
    """Let the episode's clocks stand still over a gap; a clock set back counts as a gap too."""
    elapsed = 0.0 if episode.at is None else now - episode.at
    silent_until = min(episode.silent_until, now + policy.cooldown)
    # Not `replace`: this is half the cost of a step, and most steps change nothing else.
    episode = Episode(
        episode.since,
        episode.id,
        episode.gone_since,
        episode.recent,
        now,
        silent_until,
        min(episode.unwatched_at, now),
        min(episode.ended_at, now),
    )
    return episode if 0.0 <= elapsed <= policy.max_gap else _stood_still(episode, elapsed)


def resumed(episode: Episode, now: float) -> Episode:
    """The episode as it goes on at `now` in another process: meanwhile its clocks stood still."""
    if episode.at is None:
        return episode
    return replace(_stood_still(episode, now - episode.at), at=now)


def _stood_still(episode: Episode, seconds: float) -> Episode:
    return replace(
        episode,
        since=_later(episode.since, 0.0 if episode.is_open else seconds),
        gone_since=_later(episode.gone_since, seconds),
        recent=(),
    )


def _later(moment: float | None, seconds: float) -> float | None:
    return None if moment is None else moment + seconds


def _while_open(policy: Policy, episode: Episode, level: float, now: float) -> Turn:
    if level > policy.off:
        return Turn(episode if episode.gone_since is None else replace(episode, gone_since=None))
    gone_since = now if episode.gone_since is None else episode.gone_since
    if now - gone_since < policy.clear_after:
        return Turn(replace(episode, gone_since=gone_since))
    return _ended(policy, episode, now)


def _ended(policy: Policy, episode: Episode, now: float, note: str = "") -> Turn:
    ended = Episode(
        at=now,
        silent_until=now + policy.cooldown,
        unwatched_at=episode.unwatched_at,
        ended_at=now,
    )
    since = now if episode.since is None else episode.since
    return Turn(ended, Phase.CLEARED, episode.id, since, note)


def _while_unwatched(policy: Policy, episode: Episode, now: float) -> Turn:
    episode = replace(episode, unwatched_at=now)
    if episode.is_open:
        return _ended(policy, episode, now, HOURS_ENDED)
    return Turn(_idle(episode, now))


def _still_idle(policy: Policy, episode: Episode, now: float) -> Episode:
    """`_idle` of `_across_pause`, made at once."""
    return Episode(
        at=now,
        silent_until=min(episode.silent_until, now + policy.cooldown),
        unwatched_at=min(episode.unwatched_at, now),
        ended_at=min(episode.ended_at, now),
    )


def _idle(episode: Episode, now: float) -> Episode:
    return Episode(
        at=now,
        silent_until=episode.silent_until,
        unwatched_at=episode.unwatched_at,
        ended_at=episode.ended_at,
    )


def _before_open(
    policy: Policy,
    episode: Episode,
    level: float,
    now: float,
    *,
    began: float,
    ready: bool,
) -> Turn:
    seen = level >= policy.on
    recent = (*episode.recent, seen)[-policy.window :]
    if not seen and (episode.since is None or _missed(recent) > policy.window - policy.needed):
        return Turn(_idle(episode, now))
    began = max(began, episode.unwatched_at)
    # Neither here: a tuner takes thousands of such steps a second.
    episode = Episode(
        began,
        None,
        None,
        recent,
        episode.at,
        episode.silent_until,
        episode.unwatched_at,
        episode.ended_at,
    )
    if not seen or not _confirmed(policy, recent, now - began) or now < episode.silent_until:
        return Turn(episode)
    if not ready:
        return Turn(episode)
    opened = replace(episode, id=episode_id(policy.key, now), gone_since=None, recent=())
    return Turn(opened, Phase.OPENED, opened.id, began)


def _missed(recent: tuple[bool, ...]) -> int:
    return len(recent) - sum(recent)


def _confirmed(policy: Policy, recent: tuple[bool, ...], held: float) -> bool:
    return held >= policy.dwell and sum(recent) >= policy.needed


def episode_id(key: str, now: float) -> UUID:
    """A UUIDv7 of the moment and of what is watched, so that a replay gives the same id."""
    milliseconds = int(now * 1000)
    digest = hashlib.sha256(f"{key}@{now!r}".encode()).digest()
    return compose(milliseconds, int.from_bytes(digest[:10], "big") >> 6)
