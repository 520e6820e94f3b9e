"""A camera at work: walks through its source in real time and hands each picture to its viewers."""

from __future__ import annotations

import secrets
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from ingest.farm.altered import ALTERING, Altered
from ingest.farm.camera import FarmCamera
from ingest.farm.damage import damaged, garbage_packet, noise
from ingest.farm.faults import Fault, FaultKind, active_kinds
from ingest.farm.packetise import PacketisedPicture
from ingest.farm.source import Source
from ingest.farm.viewer import Counters, Viewer
from ingest.media import CLOCK_RATE, StreamInfo

LATEST = 1.0
"""Seconds by which a picture may be late. After a longer halt of the machine the feed jumps."""

GROWING_RETRY = 0.02
"""Seconds until a picture that is still being drawn is looked for again."""

FLAPS_AFTER = 5.0
"""Seconds that a connection lives while a camera flaps."""

BACK = 60 * CLOCK_RATE
"""90 kHz ticks by which timestamps jump back."""

_HANG_UP = frozenset({FaultKind.DROP, FaultKind.AUTH})
_TIMES = frozenset({FaultKind.TIMES_BACK, FaultKind.TIMES_STILL, FaultKind.TIMES_WILD})


@dataclass(slots=True)
class _Watch:
    viewer: Viewer
    hang_up: Callable[[], None]
    since: float


