"""RTP over UDP: a pair of ports, one camera's packets in order, and reports back to it."""

from __future__ import annotations

import secrets
import socket
import struct

from ingest.rtp.packet import FRAME_HEADER, MAGIC, RTP_HEADER
from ingest.rtp.reorder import WINDOW, Place, ReorderWindow
from ingest.rtp.rtcp import REPORT_INTERVAL, keyframe_request, receiver_report
from ingest.rtsp.transport import UdpAnswer
from ingest.source import Drop, SourceCounters

RECEIVE_BUFFER = 1 << 20
"""Bytes asked for each camera. The kernel doubles them and counts 2.3 kB for a packet of 1.4 kB:
910 packets (measured), 2.5 s of 4 Mb/s. It gives no more than `net.core.rmem_max`, 208 KiB unless
the machine was told otherwise: 185 packets, half a second of 4 Mb/s."""
FIRST_PACKET_TIMEOUT = 5.0
"""Seconds from the answer to PLAY to the first packet; cameras send their first picture at once."""
NEW_SENDER_AFTER = 2.0
"""Seconds of silence after which packets with another SSRC are the camera's: its server was started
anew. Less than `FIRST_PACKET_TIMEOUT`, since some cameras announce an SSRC that they do not use."""
PACKETS_A_READ = 4096
"""Packets of one camera that are taken at once, whoever sent them: all that a socket can hold, and
ten times what a camera of 20 Mb/s sends between two reads. Somebody who sends faster than they are
read must not keep the reader thread from the other cameras."""
MAX_PACKET = 16 * 1024
"""Bytes. Cameras stay below an Ethernet frame, 1.5 kB, or a jumbo frame, 9 kB."""

_ROOM = (WINDOW + 2) * (FRAME_HEADER + MAX_PACKET)
"""Bytes of the buffer that one more packet and all that it sets free may need."""
_SO_MEMINFO = 55
_MEMINFO = struct.Struct("=32xI")
"""SO_MEMINFO's ninth figure (Linux 4.12): packets that found no room in the socket."""
_REPORTS_A_READ = 8
_VERSION = 2
_BACKWARDS = 0x8000
_SEQUENCE = struct.Struct(">H")
_SSRC = struct.Struct(">I")
_PUNCH = struct.pack(">BBHII", 0x80, 0, 0, 0, 0)
"""An empty RTP packet. A firewall on the way lets the camera's packets in after it."""


