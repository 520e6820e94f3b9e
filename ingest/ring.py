"""The GOP ring buffer: the last seconds of every camera of a shard, bounded by bytes in all."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.source import Drop, SourceCounters, Stream, WireUnit

UNIT_OVERHEAD = 192
"""Bytes that a unit takes besides its own: tuple 96, head of its bytes 33, two numbers 56, a place
in a list 8 (sys.getsizeof; tracemalloc says 190). A hostile camera's units have 18 of their own."""
GOP_OVERHEAD = 176
"""Bytes of a GOP that holds nothing yet (tracemalloc), charged to its keyframe."""
MAX_GOP = 32 << 20
"""Bytes. A GOP that grows beyond it (minutes at any usual rate) loses its beginning."""


@dataclass(slots=True, eq=False)
class Gop:
    """A keyframe and what refers to it. `stream` says how to unwrap its units.

    `beheaded` of its first units had to make room while it was being received: the rest is of use
    to a decoder that has seen them, and to nobody else.
    """

    stream: Stream
    ring: CameraRing
    units: list[WireUnit] = field(default_factory=list)
    size: int = 0
    beheaded: int = 0


def cost_of(unit: WireUnit) -> int:
    """The memory that a unit takes, in bytes."""
    overhead = UNIT_OVERHEAD + GOP_OVERHEAD if unit.keyframe else UNIT_OVERHEAD
    return len(unit.wire) + overhead


class CameraRing:
    """One camera's part of the ring; made and used through a `GopRing` only."""

    __slots__ = ("counters", "gops")

    def __init__(self, counters: SourceCounters) -> None:
        self.gops: deque[Gop] = deque()
        self.counters = counters


class GopRing:
    """All cameras' GOPs in the order in which they began; the oldest go first when it is full.

    A GOP of 60 s that is still being received may well be the oldest. Its units go, but it stays
    in the line as if it began anew, so that whoever decodes it as it grows can go on.

    The reader thread appends; any thread may ask for copies.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._size = 0
        self._gops: deque[Gop] = deque()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes held now, those of Python's own objects as well."""
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
                size = cost_of(unit)
                if gop is None or gop.stream is not stream:
                    ring.counters.drops[Drop.NO_KEYFRAME] += 1
                elif not unit.intact:
                    # It refers to a picture that was lost: it would come out smeared or grey.
                    ring.counters.drops[Drop.AFTER_LOSS] += 1
                else:
                    if gop.size + size > MAX_GOP:
                        self._behead(gop)
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
        gops = gop.ring.gops
        if gops and gops[-1] is gop:
            self._behead(gop)
            self._gops.append(gop)
            return
        if gops and gops[0] is gop:
            gops.popleft()
            gop.ring.counters.units_aged += len(gop.units)
        self._size -= gop.size

    def _behead(self, gop: Gop) -> None:
        """Let go of what a GOP has so far."""
        gop.ring.counters.units_aged += len(gop.units)
        gop.beheaded += len(gop.units)
        gop.units.clear()
        self._size -= gop.size
        gop.size = 0

    def follow(
        self, ring: CameraRing, gop: Gop | None, position: int
    ) -> tuple[Gop, tuple[WireUnit, ...]] | None:
        """The GOP that is being received, and its units from a position on.

        From its keyframe on where it is not `gop` any more. None where they have left the ring.
        """
        with self._lock:
            if not ring.gops:
                return None
            current = ring.gops[-1]
            start = (position if current is gop else 0) - current.beheaded
            return (current, tuple(current.units[start:])) if start >= 0 else None

    def complete(self, ring: CameraRing) -> tuple[Stream, tuple[WireUnit, ...]] | None:
        """The GOP before the current one, if it is there from its keyframe on."""
        with self._lock:
            if len(ring.gops) < 2 or ring.gops[-2].beheaded:
                return None
            gop = ring.gops[-2]
            return gop.stream, tuple(gop.units)

    def clip(
        self, ring: CameraRing, start: float, end: float
    ) -> tuple[Stream, tuple[WireUnit, ...]] | None:
        """Units from the last keyframe at or before `start` up to `end` (Unix seconds).

        Where the ring does not reach back to `start`, it begins with the first keyframe there is;
        where the camera was reconnected in between, with the first of the last connection.
        """
        with self._lock:
            whole = (gop for gop in ring.gops if gop.units and not gop.beheaded)
            gops = [gop for gop in whole if gop.units[0].captured_at <= end]
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
