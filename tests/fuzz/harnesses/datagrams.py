"""A camera's datagrams, and those of others, through the receiver and the walker behind it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.media import Codec
from ingest.rtp.walker import Walker
from ingest.rtsp.transport import UdpAnswer
from ingest.rtsp.udp import MAX_PACKET, UdpReceiver
from ingest.source import Drop, SourceCounters, WireUnit
from tests.fuzz.draw import Draw
from tests.fuzz.harnesses.packets import ARRIVED, FORMATS, STARTS, Content, content, even, report
from tests.fuzz.harnesses.ports import CAMERA, STRANGER, Port, Sender

RTP, RTCP = 6000, 6001
SSRC = 7
MOST = 400
"""Datagrams of an input, so that the fuzzer gets through many inputs."""
_BUFFER = memoryview(bytearray(4 << 20))
_SIZES = (0, 0, 0, 0, 1, 40, 1400, 9000, MAX_PACKET - 40, MAX_PACKET)
"""Bytes by which a payload is made longer than what the fuzzer writes out."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """`added`: by somebody who is not the camera."""

    content: bytes
    sender: Sender = (CAMERA, RTP)
    rtcp: bool = False
    added: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What has come when the receiver is read at `now`; `overflowed` found no room before."""

    now: float
    datagrams: list[Datagram]
    overflowed: int = 0
    ask: bool = False


class Received(NamedTuple):
    """What came of them all."""

    units: list[Content]
    heard_at: float | None
    counters: SourceCounters


def check(data: bytes) -> None:
    """Every packet is accounted for; what strangers send changes no picture."""
    draw = Draw(data)
    codec = draw.pick((Codec.H264, Codec.H265))
    answer = draw.pick(_ANSWERS)
    turns = list(_turns(draw, codec, answer))
    disturbed = received(codec, answer, turns)
    undisturbed = received(codec, answer, [_without_added(turn) for turn in turns])
    assert disturbed.units == undisturbed.units
    assert disturbed.heard_at == undisturbed.heard_at


_ANSWERS = (
    UdpAnswer(RTP, None, SSRC),
    UdpAnswer(RTP),
    UdpAnswer(RTP, "192.0.2.9", 8),
    UdpAnswer(),
)


def received(codec: Codec, answer: UdpAnswer, turns: list[Turn]) -> Received:
    """Read as a source does."""
    rtp, rtcp = Port(5000), Port(5001)
    counters = SourceCounters()
    receiver = UdpReceiver(rtp.as_socket, rtcp.as_socket, counters)
    receiver.aim(CAMERA, answer)
    walker = Walker(FORMATS[codec], 0, counters)
    units: list[WireUnit] = []
    for turn in turns:
        for one in turn.datagrams:
            (rtcp if one.rtcp else rtp).waiting.append((one.content, one.sender))
        rtp.overflowed += turn.overflowed
        _read(receiver, walker, turn.now, units)
        while rtp.waiting or rtcp.waiting:
            _read(receiver, walker, turn.now, units)
        if turn.ask:
            receiver.ask_for_keyframe()
        even(counters, len(units))
    receiver.close()
    receiver.close()
    walker.close()
    even(counters, len(units))
    assert counters.packets_pending == 0
    assert counters.packets == _owed(rtp, rtcp, answer), (counters, _owed(rtp, rtcp, answer))
    assert counters.packets_dropped[Drop.SOCKET_FULL] == rtp.overflowed
    assert all(said == b"" or said[0] >> 6 == 2 for said in (*rtp.sent, *rtcp.sent))
    return Received([content(codec, unit) for unit in units], receiver.heard_at, counters)


def _read(receiver: UdpReceiver, walker: Walker, now: float, units: list[WireUnit]) -> None:
    end = receiver.read(_BUFFER, 0, now)
    assert 0 <= end <= len(_BUFFER)
    before = len(units)
    assert walker.walk(_BUFFER, 0, end, now, units) == end
    assert sum(len(unit.wire) for unit in units[before:]) <= 8 << 20
    assert all(unit.captured_at <= now for unit in units[before:])
    receiver.report(now)


