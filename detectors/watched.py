"""One camera under watch: its rules, what they remember, and the scan that is being looked at.

A scan goes through the rules when every detector that was asked about it has answered, so that a
rule sees one picture once, together with what was detected in it. While a scan waits, one newer
scan is held; a third replaces the second and is counted. So a detector that cannot keep up costs
scans of the busiest cameras, and never memory or order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import Protocol

import structlog

from configs.town import Camera
from detectors.background import Background, View
from detectors.daylight import Daylight
from detectors.detections import Detections
from detectors.privacy import Familiarity
from detectors.rules.rule import Finding, Observation
from detectors.scenery import Scenery
from detectors.zone_watch import ZoneWatch
from ingest.condition.baseline import Light
from ingest.frame import Frame
from ingest.gate import Activity

log = structlog.get_logger(__name__)

ANSWER_PATIENCE = 10.0
"""Seconds of stream time for which a scan waits for a detector: the batcher answers or drops within
its own bound, a second or two, so that more means a detector that has died."""


class Detector(Protocol):
    """Something that looks at pictures when it can; a Batcher, or an engine called at once."""

    def submit(
        self, camera_id: str, frame: Frame, done: Callable[[Detections | None], None]
    ) -> None:
        """Look at a picture; `done` is called once, from any thread, None if it was dropped."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is there and runs. `version`: the first 12 hex digits of its sha256. `idle`:
    whether no picture waits for it."""

    detector: Detector
    version: str
    names: tuple[str, ...]
    idle: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Sight:
    """What the rules were shown: enough to make a snapshot of it. `place`: as known up to then."""

    frame: Frame
    place: Familiarity | None
    detections: Mapping[str, Detections]

    def people(self) -> Detections | None:
        """What a detector that knows people saw in it; None if none looked."""
        known = (seen for seen in self.detections.values() if "person" in seen.names)
        return next(known, None)


@dataclass(frozen=True, slots=True)
class Shown:
    """One scan as a camera's rules were shown it. `asked`: the models that were asked for them."""

    sight: Sight
    activity: Activity
    background: Background
    view: View
    burst: Sequence[Frame]
    light: Light
    asked: frozenset[str]

    def with_detections(self, model: str, seen: Detections) -> Shown:
        detections = {**self.sight.detections, model: seen}
        return replace(self, sight=replace(self.sight, detections=detections))


class Onlooker(Protocol):
    """Looks at what a camera's rules were shown, after them (`detectors.shadows`)."""

    differs_at_night: bool
    """Whether it is to be told of day and night."""

    def shown(self, shown: Shown, *, behind: bool) -> None:
        """Called under the camera's lock. `behind`: the next scan waits already."""

    def ask(self) -> None:
        """Ask its own detectors; called under no lock."""

    def close(self) -> None: ...


class Nobody:
    """No onlooker."""

    differs_at_night = False

    def shown(self, shown: Shown, *, behind: bool) -> None:
        pass

    def ask(self) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass(slots=True, eq=False)
class _Scan:
    frame: Frame
    activity: Activity
    burst: Sequence[Frame]
    place: Familiarity | None
    asked: frozenset[str] = frozenset()
    waits_for: set[str] = field(default_factory=set)
    detections: dict[str, Detections] = field(default_factory=dict)


Found = Callable[[ZoneWatch, Finding, Sight], None]


