"""One camera of a shard, as the reader thread sees it: connected, silent, failed, tried again.

What is wrong with its pictures is judged elsewhere (`ingest.condition`), by decode threads; here
the two are put together into one state, by `ingest.health.PRECEDENCE`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from threading import RLock
from zlib import crc32

import structlog

from configs.town import Camera
from ingest.condition.picture import PictureCondition
from ingest.decode import GopCursor
from ingest.failure import SourceError, offline
from ingest.flapping import LOSSES, Flapping
from ingest.gate import Gate
from ingest.health import PRECEDENCE, CameraState, Health
from ingest.media import StreamInfo
from ingest.reconnect import ReconnectPolicy
from ingest.ring import CameraRing
from ingest.scan import ScanPlan
from ingest.source import Drop, Source, SourceCounters, Stream, WireUnit

log = structlog.get_logger("ingest")

STALL_AFTER = 10.0
"""Seconds without a picture before a connected camera is called stalled: five GOPs of 2 s."""
DAMAGED_KEYFRAMES = 3
"""Keyframes in a row that cannot be decoded before the camera is called stalled. One or two are
what a bad radio link does on any day."""
TALKATIVE = 32 << 10
"""Bytes since its last picture from which a camera is not silent but not understood."""
BLIND_AFTER = 60.0
"""Seconds of connection without a single picture that could be decoded, before the camera is
called stalled: longer than any smart codec's GOP that was seen."""
RENEW_AFTER = 15.0
"""Seconds of being stalled before the connection is made anew: a camera that changed its codec says
so only to who asks again."""
RENEW_JITTER = 0.2
"""Each camera's own part by which that is longer or shorter: 700 that are cut off at the same
moment dial again within 6 s, not within one."""

Open = Callable[[Camera, SourceCounters, float], Source]
"""Opens a camera's source; raises SourceError where the configuration alone forbids it."""