class UdpReceiver:
    """The sockets of one connection: an even port for RTP, and the next for RTCP.

    Packets are taken from the camera's own address and port alone, and of one SSRC at a time.
    """

    def __init__(self, rtp: socket.socket, rtcp: socket.socket, counters: SourceCounters) -> None:
        """Receive from these two, which do not block, and close them at the end."""
        self._rtp, self._rtcp = rtp, rtcp
        self.port = int(rtp.getsockname()[1])
        self.heard_at: float | None = None
        """When the last packet came; None before the first."""
        self._counters = counters
        self._window = ReorderWindow()
        self._reception = Reception()
        self._peers: frozenset[str] = frozenset()
        self._port: int | None = None
        self._ssrc: int | None = None
        self._ssrc_at: float | None = None
        self._reports_to: tuple[str, int] | None = None
        self._ours = secrets.randbits(32)
        self._report_at = float("-inf")
        self._overflowed = 0

    def aim(self, host: str, answer: UdpAnswer) -> None:
        """Take the camera at `host` (a numeric address), from where its answer to SETUP says."""
        self._peers = frozenset(filter(None, (host, answer.source)))
        self._port, self._ssrc = answer.server_port, answer.ssrc
        if answer.server_port is not None:
            self._reports_to = (host, answer.server_port + 1)
            _send(self._rtp, _PUNCH, (host, answer.server_port))

    def read(self, buffer: memoryview, channel: int, now: float) -> int:
        """Lay what came into the buffer as interleaved frames, in order; where they end.

        RTCP goes to `channel` + 1, as within an RTSP connection.
        """
        end = 0
        for _ in range(PACKETS_A_READ):
            if len(buffer) - end < _ROOM:
                break
            start = end + FRAME_HEADER
            got = self._receive(self._rtp, self._port, buffer[start:])
            if got is None:
                break
            if got < RTP_HEADER or buffer[start] >> 6 != _VERSION:
                if got:
                    self._counters.drop_packets(Drop.MALFORMED)
                continue
            (ssrc,) = _SSRC.unpack_from(buffer, start + 8)
            if not self._is_its_own(ssrc, now):
                self._counters.drop_packets(Drop.FOREIGN)
                continue
            self.heard_at = now
            (sequence,) = _SEQUENCE.unpack_from(buffer, start + 2)
            if self._window.passes(sequence):
                self._reception.take(sequence)
                end = _frame(buffer, end, channel, got)
            else:
                place = self._window.put(sequence, buffer[start : start + got], now)
                self._count(place, sequence)
                end = _lay(self._window.drain(now), buffer, end, channel)
        end = _lay(self._window.drain(now), buffer, end, channel)
        return self._read_reports(buffer, end, channel, now)

    def report(self, now: float) -> None:
        """Tell the camera how its packets come, whenever it is due; and look for our own losses."""
        if now >= self._report_at:
            self._report_at = now + REPORT_INTERVAL
            self._count_overflow()
            highest, lost = self._reception.summary()
            self._say(receiver_report(self._ours, self._ssrc or 0, highest, lost))

    def ask_for_keyframe(self) -> None:
        """Say that pictures were lost."""
        self._say(keyframe_request(self._ours, self._ssrc or 0))

    def close(self) -> None:
        """Let both ports go. May be called more than once."""
        if self._rtp.fileno() >= 0:
            self._count_overflow()
            if self._window.held:
                self._counters.drop_packets(Drop.DISCONNECTED, self._window.held)
            self._rtp.close()
            self._rtcp.close()

    def _is_its_own(self, ssrc: int, now: float) -> bool:
        """Whether an RTP packet is of the one stream that is received: that which was announced or
        came first, or another where that one has fallen silent."""
        if self._ssrc is None:
            self._ssrc = ssrc
        if self._ssrc_at is None:
            self._ssrc_at = now
        if ssrc != self._ssrc:
            if now - self._ssrc_at < NEW_SENDER_AFTER:
                return False
            self._ssrc = ssrc
        self._ssrc_at = now
        return True

    def _receive(self, sock: socket.socket, port: int | None, room: memoryview) -> int | None:
        """The length of the next packet, 0 for one that cannot be used; None where none waits.

        `port` is the one that it must have been sent from, where that is known.
        """
        try:
            got, address = sock.recvfrom_into(room, MAX_PACKET + 1)
        except BlockingIOError:
            return None
        self._counters.received_bytes += got
        if address[0] not in self._peers or (port is not None and address[1] != port):
            self._counters.drop_packets(Drop.FOREIGN)
            return 0
        if got > MAX_PACKET:
            self._counters.drop_packets(Drop.OVERSIZED)
            return 0
        return got

    def _count(self, place: Place, sequence: int) -> None:
        match place:
            case Place.LATE:
                self._counters.drop_packets(Drop.LATE)
            case Place.DUPLICATE:
                self._counters.drop_packets(Drop.DUPLICATE)
                return
        self._reception.take(sequence)

    def _read_reports(self, buffer: memoryview, end: int, channel: int, now: float) -> int:
        """Lay RTCP packets behind what is in the buffer: a few, since it is a few a minute."""
        for _ in range(_REPORTS_A_READ):
            if len(buffer) - end < _ROOM:
                break
            port = None if self._port is None else self._port + 1
            got = self._receive(self._rtcp, port, buffer[end + FRAME_HEADER :])
            if got is None:
                break
            if got:
                self.heard_at = now
                end = _frame(buffer, end, channel + 1, got)
        return end

    def _count_overflow(self) -> None:
        """Packets that the kernel threw away because this socket was full: a loss of our own."""
        (dropped,) = _MEMINFO.unpack(
            self._rtp.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        )
        if dropped != self._overflowed:
            self._counters.drop_packets(Drop.SOCKET_FULL, dropped - self._overflowed)
            self._overflowed = dropped

    def _say(self, packet: bytes) -> None:
        if self._reports_to is not None:
            _send(self._rtcp, packet, self._reports_to)


class Reception:
    """What a receiver report says of the packets that came (RFC 3550 appendix A.3)."""

    __slots__ = ("_came", "_first", "_highest")

    def __init__(self) -> None:
        self._first: int | None = None
        self._highest = 0
        self._came = 0

    def take(self, sequence: int) -> None:
        """Count a packet that is no duplicate."""
        if self._first is None:
            self._first = self._highest = sequence
        ahead = (sequence - self._highest) & 0xFFFF
        if ahead < _BACKWARDS:
            self._highest += ahead
        self._came += 1

    def summary(self) -> tuple[int, int]:
        """The highest number with its wraps, and how many are missing up to it."""
        if self._first is None:
            return 0, 0
        return self._highest, max(0, self._highest - self._first + 1 - self._came)


def _lay(packets: list[bytes], buffer: memoryview, end: int, channel: int) -> int:
    for packet in packets:
        start = end + FRAME_HEADER
        buffer[start : start + len(packet)] = packet
        end = _frame(buffer, end, channel, len(packet))
    return end


def _frame(buffer: memoryview, at: int, channel: int, length: int) -> int:
    """Write a frame's header in front of its packet; where the frame ends."""
    buffer[at] = MAGIC
    buffer[at + 1] = channel
    buffer[at + 2] = length >> 8
    buffer[at + 3] = length & 0xFF
    return at + FRAME_HEADER + length


def _send(sock: socket.socket, packet: bytes, address: tuple[str, int]) -> None:
    """Send, or do not: a report that is lost is followed by another."""
    try:
        sock.sendto(packet, address)
    except OSError:
        return
