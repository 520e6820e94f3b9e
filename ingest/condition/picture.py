"""A camera's picture over time: what is wrong with it, since when, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.condition import policy as policies
from ingest.condition.freeze import Freeze
from ingest.condition.look import look_at
from ingest.condition.policy import ConditionPolicy
from ingest.condition.scene import Scene, Verdict
from ingest.frame import Frame, Grey
from ingest.health import CameraState

STATES = {
    Verdict.COVERED: CameraState.BLACK,
    Verdict.MOVED: CameraState.MOVED,
    Verdict.BLURRED: CameraState.BLURRED,
}
REASONS = {
    CameraState.FROZEN: "pictures come, and are all the same: the camera hangs; restart it",
    CameraState.BLACK: "the picture shows nothing: look whether the lens is covered or painted "
    "over, or the light is out",
    CameraState.MOVED: "the view is not the usual one: turn the camera back, or raise its `view` "
    "if it is meant to look there",
    CameraState.BLURRED: "the picture has lost its detail: clean the glass, or focus anew",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the picture, since when (Unix seconds), and what to do."""

    state: CameraState
    since: float
    reason: str


@dataclass(slots=True)
class _Held:
    """A verdict that is held, until it is believed or forgotten."""

    verdict: Verdict
    since: float
    looks: int = 0


class PictureCondition:
    """One camera's picture. `look` is for decode threads, one at a time; any thread may read
    `trouble`, which is None while nothing is wrong or nothing can be said."""

    __slots__ = (
        "_believed",
        "_forget",
        "_freeze",
        "_looked_at",
        "_policy",
        "_scene",
        "_strange",
        "_suspected",
        "_well_since",
        "trouble",
    )

    def __init__(self, policy: ConditionPolicy | None = None) -> None:
        self._policy = policy or policies.POLICY
        self.trouble: Trouble | None = None
        self._begin()

    def _begin(self) -> None:
        self._forget = False
        self._freeze = Freeze()
        self._scene = Scene(self._policy)
        self._looked_at: float | None = None
        self._strange = False
        self._suspected: _Held | None = None
        self._believed: _Held | None = None
        self._well_since: float | None = None

    @property
    def learned(self) -> bool:
        """Whether the picture is known well enough, in the light that is now, to be judged."""
        return self._looked_at is not None and self._scene.is_known(self._looked_at)

    @property
    def doubted(self) -> bool:
        """Whether the pictures of a whole GOP are wanted, to see if anything moves in them."""
        return self._freeze.doubted

    def prove(self, gop: Iterable[Grey]) -> None:
        """Take in the pictures of a GOP: (90, 160) each, in order."""
        self._freeze.prove(gop)
        self.trouble = self._found()

    def follow(self, grey: Grey) -> None:
        """While in doubt: take in a picture (90, 160) of the GOP that is being received, each from
        its keyframe on."""
        self._freeze.follow(grey)

    def forget(self) -> None:
        """Learn the picture anew from the next one on: somebody turned the camera on purpose."""
        self._forget = True

    def look(self, frame: Frame, *, keyframe: bool) -> None:
        """Take in a scan. Pictures must come in the order of their capture."""
        if self._forget:
            self._begin()
        now = frame.captured_at
        if keyframe:
            self._freeze.look(frame.grey, now, self._policy)
        if self._is_due(now) and self._freeze.since is None:
            self._looked_at = now
            look = look_at(frame)
            self._weigh(self._scene.judge(look, now, learn=self._quiet), now)
        self.trouble = self._found()

    @property
    def _quiet(self) -> bool:
        """Whether nothing about the picture asks for a closer look."""
        return self._suspected is None and self._believed is None and not self._strange

    def _is_due(self, now: float) -> bool:
        if self._looked_at is None:
            return True
        policy = self._policy
        calm = policy.uneasy_every if self._scene.uneasy else policy.look_every
        every = calm if self._quiet else policy.suspicious_every
        return not 0 <= now - self._looked_at < every

    def _weigh(self, verdict: Verdict, now: float) -> None:
        """Believe a verdict that holds, and let go of one that is over."""
        self._strange = verdict is Verdict.STRANGE
        if verdict in {Verdict.UNSURE, Verdict.STRANGE}:
            return
        if verdict is Verdict.WELL:
            self._suspected = None
            self._recover(now)
            return
        self._well_since = None
        if self._suspected is None or self._suspected.verdict is not verdict:
            self._suspected = _Held(verdict, now)
        held = self._suspected
        held.looks += 1
        policy = self._policy
        needed = policy.covered_after if verdict is Verdict.COVERED else policy.changed_after
        if now - held.since >= needed and held.looks >= policy.least_looks:
            self._believe(held, now)

    def _believe(self, held: _Held, now: float) -> None:
        if self._believed is None or self._believed.verdict is not held.verdict:
            self._believed = held
        elif held.verdict is Verdict.MOVED and now - held.since >= self._policy.adopt_after:
            self._scene.adopt(now)
            self._believed = self._suspected = None

    def _recover(self, now: float) -> None:
        if self._believed is None:
            return
        if self._well_since is None:
            self._well_since = now
        elif now - self._well_since >= self._policy.clear_after:
            self._believed = self._well_since = None

    def _found(self) -> Trouble | None:
        if self._freeze.since is not None:
            return _trouble(CameraState.FROZEN, self._freeze.since)
        if self._believed is not None:
            return _trouble(STATES[self._believed.verdict], self._believed.since)
        return None


def _trouble(state: CameraState, since: float) -> Trouble:
    return Trouble(state, since, REASONS[state])
