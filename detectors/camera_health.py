"""The camera itself as something to be found: away, frozen, covered, moved or blurred.

One trouble makes one event. A camera is in one state at a time, the first of `PRECEDENCE` that is
true; of what a state hides nobody knows whether it goes on, so that its episode neither opens nor
ends while it is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from configs.camera_rules import ConditionConfig, ConditionsConfig, OfflineConfig
from detectors import episode
from detectors.episode import Episode, Policy
from detectors.event import Method, Phase
from detectors.rules.rule import Finding
from ingest.health import PRECEDENCE, CameraState, Health

TICK = 1.0
"""Seconds between two steps; ten times finer than any sensible `after` or `clear_after`."""


class Trouble(StrEnum):
    """What a camera's keeper is called for."""

    AWAY = "away"
    FROZEN = "frozen"
    COVERED = "covered"
    MOVED = "moved"
    BLURRED = "blurred"


STATES: Mapping[Trouble, frozenset[CameraState]] = {
    Trouble.AWAY: frozenset(
        {
            CameraState.CONNECTING,
            CameraState.OFFLINE,
            CameraState.UNAUTHORISED,
            CameraState.UNSUPPORTED,
            CameraState.STALLED,
            CameraState.FLAPPING,
        }
    ),
    Trouble.FROZEN: frozenset({CameraState.FROZEN}),
    Trouble.COVERED: frozenset({CameraState.BLACK}),
    Trouble.MOVED: frozenset({CameraState.MOVED}),
    Trouble.BLURRED: frozenset({CameraState.BLURRED}),
}
"""In which states of a camera each trouble is on."""

SHOWN = frozenset({Trouble.COVERED, Trouble.MOVED, Trouble.BLURRED})
"""What can be seen in a picture. A frozen one looks like any other."""


@dataclass(frozen=True, slots=True)
class CameraHealthState:
    """An episode a trouble; of the others nothing was ever seen."""

    episodes: Mapping[Trouble, Episode] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """A trouble that began or ended."""

    trouble: Trouble
    finding: Finding


@dataclass(frozen=True, slots=True)
class CameraHealthRule:
    """One camera's own rule. It runs on health and a clock, not on pictures."""

    camera_id: str
    offline: OfflineConfig
    conditions: ConditionsConfig = field(default_factory=ConditionsConfig)

    def initial(self) -> CameraHealthState:
        return CameraHealthState()

    def step(
        self, state: CameraHealthState, health: Health, now: float
    ) -> tuple[CameraHealthState, tuple[HealthFinding, ...]]:
        """Take note of how the camera is at `now`, Unix seconds. Call about once a second."""
        episodes = dict(state.episodes)
        found: list[HealthFinding] = []
        for trouble in Trouble:
            policy = self._policy(trouble)
            known = episodes.get(trouble, episode.IDLE)
            level = level_of(trouble, health.state) if self._is_told(trouble) else 0.0
            if level == 0.0 and known == episode.IDLE:
                continue
            turn = episode.step(policy, known, level, now)
            episodes[trouble] = turn.episode
            if turn.phase is not None and turn.id is not None:
                note = f"{health.state}: {health.reason}".rstrip(": ")
                finding = Finding(
                    event=self._event(trouble),
                    phase=turn.phase,
                    episode_id=turn.id,
                    started_at=turn.since,
                    confidence=1.0,
                    method=Method.HEALTH,
                    note=note if turn.phase is Phase.OPENED else "",
                )
                found.append(HealthFinding(trouble, finding))
        return replace(state, episodes=episodes), tuple(found)

    def _condition(self, trouble: Trouble) -> ConditionConfig:
        configs = self.conditions
        return {
            Trouble.FROZEN: configs.frozen,
            Trouble.COVERED: configs.covered,
            Trouble.MOVED: configs.moved,
            Trouble.BLURRED: configs.blurred,
        }[trouble]

    def _is_told(self, trouble: Trouble) -> bool:
        return trouble is Trouble.AWAY or self._condition(trouble).enabled

    def _event(self, trouble: Trouble) -> str:
        away = trouble is Trouble.AWAY
        return self.offline.event if away else self._condition(trouble).event

    def _policy(self, trouble: Trouble) -> Policy:
        config = self.offline if trouble is Trouble.AWAY else self._condition(trouble)
        return Policy(
            key=f"{self.camera_id}/-/{config.event}",
            dwell=config.after,
            clear_after=config.clear_after,
            cooldown=config.cooldown,
            needed=1,
            window=1,
        )


def level_of(trouble: Trouble, state: CameraState) -> float | None:
    """1 while the trouble is on, 0 while it is not, None where the state hides it."""
    states = STATES[trouble]
    if state in states:
        return 1.0
    if state is CameraState.DISABLED:
        return 0.0
    first = min(PRECEDENCE.index(one) for one in states)
    return None if PRECEDENCE.index(state) < first else 0.0
