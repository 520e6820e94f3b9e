"""Cuts a camera's bytes into access units by walking the packet headers where they lie.

Nothing is unpacked here. 700 cameras send 40,000 packets a second, and one Python thread has
about 4 µs for each, so a packet costs one struct, a few comparisons and a table look; its body is
copied once, as part of the whole unit, when the unit is complete.
"""

from __future__ import annotations

from ingest.rtp.clock import StreamClock
from ingest.rtp.packet import FRAME_AND_RTP, FRAME_HEADER, MAGIC, RTP_HEADER, payload_of
from ingest.rtp.payload import PayloadError, PayloadFormat, Sight
from ingest.rtp.rtcp import sender_report
from ingest.source import Drop, SourceCounters, WireUnit

MAX_UNIT = 8 << 20
"""Bytes. A 4K keyframe at the highest quality of a camera stays below 4 MiB."""

_LATE = 0x8000
_PLAIN = 0x80
"""First byte of an RTP packet without padding, extension or contributing sources."""
_MARKER = 0x80
_NOTHING, _KEY, _FRAGMENT = int(Sight.NOTHING), int(Sight.KEY), int(Sight.FRAGMENT)
_unit = tuple.__new__
"""Makes a WireUnit without the Python call of its own constructor, which costs three times this."""


