"""The pipeline: what a shard sees goes in, events that are safely written down come out.

A camera's scan goes through its zones' rules (`WatchedCamera`); a finding becomes an Event, is
written to the outbox, and only then counts as having happened; its snapshot and clip follow from
another thread (`EvidenceMaker`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import structlog

from configs.rules import ZoneRule
from configs.shadow import Shadow
from configs.town import Camera, Zone
from detectors.camera_health import SHOWN, CameraHealthRule, CameraHealthState, HealthFinding
from detectors.config_version import config_version
from detectors.event import Blur, Event
from detectors.event_maker import EventMaker, Origin
from detectors.evidence import EvidenceMaker, Footage, Sighting
from detectors.hours import Hours
from detectors.recorder import Recorder
from detectors.rules.build import BuildRule, build
from detectors.rules.rule import Finding, Rule
from detectors.shadows import NO_SHADOWS, Shadows, ShadowStats, ShadowWatch
from detectors.town_wide import TownWide
from detectors.watched import LoadedModel, Sight, WatchedCamera
from detectors.zone_watch import ZoneWatch
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import PICTURE_STATES, CameraState, Health

log = structlog.get_logger(__name__)

NO_TOWN = TownWide(confidence_floor=0.0, timezone="UTC")


@dataclass(frozen=True, slots=True)
class PipelineStats:
    """Since the start, over all cameras, those that are gone as well; `events_unwritten` and
    `rules_broken` are of now. `rule_seconds` are CPU seconds."""

    scans: int
    skipped: int
    rules_broken: int
    events: int
    events_unwritten: int
    events_lost: int
    rule_seconds: float
    evidence_dropped: int
    shadows: ShadowStats = NO_SHADOWS


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that raised on its last picture."""

    camera_id: str
    zone_id: str
    rule: str
    error: str


@dataclass(slots=True)
class _Gone:
    """What cameras did that are watched no more, or in another way."""

    scans: int = 0
    skipped: int = 0
    rule_seconds: float = 0.0
    shadows: ShadowStats = NO_SHADOWS

    def add_shadows(self, gone: ShadowStats) -> None:
        self.shadows += gone

    def add(self, camera: WatchedCamera) -> None:
        self.scans += camera.scans
        self.skipped += camera.skipped
        self.rule_seconds += camera.rule_seconds


@dataclass(slots=True)
class _Presence:
    """A camera's health as last heard, and its own rule's memory.

    `sight` is its last picture, kept only while something is wrong with what it shows.
    """

    rule: CameraHealthRule
    state: CameraHealthState
    health: Health
    sight: Sight | None = None


