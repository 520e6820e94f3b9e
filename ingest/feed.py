"""One camera of a shard, as the reader thread sees it: connected, silent, failed, tried again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from zlib import crc32

import structlog

from configs.town import Camera
from ingest.decode import GopCursor
from ingest.failure import SourceError, offline
from ingest.gate import Gate
from ingest.health import CameraState, Health
from ingest.media import StreamInfo
from ingest.reconnect import ReconnectPolicy
from ingest.ring import CameraRing
from ingest.scan import ScanPlan
from ingest.source import Source, SourceCounters, WireUnit

log = structlog.get_logger("ingest")

STALL_AFTER = 10.0
"""Seconds without a picture before a connected camera is called stalled: five GOPs of 2 s."""
DAMAGED_KEYFRAMES = 3
"""Keyframes in a row that cannot be decoded before the camera is called stalled. One or two are
what a bad radio link does on any day."""

Open = Callable[[Camera, SourceCounters, float], Source]
"""Opens a camera's source; raises SourceError where the configuration alone forbids it."""


class Feed:
    """A camera, its connection and what is known of it.

    `poll` is for the reader thread. What decode threads keep here (`gate`, `info`, counters) they
    touch one camera at a time.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        open_source: Open,
        policy: ReconnectPolicy,
        health_changed: Callable[[Health], None],
        now: float,
    ) -> None:
        self.camera = camera
        self.counters = SourceCounters()
        self.ring = CameraRing(self.counters)
        self.gate = Gate()
        self.plan = ScanPlan(camera.scan_interval, crc32(camera.id.encode()) / 2**32)
        self.source: Source | None = None
        self.info: StreamInfo | None = None
        self.cursor: GopCursor | None = None
        self.keyframes_decoded = 0
        self.looked_at: float | None = None
        self.damaged_in_a_row = 0
        self.burst_wanted = False
        self.sink_failed = False
        self.scan_failed = False
        self.poll_failed = False
        self._open_source = open_source
        self._policy = policy
        self._health_changed = health_changed
        self._retry_at = now
        self._last_unit = now
        state = CameraState.CONNECTING if camera.enabled else CameraState.DISABLED
        self.health = Health(camera.id, state, now)

    @property
    def hurried(self) -> bool:
        """Whether a connection is being made, which takes several turns of question and answer."""
        return self.source is not None and not self.source.settled

    def reconfigure(self, camera: Camera) -> None:
        """Take a configuration that differs in nothing that the connection depends on."""
        self.camera = camera
        self.plan.set_interval(camera.scan_interval)

    def poll(self, now: float) -> Sequence[WireUnit]:
        """New units of this camera; connects, reconnects and judges its health on the way."""
        if not self.camera.enabled:
            return ()
        try:
            source = self._connected(now)
            units = source.read(now) if source is not None else ()
        except SourceError as failure:
            self._fail(failure, now)
            return ()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it is this camera's own
            self.broke(error, now)
            return ()
        if source is not None:
            self._judge(source, units, now)
        return units

    def broke(self, error: Exception, now: float) -> None:
        """Hang up for an error of our own, and try again later."""
        self._note(error)
        self._fail(offline(f"an error of Fenghuo itself: {type(error).__name__}"), now)

    def close(self) -> None:
        """Hang up. A connection that cannot be closed is let go of."""
        source, self.source = self.source, None
        try:
            if source is not None:
                source.close()
        except Exception as error:  # noqa: BLE001 - nothing is left to be done about it
            self._note(error)

    def _note(self, error: Exception) -> None:
        """Log the first error of our own that this camera met."""
        if not self.poll_failed:
            self.poll_failed = True
            log.error("camera_error", camera=self.camera.id, exc_info=error)

    def _connected(self, now: float) -> Source | None:
        if self.source is None and now >= self._retry_at:
            self.source = self._open_source(self.camera, self.counters, now)
            self._last_unit = now
            self.damaged_in_a_row = 0
        return self.source

    def _judge(self, source: Source, units: Sequence[WireUnit], now: float) -> None:
        if units:
            self._last_unit = now
            if self.info is None and source.stream is not None:
                self.info = source.stream.info
        if self.damaged_in_a_row >= DAMAGED_KEYFRAMES:
            reason = f"connected, but its last {DAMAGED_KEYFRAMES} keyframes cannot be decoded"
            self._enter(CameraState.STALLED, reason, now)
        elif units:
            self._policy.succeeded()
            self._enter(CameraState.ONLINE, source.trouble, now)
        elif source.settled and now - self._last_unit >= STALL_AFTER:
            reason = f"connected, but no picture came for {STALL_AFTER:.0f} s"
            self._enter(CameraState.STALLED, reason, now)

    def _fail(self, failure: SourceError, now: float) -> None:
        self.close()
        wait = math.inf if failure.final else self._policy.delay(failure.state)
        self._retry_at = now + wait
        self._enter(failure.state, failure.reason, now)

    def _enter(self, state: CameraState, reason: str, now: float) -> None:
        """Change state; within a state only the reason is brought up to date, silently."""
        before = self.health
        if state is before.state:
            if reason != before.reason:
                self.health = Health(self.camera.id, state, before.since, reason)
            return
        self.health = Health(self.camera.id, state, now, reason)
        self._health_changed(self.health)