class Feed:
    """A camera, its connection and what is known of it.

    `poll` is for the reader thread. What decode threads keep here (`gate`, `learn`, counters) they
    touch one camera at a time.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        open_source: Open,
        policy: ReconnectPolicy,
        health_changed: Callable[[Health, Health], None],
        now: float,
    ) -> None:
        """`health_changed` is told what is said now, and what was said before: of another state,
        or for another reason."""
        self.camera = camera
        self.counters = SourceCounters()
        self.ring = CameraRing(self.counters)
        self.gate = Gate()
        phase = crc32(camera.id.encode()) / 2**32
        self.plan = ScanPlan(camera.scan_interval, phase)
        self.condition = PictureCondition()
        self.source: Source | None = None
        self.stream: Stream | None = None
        """That of the newest units; its pictures alone are worth a scan."""
        self.cursor: GopCursor | None = None
        self.keyframes_decoded = 0
        self.looked_at: float | None = None
        self.damaged_in_a_row = 0
        self.burst_wanted = False
        self.sink_failed = False
        self.scan_failed = False
        self.removed = False
        self.handing = RLock()
        """Held while the sink is told of this camera."""
        self.poll_failed = False
        self._open_source = open_source
        self._policy = policy
        self._health_changed = health_changed
        self._learned: tuple[Stream, StreamInfo] | None = None
        self._renew_after = RENEW_AFTER * (1.0 + RENEW_JITTER * (2.0 * phase - 1.0))
        self._retry_at = now
        self._last_unit = now
        """When the last picture came, or the connection that has brought none yet was begun."""
        self._last_picture = now
        """When the last picture came, over whichever connection."""
        self._connected_at = now
        self._bytes_then = 0
        self._flapping = Flapping()
        self._had_units = False
        self._stalled_at = -1
        """Keyframes that had been decoded when the camera was hung up on for showing nothing: it is
        online again when there is one more."""
        state = CameraState.CONNECTING if camera.enabled else CameraState.DISABLED
        self.health = Health(camera.id, state, now)

    @property
    def hurried(self) -> bool:
        """Whether a connection is being made, which takes several turns of question and answer."""
        return self.source is not None and not self.source.settled

    def reconfigure(self, camera: Camera) -> None:
        """Take a configuration that differs in nothing that the connection depends on."""
        if camera.view != self.camera.view:
            self.condition.forget()
        self.camera = camera
        self.plan.set_interval(camera.scan_interval)

    def info_of(self, stream: Stream) -> StreamInfo:
        """What is known of a stream: what its pictures taught, or what was announced."""
        learned = self._learned
        return learned[1] if learned is not None and learned[0] is stream else stream.info

    def learn(self, stream: Stream, info: StreamInfo) -> None:
        """Keep what a keyframe brought with it, for that stream alone."""
        self._learned = stream, info

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
            if units and self.source is not source:
                # It was hung up on just now: these have nobody any more who says what they are.
                self.counters.drops[Drop.DISCONNECTED] += len(units)
                return ()
        return units

    def broke(self, error: Exception, now: float) -> None:
        """Hang up for an error of our own, and try again later."""
        self._note(error)
        self._fail(offline(f"an error of Fenghuo itself: {type(error).__name__}"), now)

    def let_go(self) -> None:
        """Tell the sink nothing of this camera from now on; waits until it was told the last."""
        with self.handing:
            self.removed = True

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
            self._last_unit = self._connected_at = now
            self._bytes_then = self.counters.received_bytes
            self._had_units = False
            self.damaged_in_a_row = 0
        return self.source

    def _judge(self, source: Source, units: Sequence[WireUnit], now: float) -> None:
        if units:
            self._last_unit = self._last_picture = now
            self._bytes_then = self.counters.received_bytes
            self._had_units = True
            self.stream = source.stream
        stalled = self._stalled(source, now)
        if stalled:
            self._enter(CameraState.STALLED, stalled, now)
            if now - max(self.health.since, self._connected_at) >= self._renew_after:
                self._fail(SourceError(CameraState.STALLED, f"{stalled}; connecting anew"), now)
        elif units and self.keyframes_decoded > self._stalled_at:
            self._stalled_at = -1
            self._policy.succeeded()
            self._flapping.calm(now, self._last_picture)
            self._enter(CameraState.ONLINE, source.trouble, now)

    def _stalled(self, source: Source, now: float) -> str:
        """Why a connected camera shows nothing; empty while it does."""
        if self.damaged_in_a_row >= DAMAGED_KEYFRAMES:
            return f"connected, but its last {DAMAGED_KEYFRAMES} keyframes cannot be decoded"
        if source.settled and now - self._last_unit >= STALL_AFTER:
            if self.counters.received_bytes - self._bytes_then >= TALKATIVE:
                return (
                    f"connected and sending, but its packets made no picture for {STALL_AFTER:.0f} "
                    "s: its clock may stand still; restart it, or try transport: libav"
                )
            return f"connected, but no picture came for {STALL_AFTER:.0f} s"
        seen = max(self._connected_at, self.looked_at or 0.0)
        if self._had_units and not source.lossless and now - seen >= BLIND_AFTER:
            return (
                f"connected, but nothing that it sent for {BLIND_AFTER:.0f} s could be decoded; "
                "set H.264 or H.265 and a keyframe every 2 s"
            )
        return ""

    def _fail(self, failure: SourceError, now: float) -> None:
        self.close()
        wait = math.inf if failure.final else self._policy.delay(failure.state)
        self._retry_at = now + wait
        if self._had_units and failure.state is CameraState.OFFLINE and not failure.final:
            self._flapping.lost(now)
        self._had_units = False
        if failure.state is CameraState.STALLED:
            self._stalled_at = self.keyframes_decoded
        self._flapping.calm(now, self._last_picture)
        self._enter(failure.state, failure.reason, now)

    def _enter(self, state: CameraState, reason: str, now: float) -> None:
        """Say the first of what is true: this of the connection, and what else is known.

        Within a state its `since` stays, and only the reason is brought up to date.
        """
        before, trouble = self.health, self.condition.trouble
        alone = trouble is None and self._flapping.since is None
        if alone and (state, reason) == (before.state, before.reason):
            return
        true = {state: (reason, now)}
        if self._flapping.since is not None:
            last = reason if state is CameraState.OFFLINE else ""
            true[CameraState.FLAPPING] = self._flaps(last), self._flapping.since
        if trouble is not None:
            true[trouble.state] = trouble.reason, trouble.since
        first = min(true, key=PRECEDENCE.index)
        reason, since = true[first]
        since = before.since if first is before.state else since
        self.health = Health(self.camera.id, first, since, reason)
        if (first, reason) != (before.state, before.reason):
            with self.handing:
                if not self.removed:
                    self._health_changed(self.health, before)

    def _flaps(self, last: str) -> str:
        """What is said of a flapping camera; `last`: why it was lost just now, if it was."""
        reason = f"lost {LOSSES} times or more within minutes: check its cable, link and power"
        if last:
            return f"{reason} (last: {last})"
        return self.health.reason if self.health.state is CameraState.FLAPPING else reason