def _owed(rtp: Port, rtcp: Port, answer: UdpAnswer) -> int:
    """Packets that must be in the ledger: what came to the port for RTP, and to that for RTCP what
    was not the camera's or no report."""
    peers = {CAMERA, answer.source}
    unwanted = [
        datagram
        for datagram, (host, port) in rtcp.taken
        if host not in peers
        or (answer.server_port is not None and port != answer.server_port + 1)
        or len(datagram) > MAX_PACKET
    ]
    # An empty datagram of the camera is no packet.
    counted = [
        datagram
        for datagram, (host, port) in rtp.taken
        if datagram or host not in peers or answer.server_port not in (None, port)
    ]
    return len(counted) + len(unwanted) + rtp.overflowed


def _without_added(turn: Turn) -> Turn:
    own = [one for one in turn.datagrams if not one.added]
    return Turn(turn.now, own, turn.overflowed, turn.ask)


def _turns(draw: Draw, codec: Codec, answer: UdpAnswer) -> Iterator[Turn]:
    camera = Camera(draw, codec, answer)
    now, room = ARRIVED, MOST
    while True:
        came: list[Datagram] = []
        while not draw.empty and room > 0 and (action := draw.below(16)):
            came = camera.sends(action, came)
            room -= 1
        yield Turn(now, came, draw.pick((0, 0, 0, 1, 700)), draw.flag())
        if draw.empty or room == 0:
            return
        now += draw.pick((0.0, 0.02, 0.05, 0.1, 0.2, 1.0, 2.0, 5.0, 40.0))


class Camera:
    """Mostly packets in order, among them all that a network and a stranger can do to them."""

    def __init__(self, draw: Draw, codec: Codec, answer: UdpAnswer) -> None:
        self._draw = draw
        self._starts = STARTS[codec]
        self._announced = answer.server_port
        self._sequence, self._stamp = draw.number(2), draw.number(4)

    def sends(self, action: int, came: list[Datagram]) -> list[Datagram]:
        """What has come when one more thing has happened."""
        draw = self._draw
        match action:
            case 1:
                self._stamp += 3000
            case 2:
                self._sequence += draw.pick((1, 2, 3, 127, 128, 129, 0x7FFF, 0x8000, -1, -2, -130))
            case 3 if came:
                return [*came, came[-1]]
            case 4 if len(came) > 1 and not came[-1].added and not came[-2].added:
                return [*came[:-2], came[-1], came[-2]]
            case 5:
                return [*came, Datagram(draw.blob(2))]
            case 6:
                return [*came, Datagram(report(draw), (CAMERA, RTCP), rtcp=True)]
            case 7:
                return [*came, Datagram(draw.blob(), (STRANGER, RTCP), rtcp=True, added=True)]
            case 8:
                return [*came, Datagram(self._packet(SSRC), (STRANGER, RTP), added=True)]
            case 9:
                port = draw.number(2)
                added = self._announced not in (None, port)
                return [*came, Datagram(self._packet(SSRC), (CAMERA, port), added=added)]
            case 10:
                return [*came, Datagram(self._packet(draw.number()))]
        sent = Datagram(self._packet(SSRC))
        self._sequence += 1
        return [*came, sent]

    def _packet(self, ssrc: int) -> bytes:
        draw = self._draw
        first = draw.pick((0x80, 0x80, 0x80, 0x80, 0x90, 0xA0, 0xB0, 0x81, 0x00))
        second = draw.flag() << 7 | 96
        sequence, stamp = self._sequence & 0xFFFF, self._stamp & 0xFFFFFFFF
        head = struct.pack(">BBHII", first, second, sequence, stamp, ssrc)
        return head + draw.pick(self._starts) + draw.blob() + bytes(draw.pick(_SIZES))