class Walker:
    """One camera's packets on one interleaved channel, in; whole access units, out.

    A unit ends at the marker bit, or when the timestamp changes. Units without a picture
    (parameter sets sent alone) are kept and go in front of the next one. A gap in the sequence
    numbers damages the unit that it falls into and the one that follows it at once, since nobody
    can tell to which of them the lost packets belonged.
    """

    __slots__ = (
        "_channel",
        "_clock",
        "_counters",
        "_damage",
        "_ended",
        "_expected",
        "_format",
        "_intact",
        "_late",
        "_marker_ends",
        "_parts",
        "_sight",
        "_size",
        "_tables",
        "_timestamp",
    )

    def __init__(
        self, payload_format: PayloadFormat, channel: int, counters: SourceCounters
    ) -> None:
        self._format = payload_format
        self._tables = (
            payload_format.first,
            payload_format.fragment,
            RTP_HEADER + payload_format.fragment_at,
        )
        self._channel = channel
        self._counters = counters
        self._clock = StreamClock()
        self._parts: list[bytes] = []
        self._size = 0
        self._expected = -1
        self._late = -1
        self._timestamp = -1
        self._ended = -1
        self._sight = 0
        self._damage: Drop | None = None
        self._marker_ends = True
        self._intact = True

    def walk(
        self, buffer: memoryview, start: int, end: int, arrived: float, units: list[WireUnit]
    ) -> int:
        """Walk whole frames in buffer[start:end]; append finished units, return where it stopped.

        It stops before an incomplete frame, or at a byte that begins no frame (an RTSP message).
        """
        # Locals, and integers for a Sight: this loop is a third of what a camera's reading costs.
        unpack, channel_wanted = FRAME_AND_RTP.unpack_from, self._channel
        position = kept = start
        last, packets = end - FRAME_AND_RTP.size, 0
        expected, timestamp, sight = self._expected, self._timestamp, self._sight
        while position <= last:
            magic, channel, length, _, second, sequence, stamp = unpack(buffer, position)
            after = position + FRAME_HEADER + length
            if magic != MAGIC or after > end:
                break
            if channel != channel_wanted or length < RTP_HEADER:
                self._other(buffer[position + FRAME_HEADER : after], channel, arrived)
                position = after
                if not packets and not self._parts:
                    kept = after
                continue
            gap = False
            if sequence != expected:
                if self._is_late(sequence, expected):
                    self._keep(buffer, kept, position)
                    position = kept = after
                    continue
                gap = expected >= 0
                if gap:
                    self._damage = Drop.SEQUENCE_GAP
            expected = sequence + 1 & 0xFFFF
            if stamp != timestamp:
                if sight:
                    self._take(packets)
                    self._finish(buffer[kept:position], timestamp, sight, arrived, units)
                    kept, packets, sight = position, 0, 0
                timestamp = stamp
                if gap:
                    self._damage = Drop.SEQUENCE_GAP
            if not sight:
                sight = self._look(buffer, position + FRAME_HEADER, after, stamp)
            position = after
            packets += 1
            if second & _MARKER and sight and self._marker_ends:
                self._take(packets)
                self._finish(buffer[kept:position], timestamp, sight, arrived, units)
                self._ended = timestamp
                kept, packets, sight = position, 0, 0
        self._expected, self._timestamp, self._sight = expected, timestamp, sight
        self._take(packets)
        self._keep(buffer, kept, position)
        return self._skip_tiny(buffer, position, end)

    def damage(self, reason: Drop) -> None:
        """Bytes were lost outside of any packet: the unit in hand cannot be whole."""
        self._damage = reason

    def close(self) -> None:
        """The connection has ended: what is in hand will never be whole."""
        self._counters.drop_pending(Drop.DISCONNECTED)
        self._forget()

    def _take(self, packets: int) -> None:
        """Count packets of the unit in hand."""
        self._counters.packets += packets
        self._counters.packets_pending += packets

    def _look(self, buffer: memoryview, start: int, end: int, timestamp: int) -> int:
        """See whether the picture begins in this packet, and of what kind it is."""
        firsts, fragments, fragment_at = self._tables
        sight = _FRAGMENT
        if buffer[start] == _PLAIN and end - start > fragment_at:
            sight = firsts[buffer[start + RTP_HEADER]]
            if sight == _FRAGMENT:
                sight = fragments[buffer[start + fragment_at]]
        if sight > _KEY:
            sight = self._look_closer(buffer[start:end])
        if sight and timestamp == self._ended:
            # The marker came before the picture's last slice, as some cameras send it.
            self._marker_ends = False
            self._damage = Drop.MALFORMED
        return sight

    def _look_closer(self, packet: memoryview) -> int:
        try:
            return self._format.look(payload_of(packet))
        except PayloadError:
            self._damage = Drop.MALFORMED
            return _NOTHING

    def _is_late(self, sequence: int, expected: int) -> bool:
        """Whether a packet with an unexpected number comes too late to be used (RFC 3550 A.1).

        Two late ones in a row are a sender that began anew.
        """
        behind = (sequence - expected) & 0xFFFF >= _LATE and expected >= 0
        late = behind and sequence != self._late
        self._late = (sequence + 1) & 0xFFFF if late else -1
        if late:
            self._counters.drop_packets(Drop.LATE)
        return late

    def _finish(
        self, end: memoryview, timestamp: int, sight: int, arrived: float, units: list[WireUnit]
    ) -> None:
        """A picture is over; `end` is what the buffer holds of it, its last part."""
        if self._damage is None and self._size + len(end) > MAX_UNIT:
            self._damage = Drop.OVERSIZED
        if self._damage is not None:
            self._counters.drop_unit(self._damage)
            self._intact = False
            self._forget()
            return
        if self._parts:
            wire = b"".join((*self._parts, end))
            self._forget()
        else:
            wire = bytes(end)
        keyframe = sight == _KEY
        self._intact = self._intact or keyframe
        extended, captured_at = self._clock.place(timestamp, arrived)
        units.append(_unit(WireUnit, (wire, keyframe, extended, captured_at, self._intact)))
        self._counters.use_unit()

    def _keep(self, buffer: memoryview, kept: int, end: int) -> None:
        """Save what was walked of the unit in hand: the buffer will be used for another camera."""
        if end > kept:
            self._parts.append(bytes(buffer[kept:end]))
            self._size += end - kept
            if self._size > MAX_UNIT:
                self._parts, self._size = [], 0
                self._damage = Drop.OVERSIZED

    def _forget(self) -> None:
        self._parts = []
        self._size = 0
        self._damage = None

    def _other(self, packet: memoryview, channel: int, arrived: float) -> None:
        """A frame that is not video: perhaps the sender's report on its clock."""
        if channel == self._channel + 1:
            report = sender_report(packet)
            if report is not None:
                self._clock.report(*report, arrived)

    def _skip_tiny(self, buffer: memoryview, position: int, end: int) -> int:
        """Step over frames too short for the struct (keep-alives of some cameras)."""
        while end - position >= FRAME_HEADER and buffer[position] == MAGIC:
            after = position + FRAME_HEADER + (buffer[position + 2] << 8 | buffer[position + 3])
            if after > end or after - position >= FRAME_AND_RTP.size:
                break
            position = after
        return position