class Pipeline:
    """A FrameSink for all cameras of a shard. Any thread may call any method."""

    def __init__(
        self,
        shard: str,
        *,
        record: Callable[[Event], None],
        evidence: EvidenceMaker,
        models: Mapping[str, LoadedModel],
        epoch: Callable[[], int],
        clock: Callable[[], float],
        town: TownWide = NO_TOWN,
        seen: Callable[[Camera, Sight], None] = lambda _camera, _sight: None,
        state_changed: Callable[[], None] = lambda: None,
        build_rule: BuildRule = build,
        cpu_clock: Callable[[], float] = time.thread_time,
        with_shadows: bool = False,
    ) -> None:
        """`record` must have the event on disk when it returns (Outbox.append). `models` may grow
        later; rules make use of them from then on. `seen` gets every scan and must be brief, as
        `state_changed`, which is called when a camera's state has become another. `with_shadows`:
        rules' shadows run, and what they find is recorded, marked."""
        self._recorder = Recorder(record)
        self._evidence = evidence
        self._models = models
        self._clock = clock
        self._town = town
        self._seen = seen
        self._state_changed = state_changed
        self._build_rule = build_rule
        self._cpu_clock = cpu_clock
        self._events = EventMaker(shard, models=models, epoch=epoch, clock=clock)
        self._with_shadows = with_shadows
        self._footage: Footage | None = None
        self._cameras: dict[str, WatchedCamera] = {}
        self._shadows: dict[str, Shadows] = {}
        self._gone = _Gone()
        self._presence: dict[str, _Presence] = {}
        self._presence_lock = Lock()

    def attach(self, footage: Footage) -> None:
        """Say where clips and bursts come from: the shard. Before it starts."""
        self._footage = footage
        self._evidence.attach(footage)

    def add(self, camera: Camera) -> None:
        """Watch a camera, from nothing."""
        self._watch(camera, None)

    def replace(self, camera: Camera) -> None:
        """Watch a camera as it is described now; rules that did not change keep their memory."""
        old = self._cameras.get(camera.id)
        if old is not None:
            old.close()
            self._gone.add(old)
        self._watch(camera, old)

    def follow(self, town: TownWide) -> None:
        """Go by these settings of the town; rules that they do not touch keep their memory."""
        self._town = town
        for watched in tuple(self._cameras.values()):
            self.replace(watched.camera)

    def remove(self, camera_id: str) -> None:
        """Forget a camera; an episode that is open in it stays open for a person to end."""
        old = self._cameras.pop(camera_id, None)
        shadows = self._shadows.pop(camera_id, None)
        if shadows is not None:
            self._gone.add_shadows(shadows.stats())
        if old is not None:
            old.close()
            self._gone.add(old)
        with self._presence_lock:
            self._presence.pop(camera_id, None)

    def scanned(self, frame: Frame, activity: Activity) -> None:
        camera = self._cameras.get(frame.camera_id)
        if camera is not None:
            self._keep_if_in_trouble(frame)
            camera.scanned(frame, activity)

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        camera = self._cameras.get(camera_id)
        if camera is not None:
            camera.burst_decoded(frames)

    def health_changed(self, health: Health) -> None:
        with self._presence_lock:
            presence = self._presence.get(health.camera_id)
            if presence is None:
                return
            is_another = presence.health.state is not health.state
            presence.health = health
            if health.state not in PICTURE_STATES:
                presence.sight = None
        if is_another:
            self._state_changed()

    def tick(self) -> None:
        """Let time pass for the cameras that send nothing, and for events that could not be
        written; about once a second."""
        self._recorder.retry()
        now = self._clock()
        found: list[tuple[str, HealthFinding, Sight | None]] = []
        with self._presence_lock:
            for camera_id, presence in self._presence.items():
                presence.state, findings = presence.rule.step(presence.state, presence.health, now)
                found += [(camera_id, each, presence.sight) for each in findings]
        for camera_id, each, sight in found:
            self._found_in_camera(camera_id, each, sight, now)

    def health(self) -> tuple[Health, ...]:
        """How every camera is."""
        with self._presence_lock:
            return tuple(presence.health for presence in self._presence.values())

    def broken_rules(self) -> tuple[BrokenRule, ...]:
        """Rules that fail now."""
        return tuple(
            BrokenRule(camera.camera.id, watch.zone.id, watch.config.rule, watch.broken)
            for camera in tuple(self._cameras.values())
            for watch in camera.watches
            if watch.broken
        )

    def scanned_at(self) -> dict[str, float]:
        """Camera → capture of the last picture that came from it, Unix seconds; without those
        from which none came yet."""
        return {
            camera_id: camera.scanned_at
            for camera_id, camera in tuple(self._cameras.items())
            if camera.scanned_at is not None
        }

    def stats(self) -> PipelineStats:
        cameras = tuple(self._cameras.values())
        gone = self._gone
        return PipelineStats(
            scans=gone.scans + sum(camera.scans for camera in cameras),
            skipped=gone.skipped + sum(camera.skipped for camera in cameras),
            rules_broken=len(self.broken_rules()),
            events=self._recorder.written,
            events_unwritten=self._recorder.unwritten,
            events_lost=self._recorder.lost,
            rule_seconds=gone.rule_seconds + sum(camera.rule_seconds for camera in cameras),
            evidence_dropped=self._evidence.dropped,
            shadows=sum(
                (each.stats() for each in tuple(self._shadows.values())), start=gone.shadows
            ),
        )

    def _watch(self, camera: Camera, old: WatchedCamera | None) -> None:
        known = old.watches if old is not None else ()
        watches = [
            self._zone_watch(camera, zone, config.alone, known)
            for zone in camera.zones
            for config in zone.rules
        ]
        shadows = self._shadows[camera.id] = self._shadows_of(camera)
        self._cameras[camera.id] = WatchedCamera(
            camera,
            watches,
            models=self._models,
            found=lambda watch, finding, sight: self._found(camera, watch, finding, sight),
            seen=partial(self._seen, camera),
            request_burst=self._request_burst,
            cpu_clock=self._cpu_clock,
            before=old,
            onlooker=shadows,
        )
        self._await(camera)

    def _shadows_of(self, camera: Camera) -> Shadows:
        before = self._shadows.get(camera.id)
        known = before.shadows if before is not None else ()
        if before is not None:
            self._gone.add_shadows(before.stats())
        shadows = [
            self._shadow_watch(camera, zone, rule, shadow, known)
            for zone in (camera.zones if self._with_shadows else ())
            for rule in zone.rules
            for shadow in rule.shadow
        ]
        return Shadows(
            camera.id,
            shadows,
            models=self._models,
            found=partial(self._found_in_shadow, camera),
            clock=self._clock,
            cpu_clock=self._cpu_clock,
        )

    def _shadow_watch(
        self,
        camera: Camera,
        zone: Zone,
        rule: ZoneRule,
        shadow: Shadow,
        known: Sequence[ShadowWatch],
    ) -> ShadowWatch:
        config = shadow.under(rule)
        version = config_version(camera.with_rule(zone, rule, config), self._town.catalogue_version)
        old = [each.watch for each in known if each.name == shadow.name]
        made = ShadowWatch(shadow.name, self._zone_watch(camera, zone, config, old), version)
        for each in known:
            if each.watch is made.watch:
                made.told = each.told
        return made

    def _zone_watch(
        self, camera: Camera, zone: Zone, config: ZoneRule, old: Sequence[ZoneWatch]
    ) -> ZoneWatch:
        # The town's floor is given to the rule itself: filtered behind it, an episode that grows
        # sure later would never be told, and one that was not told would start a cooldown.
        config = config.at_least_as_sure_as(self._town.confidence_floor)
        hours = Hours(config.schedule, self._town.zone)

        def built(config: ZoneRule, hours: Hours) -> Rule[Any]:
            return self._build_rule(config, zone, camera, hours)

        for watch in old:
            if watch.watches(zone, config, hours):
                watch.go_on(zone, built)
                return watch
        return ZoneWatch.of(zone, config, hours, built)

    def _await(self, camera: Camera) -> None:
        """Begin or go on to take note of a camera's health."""
        rule = CameraHealthRule(camera.id, camera.offline, camera.conditions)
        with self._presence_lock:
            known = self._presence.get(camera.id)
            state = known.state if known is not None else rule.initial()
            health = self._health_of(camera, known)
            self._presence[camera.id] = _Presence(rule, state, health)

    def _health_of(self, camera: Camera, known: _Presence | None) -> Health:
        if not camera.enabled:
            return Health(camera.id, CameraState.DISABLED, self._clock())
        if known is not None and known.health.state is not CameraState.DISABLED:
            # A camera whose source did not change is not connected anew, and says nothing new.
            return known.health
        return Health(camera.id, CameraState.CONNECTING, self._clock())

    def _request_burst(self, camera_id: str) -> None:
        if self._footage is not None:
            self._footage.request_burst(camera_id)

    def _found(self, camera: Camera, watch: ZoneWatch, finding: Finding, sight: Sight) -> None:
        at = sight.frame.captured_at
        version = config_version(camera, self._town.catalogue_version)
        origin = Origin(camera, version, watch.zone, watch.config, self._blur_of(camera))
        event = self._events.event(origin, finding, at)
        if self._recorder.record(event) and event.data.evidence:
            self._evidence.ask(
                Sighting(event.id, camera, finding.started_at, at, finding.boxes, sight)
            )

    def _found_in_shadow(
        self, camera: Camera, shadow: ShadowWatch, finding: Finding, sight: Sight
    ) -> None:
        at, watch = sight.frame.captured_at, shadow.watch
        blur = Blur.MOVING if camera.blur_people else Blur.NONE
        origin = Origin(camera, shadow.config_version, watch.zone, watch.config, blur, shadow.name)
        event = self._events.event(origin, finding, at)
        if self._recorder.record(event) and event.data.evidence:
            self._evidence.ask_small(
                Sighting(event.id, camera, finding.started_at, at, finding.boxes, sight, clip=False)
            )

    def _keep_if_in_trouble(self, frame: Frame) -> None:
        presence = self._presence.get(frame.camera_id)
        if presence is not None and presence.health.state in PICTURE_STATES:
            presence.sight = Sight(frame, None, {})

    def _found_in_camera(
        self, camera_id: str, found: HealthFinding, sight: Sight | None, now: float
    ) -> None:
        watched = self._cameras.get(camera_id)
        if watched is None:
            return
        shown = sight if found.trouble in SHOWN else None
        finding = found.finding
        version = config_version(watched.camera, self._town.catalogue_version)
        blur = self._blur_of(watched.camera) if shown is not None else None
        event = self._events.event(Origin(watched.camera, version, blur=blur), finding, now)
        if self._recorder.record(event) and event.data.evidence and shown is not None:
            self._evidence.ask(
                Sighting(event.id, watched.camera, finding.started_at, now, (), shown)
            )

    def _blur_of(self, camera: Camera) -> Blur:
        if not camera.blur_people:
            return Blur.NONE
        # A model that only shadows name changes nothing of what is told of a rule.
        asked = {w.config.model for each in tuple(self._cameras.values()) for w in each.watches}
        knows = any("person" in m.names for name, m in self._models.items() if name in asked)
        return Blur.PEOPLE if knows else Blur.MOVING