class WatchedCamera:
    """Takes a camera's scans in order and hands its findings on. Any thread may call."""

    def __init__(
        self,
        camera: Camera,
        watches: Sequence[ZoneWatch],
        *,
        models: Mapping[str, LoadedModel],
        found: Found,
        seen: Callable[[Sight], None] = lambda _sight: None,
        request_burst: Callable[[str], None],
        cpu_clock: Callable[[], float],
        before: WatchedCamera | None = None,
        onlooker: Onlooker | None = None,
    ) -> None:
        """`models` may grow while the camera is watched. `found` and `seen`, which gets every
        scan, are called under this camera's lock and must be brief. `before` is the same camera
        under its last description, closed: what is known of its place is kept."""
        self.camera = camera
        self.watches = tuple(watches)
        self.scans = 0
        self.skipped = 0
        self.scanned_at: float | None = None
        """Capture of the last picture that came, Unix seconds."""
        self.rule_seconds = 0.0
        """CPU seconds spent in rules."""
        self._models = models
        self._found = found
        self._seen = seen
        self._request_burst = request_burst
        self._cpu_clock = cpu_clock
        self._onlooker = onlooker or Nobody()
        self._lock = Lock()
        self._burst: Sequence[Frame] = ()
        self._scenery = Scenery()
        self._place: Familiarity | None = None
        self._daylight: Daylight | None = None
        self._differs_at_night = self._onlooker.differs_at_night or any(
            watch.config.night is not None for watch in watches
        )
        if before is not None and before.camera.url == camera.url:
            self._scenery, self._place = before._scenery, before._place
            self._daylight = before._daylight
        self._in_hand: _Scan | None = None
        self._held: _Scan | None = None
        self._closed = False
        self._hands_on_badly = False

    def burst_decoded(self, frames: Sequence[Frame]) -> None:
        with self._lock:
            self._burst = frames

    def scanned(self, frame: Frame, activity: Activity) -> None:
        with self._lock:
            if self._closed:
                return
            burst = [one for one in self._burst if one.timestamp < frame.timestamp]
            scan = _Scan(frame, activity, burst, self._become_familiar(frame))
            self._burst = ()
            self.scans += 1
            self.scanned_at = frame.captured_at
            to_ask = self._take_in_turn(scan)
        self._ask(to_ask)

    def close(self) -> None:
        """Forget what is in hand; answers that come later are ignored."""
        with self._lock:
            self._closed = True
            self._in_hand = self._held = None
        self._onlooker.close()

    def _become_familiar(self, frame: Frame) -> Familiarity | None:
        if not self.camera.blur_people:
            self._place = None  # nobody asks where people could be
            return None
        known, grey, at = self._place, frame.grey, frame.captured_at
        self._place = known.after(grey, at) if known is not None else Familiarity.first(grey, at)
        return self._place

    def _is_lost(self, scan: _Scan, now: float) -> bool:
        return not math.isclose(now, scan.frame.captured_at, rel_tol=0, abs_tol=ANSWER_PATIENCE)

    def _take_in_turn(self, scan: _Scan) -> _Scan | None:
        """Take up a new scan, or hold it; the scan about which detectors are to be asked."""
        in_hand = self._in_hand
        if in_hand is None:
            return self._take(scan)
        if self._is_lost(in_hand, scan.frame.captured_at):
            to_ask = self._take(self._look(in_hand))
            if to_ask is None:
                return self._take(scan)
        else:
            to_ask = None
            self.skipped += self._held is not None
        scan.burst = ()  # too large to lie about; a rule that still wants one asks again
        self._held = scan
        return to_ask

    def _take(self, scan: _Scan | None) -> _Scan | None:
        """Look at scans that need no detector; the first that does is returned."""
        while scan is not None:
            self._in_hand = scan
            scan.waits_for = self._wanted_models(scan)
            scan.asked = frozenset(scan.waits_for)
            if scan.waits_for:
                return scan
            scan = self._look(scan)
        return None

    def _ask(self, scan: _Scan | None) -> None:
        # Never under the lock: a detector may answer for another camera from within `submit`, and
        # two cameras that wait for each other's lock would wait for ever.
        if scan is not None:
            for model in sorted(scan.waits_for):
                answered = partial(self._answered, scan, model)
                self._models[model].detector.submit(self.camera.id, scan.frame, answered)
        self._onlooker.ask()

    def _wanted_models(self, scan: _Scan) -> set[str]:
        active, now = scan.activity.active, scan.frame.captured_at
        asked = (
            watch
            for watch in self.watches
            if watch.wants_detections or (active and watch.hours.hold(now))
        )
        models = (watch.config.model for watch in asked)
        return {model for model in models if model is not None and model in self._models}

    def _answered(self, scan: _Scan, model: str, detections: Detections | None) -> None:
        with self._lock:
            scan.waits_for.discard(model)
            if detections is not None:
                scan.detections[model] = detections
            complete = not scan.waits_for and self._in_hand is scan
            to_ask = self._take(self._look(scan)) if complete else None
        self._ask(to_ask)

    def _look(self, scan: _Scan) -> _Scan | None:
        """Show a scan to every rule; the scan that was held meanwhile."""
        try:
            self._show_to_all(scan)
        finally:
            held, self._held, self._in_hand = self._held, None, None
        return None if self._closed else held

    def _show_to_all(self, scan: _Scan) -> None:
        sight = Sight(scan.frame, scan.place, scan.detections)
        if self.watches:
            began = self._cpu_clock()
            background, view = self._scenery.look(scan.frame.grey, scan.frame.captured_at)
            self.rule_seconds += self._cpu_clock() - began
            self._follow_the_light(scan.frame)
            for watch in self.watches:
                self._look_with(watch, scan, sight, background, view)
            self._scenery.heed([watch.claim for watch in self.watches])
            shown = Shown(
                sight, scan.activity, background, view, scan.burst, self._light(), scan.asked
            )
            self._onlooker.shown(shown, behind=self._held is not None)
        self._seen(sight)
        if any(watch.wants_burst for watch in self.watches):
            self._request_burst(self.camera.id)

    def _follow_the_light(self, frame: Frame) -> None:
        if not self._differs_at_night:
            return
        known, now = self._daylight, frame.captured_at
        self._daylight = Daylight.first(frame, now) if known is None else known.after(frame, now)

    def _light(self) -> Light:
        return Light.DAY if self._daylight is None else self._daylight.light

    def _look_with(
        self, watch: ZoneWatch, scan: _Scan, sight: Sight, background: Background, view: View
    ) -> None:
        observation = Observation(
            scan.frame,
            scan.activity,
            background,
            view,
            scan.detections.get(watch.config.model or ""),
            scan.burst if watch.wants_burst else (),
            asked=watch.config.model in scan.asked,
        )
        began = self._cpu_clock()
        findings = watch.step(self.camera.id, observation, self._light())
        self.rule_seconds += self._cpu_clock() - began
        for finding in findings:
            self._hand_on(watch, finding, sight)

    def _hand_on(self, watch: ZoneWatch, finding: Finding, sight: Sight) -> None:
        try:
            self._found(watch, finding, sight)
        except Exception as error:
            if not self._hands_on_badly:
                log.error("finding.failed", camera=self.camera.id, exc_info=error)
            self._hands_on_badly = True
        else:
            if self._hands_on_badly:
                log.info("finding.works_again", camera=self.camera.id)
            self._hands_on_badly = False
