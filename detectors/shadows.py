"""The rules that run in the shadow of a camera's own: shown the same, heard by nobody at the desk.

A shadow never changes what the rules beside it see. It is shown a scan after them, with the
detections, the background and the burst that they were given; what it claims of the background is
not heeded, and it asks for no burst. A detector that they did not ask is asked for it by itself,
and only while no picture waits at any detector. When the shard is late, when the camera's next scan
waits already, or when its own detector has not answered yet, a shadow goes without that scan, which
is counted: a comparison is worth no more than the scans that both saw.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

import structlog

from detectors.detections import Detections
from detectors.event import Phase
from detectors.finding import Finding
from detectors.rules.rule import Observation
from detectors.watched import ANSWER_PATIENCE, LoadedModel, Shown, Sight
from detectors.zone_watch import ZoneWatch

log = structlog.get_logger(__name__)

LATE = 1.5
"""Seconds from capture to being shown from which a shard counts as late: at the same lag ingest
takes its machine to be busy (`ingest.pace.EAGER_LAG`)."""
OPENINGS_AN_HOUR = 20
"""Of one shadow that are told. One that finds more is a hundred times too eager, which twenty show
as well; each costs a row of two kilobytes and a snapshot of some fifteen."""
HOUR = 3600.0


@dataclass(slots=True, eq=False)
class ShadowWatch:
    """One shadow on one zone, with its memory."""

    name: str
    watch: ZoneWatch
    config_version: str
    """What the camera's would be if this were its rule."""
    in_hand: Shown | None = None
    """A scan about which its own detector has not answered yet."""
    told: deque[float] = field(default_factory=deque)
    """When it opened what was told of the last hour."""


Found = Callable[[ShadowWatch, Finding, Sight], None]


@dataclass(frozen=True, slots=True)
class ShadowStats:
    """`scans`: how often a shadow was due, `skipped` of them; `untold`: openings beyond those of an
    hour; `seconds` of CPU."""

    scans: int = 0
    skipped: int = 0
    untold: int = 0
    seconds: float = 0.0

    def __add__(self, other: ShadowStats) -> ShadowStats:
        return ShadowStats(
            self.scans + other.scans,
            self.skipped + other.skipped,
            self.untold + other.untold,
            self.seconds + other.seconds,
        )


NO_SHADOWS = ShadowStats()


class Shadows:
    """A camera's shadows. Any thread may call. Locks are taken in one order: the camera's first."""

    def __init__(
        self,
        camera_id: str,
        shadows: Sequence[ShadowWatch],
        *,
        models: Mapping[str, LoadedModel],
        found: Found,
        clock: Callable[[], float],
        cpu_clock: Callable[[], float],
    ) -> None:
        self.shadows = tuple(shadows)
        self.differs_at_night = any(each.watch.config.night is not None for each in shadows)
        self._camera_id = camera_id
        self._models = models
        self._found = found
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._lock = Lock()
        self._to_ask: list[tuple[ShadowWatch, Shown, str]] = []
        self._scans = self._skipped = self._untold = 0
        self._seconds = 0.0
        self._closed = False
        self._hands_on_badly = False

    def stats(self) -> ShadowStats:
        return ShadowStats(self._scans, self._skipped, self._untold, self._seconds)

    def shown(self, shown: Shown, *, behind: bool) -> None:
        """What the camera's rules have just been shown. `behind`: its next scan waits already."""
        if not self.shadows:
            return
        at = shown.sight.frame.captured_at
        late = behind or self._clock() - at > LATE
        with self._lock:
            for shadow in () if self._closed else self.shadows:
                self._scans += 1
                if late or self._is_waiting(shadow, at):
                    self._skipped += 1
                else:
                    self._look_or_ask(shadow, shown)

    def ask(self) -> None:
        """Ask the detectors that only shadows want; under no lock."""
        if not self.shadows:
            return
        with self._lock:
            to_ask, self._to_ask = self._to_ask, []
        for shadow, shown, model in to_ask:
            # Under another name than the camera's: a batcher keeps one picture a camera.
            self._models[model].detector.submit(
                f"{self._camera_id}#{shadow.name}",
                shown.sight.frame,
                partial(self._answered, shadow, shown, model),
            )

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._to_ask.clear()

    @staticmethod
    def _is_waiting(shadow: ShadowWatch, now: float) -> bool:
        if shadow.in_hand is None:
            return False
        if abs(now - shadow.in_hand.sight.frame.captured_at) <= ANSWER_PATIENCE:
            return True
        shadow.in_hand = None
        return False

    def _look_or_ask(self, shadow: ShadowWatch, shown: Shown) -> None:
        model = shadow.watch.config.model
        watch, now = shadow.watch, shown.sight.frame.captured_at
        wants = watch.wants_detections or (shown.activity.active and watch.hours.hold(now))
        if model is None or not wants or model in shown.asked or model not in self._models:
            self._look(shadow, shown)
        elif all(loaded.idle() for loaded in self._models.values()):
            shadow.in_hand = shown
            self._to_ask.append((shadow, shown, model))
        else:
            self._skipped += 1

    def _answered(
        self, shadow: ShadowWatch, shown: Shown, model: str, detections: Detections | None
    ) -> None:
        with self._lock:
            if self._closed or shadow.in_hand is not shown:
                return
            shadow.in_hand = None
            if detections is None:
                self._skipped += 1
                return
            self._look(shadow, shown.with_detections(model, detections))

    def _look(self, shadow: ShadowWatch, shown: Shown) -> None:
        watch, sight = shadow.watch, shown.sight
        observation = Observation(
            sight.frame,
            shown.activity,
            shown.background,
            shown.view,
            sight.detections.get(watch.config.model or ""),
            shown.burst if watch.wants_burst else (),
            asked=watch.config.model in shown.asked,
        )
        began = self._cpu_clock()
        findings = watch.step(self._camera_id, observation, shown.light)
        self._seconds += self._cpu_clock() - began
        for finding in findings:
            if self._is_within_the_hour(shadow, finding, sight.frame.captured_at):
                self._hand_on(shadow, finding, sight)

    def _is_within_the_hour(self, shadow: ShadowWatch, finding: Finding, at: float) -> bool:
        if finding.phase is Phase.CLEARED:
            return True
        while shadow.told and shadow.told[0] <= at - HOUR:
            shadow.told.popleft()
        if len(shadow.told) < OPENINGS_AN_HOUR:
            shadow.told.append(at)
            return True
        self._untold += 1
        shadow.watch.untold.add(finding.episode_id)
        return False

    def _hand_on(self, shadow: ShadowWatch, finding: Finding, sight: Sight) -> None:
        try:
            self._found(shadow, finding, sight)
        except Exception as error:
            if not self._hands_on_badly:
                log.error("shadow.failed", camera=self._camera_id, exc_info=error)
            self._hands_on_badly = True
        else:
            if self._hands_on_badly:
                log.info("shadow.works_again", camera=self._camera_id)
            self._hands_on_badly = False
