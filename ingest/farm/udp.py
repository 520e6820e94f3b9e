"""A viewer's pictures as UDP packets instead of bytes of its RTSP connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from ingest.rtp.ports import port_pair

_FRAME_HEADER = 4
_MAGIC = 0x24
_RECEIVE_BUFFER = 64 * 1024
_DRAIN = 64
"""Packets of a client that are looked at in one go."""


class UdpWire:
    """Takes interleaved frames, as a connection does, and sends what is in them.

    Nothing waits: what the network does not take is lost, as with a real camera.
    """

    backlog = 0

    def __init__(
        self, family: socket.AddressFamily, local: str, client: str, client_port: int
    ) -> None:
        """Send to `client_port` of a client, and reports to the next.

        Raises:
            OSError: no pair of ports is free.
        """
        self._rtp, self._rtcp = port_pair(family, local, receive_buffer=_RECEIVE_BUFFER)
        self._places = ((self._rtp, (client, client_port)), (self._rtcp, (client, client_port + 1)))

    @property
    def port(self) -> int:
        """Where it sends RTP from; RTCP goes from the next."""
        return int(self._rtp.getsockname()[1])

    def write(self, data: bytes | bytearray) -> None:
        """Send whole frames as packets, a fault's loose bytes as one."""
        for channel, packet in _packets(memoryview(data)):
            sock, place = self._places[channel & 1]
            try:
                sock.sendto(packet, place)
            except OSError:
                continue

    def heard(self) -> bool:
        """Whether the client has sent anything (receiver reports) since it was last asked."""
        heard = False
        for sock, _ in self._places:
            for _ in range(_DRAIN):
                try:
                    sock.recv(_FRAME_HEADER)
                except OSError:
                    break
                heard = True
        return heard

    def close(self) -> None:
        """Let the ports go."""
        self._rtp.close()
        self._rtcp.close()


def _packets(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    position = 0
    while position < len(data):
        if data[position] != _MAGIC or len(data) - position < _FRAME_HEADER:
            yield 0, data[position : position + 1400]
            return
        length = data[position + 2] << 8 | data[position + 3]
        start = position + _FRAME_HEADER
        position = start + length
        if position <= len(data):
            yield data[start - 3], data[start:position]