class Feed:
    """One camera. All its viewers see the same picture at the same moment, as with a real one."""

    def __init__(self, camera: FarmCamera, source: Source) -> None:
        self.camera = camera
        self.source = source
        self.kinds: frozenset[FaultKind] = frozenset()
        self.left = Counters()
        self.sessions = 0
        """How often somebody began to watch."""
        self._faults = camera.faults
        self._watches: list[_Watch] = []
        self._begun: float | None = None
        self._round = 0
        self._index = 0
        self._base = 0
        """90 kHz ticks from the camera's first picture to the first of what it plays now."""
        self._last_ticks = 0
        self._own = source
        self._announced = source.info.codec
        self._altered: Altered | None = None
        self._back = 0
        self._still: int | None = None

    @property
    def info(self) -> StreamInfo:
        """What DESCRIBE announces: what is sent, but for what comes in mid-stream."""
        altered = self._altered
        if altered is not None and altered.kind is FaultKind.RECODE and altered.loop is not None:
            return altered.loop.info
        return self._own.info

    @property
    def viewers(self) -> tuple[Viewer, ...]:
        return tuple(watch.viewer for watch in self._watches)

    def begin(self, now: float) -> None:
        """The loop begins at `now` (Unix seconds), or has run for the camera's head start then."""
        if self._begun is None:
            ahead = self.camera.head_start * self.source.duration if self.source.complete else 0.0
            self._begun = now - ahead / CLOCK_RATE
            self.source.begin(now)

    def join(self, viewer: Viewer, hang_up: Callable[[], None], now: float) -> None:
        """Let a viewer in; `hang_up` closes its connection."""
        self.begin(now)
        if not self._watches:
            self._seek(now)
        self._watches.append(_Watch(viewer, hang_up, now))
        self.sessions += 1

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer; one that is not there is no error. Its counters are kept."""
        for watch in self._watches:
            if watch.viewer is viewer:
                self._watches = [other for other in self._watches if other is not watch]
                _add(self.left, viewer.counters)

    def ticks_at(self, now: float) -> int:
        """90 kHz ticks from the first picture's moment to `now`."""
        return round((now - (self._begun if self._begun is not None else now)) * CLOCK_RATE)

    def totals(self) -> Counters:
        """What this camera sent and dropped, viewers that left included."""
        total = Counters()
        for counters in (self.left, *(viewer.counters for viewer in self.viewers)):
            _add(total, counters)
        return total

    def add_fault(self, fault: Fault) -> None:
        self._faults = (*self._faults, fault)

    def clear_faults(self) -> None:
        self._faults = ()

    def refresh_faults(self, elapsed: float) -> None:
        """Begin and end faults; `elapsed` is seconds from the farm's time zero."""
        if not self._faults and not self.kinds:
            return
        self._faults = tuple(fault for fault in self._faults if elapsed < fault.ends)
        before, self.kinds = self.kinds, active_kinds(self._faults, elapsed)
        if (self.kinds - before) & _HANG_UP:
            self._hang_up_all()
        if not self.kinds & _TIMES:
            self._still = None
        self._alter()

    def _alter(self) -> None:
        """Begin or end a fault that is in the pictures."""
        wanted = next(iter(sorted(self.kinds & ALTERING)), None)
        kind = self._altered.kind if self._altered is not None else None
        if wanted is not kind and self._own.pictures:
            self._altered = Altered(wanted, self._own, self._index) if wanted is not None else None

    def play(self, now: float) -> float | None:
        """Send what is due; the moment of the next picture, or None while nobody watches."""
        if FaultKind.FLAP in self.kinds:
            self._flap(now)
        while self._watches and self._begun is not None:
            self._take_altered(now)
            picture = self._current()
            if picture is None:
                return now + GROWING_RETRY
            ticks = self._base + self._round * self.source.duration + picture.ticks
            due = self._begun + ticks / CLOCK_RATE
            if due > now:
                return due
            self._index += 1
            if now - due > LATEST or FaultKind.STALL in self.kinds:
                self._leave_out()
            else:
                self._send(picture, ticks, now)
        return None

    def _take_altered(self, now: float) -> None:
        """Go on with another loop from its beginning, when a fault of the pictures begins or ends.

        Whoever was told another codec than comes now is hung up on.
        """
        altered = self._altered
        source = self._own if altered is None else altered.loop or self.source
        if source is self.source:
            return
        step = source.duration // len(source.pictures)
        self._base = max(self._last_ticks + step, self.ticks_at(now)) - source.first
        self.source = source
        self._round = self._index = 0
        self._leave_out()
        if self.info.codec is not self._announced:
            self._announced = self.info.codec
            self._hang_up_all()

    def _flap(self, now: float) -> None:
        for watch in self._watches:
            if now - watch.since >= FLAPS_AFTER:
                watch.hang_up()

    def _current(self) -> PacketisedPicture | None:
        pictures = self.source.pictures
        if self._index >= len(pictures) and self.source.complete:
            self._index = 0
            self._round += 1
        return pictures[self._index] if self._index < len(pictures) else None

    def _seek(self, now: float) -> None:
        """Go to the first picture that is due at `now` or later."""
        first = self.source.first
        passed = max(0, self.ticks_at(now) - self._base - first)
        self._round, ticks = divmod(passed, self.source.duration)
        self._index = bisect_left(self.source.pictures, first + ticks, key=attrgetter("ticks"))

    def _leave_out(self) -> None:
        for watch in self._watches:
            watch.viewer.wait_for_keyframe()

    def _send(self, picture: PacketisedPicture, ticks: int, now: float) -> None:
        if self.kinds:
            picture = self._disturbed(picture)
        self._last_ticks = ticks
        wall_ticks = self.ticks_at(now)
        if self.kinds & _TIMES:
            ticks = wall_ticks = self._wrong(picture, ticks)
        for watch in self._watches:
            watch.viewer.report(now, wall_ticks)
            watch.viewer.send(picture, ticks)

    def _disturbed(self, picture: PacketisedPicture) -> PacketisedPicture:
        for watch in self._watches:
            if FaultKind.GARBAGE in self.kinds:
                watch.viewer.disturb(garbage_packet(watch.viewer.channel))
            if FaultKind.GARBAGE_RTSP in self.kinds:
                watch.viewer.disturb(noise())
        if FaultKind.CUT in self.kinds:
            self._cut(picture)
        if picture.keyframe and FaultKind.CORRUPT_KEYFRAME in self.kinds:
            return damaged(picture)
        return picture

    def _wrong(self, picture: PacketisedPicture, ticks: int) -> int:
        """What the camera's clock says instead."""
        if FaultKind.TIMES_WILD in self.kinds:
            return secrets.randbits(32)
        if FaultKind.TIMES_STILL in self.kinds:
            self._still = ticks if self._still is None else self._still
            return self._still
        self._back += BACK if picture.keyframe else 0
        return ticks - self._back

    def _cut(self, picture: PacketisedPicture) -> None:
        """Half a picture, and the end."""
        for watch in self._watches:
            watch.viewer.disturb(bytes(picture.packets[: len(picture.packets) // 2]))
        self._faults = tuple(fault for fault in self._faults if fault.kind is not FaultKind.CUT)
        self._hang_up_all()

    def _hang_up_all(self) -> None:
        for watch in self._watches:
            watch.hang_up()


def _add(total: Counters, more: Counters) -> None:
    total.pictures += more.pictures
    total.packets += more.packets
    total.bytes += more.bytes
    total.dropped_pictures += more.dropped_pictures
    total.dropped_packets += more.dropped_packets
