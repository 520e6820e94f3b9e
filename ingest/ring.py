"""The GOP ring buffer: the last seconds of every camera of a shard, bounded by bytes in all."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.source import Drop, SourceCounters, Stream, WireUnit

MAX_GOP = 32 << 20
"""Bytes. A camera that sends no keyframe for this long (minutes at any usual rate) gets no more
room until the next one."""


@dataclass(slots=True, eq=False)
class Gop:
    """A keyframe and what refers to it. `stream` says how to unwrap its units."""

    stream: Stream
    ring: CameraRing
    units: list[WireUnit] = field(default_factory=list)
    size: int = 0


class CameraRing:
    """One camera's part of the ring; made and used through a `GopRing` only."""

    __slots__ = ("counters", "gops")

    def __init__(self, counters: SourceCounters) -> None:
        self.gops: deque[Gop] = deque()
        self.counters = counters


class GopRing:
    """All cameras' GOPs in the order in which they began; the oldest go first when it is full.

    The reader thread appends; any thread may ask for copies.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._size = 0
        self._gops: deque[Gop] = deque()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes held now."""
        return self._size

    @property
    def limit(self) -> int:
        """Bytes that it may hold."""
        return self._max_bytes

    def append(self, ring: CameraRing, stream: Stream, units: Iterable[WireUnit]) -> None:
        """Take new units of one camera, in decoding order."""
        with self._lock:
            gop = ring.gops[-1] if ring.gops else None
            for unit in units:
                if unit.keyframe:
                    gop = self._begin(ring, stream)
                size = len(unit.wire)
                if gop is None or gop.stream is not stream:
                    ring.counters.drops[Drop.NO_KEYFRAME] += 1
                elif not unit.intact:
                    # It refers to a picture that was lost: it would come out smeared or grey.
                    ring.counters.drops[Drop.AFTER_LOSS] += 1
                elif gop.size + size > MAX_GOP:
                    ring.counters.drops[Drop.RING_FULL] += 1
                else:
                    gop.units.append(unit)
                    gop.size += size
                    self._size += size
                    ring.counters.units_kept += 1
            while self._size > self._max_bytes and self._gops:
                self._drop_oldest()

    def _begin(self, ring: CameraRing, stream: Stream) -> Gop:
        gop = Gop(stream, ring)
        ring.gops.append(gop)
        self._gops.append(gop)
        return gop

    def _drop_oldest(self) -> None:
        gop = self._gops.popleft()
        if gop.ring.gops and gop.ring.gops[0] is gop:
            gop.ring.gops.popleft()
            gop.ring.counters.units_aged += len(gop.units)
        self._size -= gop.size

    def current(self, ring: CameraRing) -> tuple[Stream, tuple[WireUnit, ...]] | None:
        """The GOP that is being received, as far as it has come."""
        with self._lock:
            return self._copy(ring, -1)

    def complete(self, ring: CameraRing) -> tuple[Stream, tuple[WireUnit, ...]] | None:
        """The GOP before the current one."""
        with self._lock:
            return self._copy(ring, -2)

    @staticmethod
    def _copy(ring: CameraRing, index: int) -> tuple[Stream, tuple[WireUnit, ...]] | None:
        if len(ring.gops) < -index:
            return None
        gop = ring.gops[index]
        return gop.stream, tuple(gop.units)

    def clip(
        self, ring: CameraRing, start: float, end: float
    ) -> tuple[Stream, tuple[WireUnit, ...]] | None:
        """Units from the last keyframe at or before `start` up to `end` (Unix seconds).

        Where the ring does not reach back to `start`, it begins with the first keyframe there is;
        where the camera was reconnected in between, with the first of the last connection.
        """
        with self._lock:
            gops = [g for g in ring.gops if g.units and g.units[0].captured_at <= end]
            first = max(
                (i for i, gop in enumerate(gops) if gop.units[0].captured_at <= start), default=0
            )
            wanted = gops[first:]
            if not wanted:
                return None
            stream = wanted[-1].stream
            units = tuple(
                unit
                for gop in wanted
                if gop.stream is stream
                for unit in gop.units
                if unit.captured_at <= end
            )
        return stream, units

    def forget(self, ring: CameraRing) -> None:
        """Let go of all that is held of one camera."""
        with self._lock:
            self._gops = deque(gop for gop in self._gops if gop.ring is not ring)
            self._size -= sum(gop.size for gop in ring.gops)
            ring.gops.clear()
