"""The camera itself as something to be found: no picture for too long, and back again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from configs.rules import OfflineConfig
from detectors import episode
from detectors.episode import Episode, Policy
from detectors.event import Method, Phase
from detectors.rules.rule import Finding
from ingest.health import CameraState, Health

TICK = 1.0
"""Seconds between two steps; ten times finer than any sensible `after` or `clear_after`."""


@dataclass(frozen=True, slots=True)
class OfflineState:
    """The episode, and the last trouble: the reason is wanted when the camera is back too."""

    episode: Episode = field(default_factory=Episode)
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class OfflineRule:
    """One camera's own rule. It runs on health and a clock, not on pictures."""

    config: OfflineConfig
    camera_id: str

    def initial(self) -> OfflineState:
        return OfflineState()

    def step(
        self, state: OfflineState, health: Health, now: float
    ) -> tuple[OfflineState, tuple[Finding, ...]]:
        """Take note of how the camera is at `now`, Unix seconds. Call about once a second."""
        away = health.state not in {CameraState.ONLINE, CameraState.DISABLED}
        turn = episode.step(self._policy(), state.episode, float(away), now)
        trouble = f"{health.state}: {health.reason}".rstrip(": ") if away else state.trouble
        state = replace(state, episode=turn.episode, trouble=trouble)
        if turn.phase is None or turn.id is None:
            return state, ()
        finding = Finding(
            event=self.config.event,
            phase=turn.phase,
            episode_id=turn.id,
            started_at=turn.since,
            confidence=1.0,
            method=Method.HEALTH,
            note=trouble if turn.phase is Phase.OPENED else "",
        )
        return state, (finding,)

    def _policy(self) -> Policy:
        return Policy(
            key=f"{self.camera_id}/-/{self.config.event}",
            dwell=self.config.after,
            clear_after=self.config.clear_after,
            cooldown=self.config.cooldown,
            needed=1,
            window=1,
        )
