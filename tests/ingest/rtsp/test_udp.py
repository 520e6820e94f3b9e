"""Packets over real UDP sockets on the loopback, from a camera and from somebody else."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from ingest.rtp.packet import payloads
from ingest.rtp.ports import port_pair
from ingest.rtp.reorder import PATIENCE
from ingest.rtsp import udp
from ingest.rtsp.transport import UdpAnswer
from ingest.rtsp.udp import (
    MAX_PACKET,
    NEW_SENDER_AFTER,
    RECEIVE_BUFFER,
    Reception,
    UdpReceiver,
)
from ingest.source import Drop, SourceCounters
from tests.ingest.sinks import PATIENCE as LIMIT
from tests.waiting import wait_for

HOST = "127.0.0.1"


def rtp(sequence: int, body: bytes = b"body", ssrc: int = 77) -> bytes:
    return struct.pack(">BBHII", 0x80, 96, sequence, 0, ssrc) + body


class Camera:
    """Sends packets to a receiver, and reads what it says."""

    def __init__(self) -> None:
        self.counters = SourceCounters()
        ours = port_pair(socket.AF_INET, HOST, receive_buffer=RECEIVE_BUFFER)
        self.receiver = UdpReceiver(*ours, self.counters)
        self.rtp, self.rtcp = port_pair(socket.AF_INET, HOST, receive_buffer=1 << 16)
        for sock in (self.rtp, self.rtcp):
            sock.settimeout(LIMIT)
        self.receiver.aim(HOST, UdpAnswer(self.rtp.getsockname()[1]))
        self.buffer = memoryview(bytearray(4 << 20))
        self.sent = 0

    def send(self, *packets: bytes, sender: socket.socket | None = None) -> None:
        for packet in packets:
            (sender or self.rtp).sendto(packet, (HOST, self.receiver.port))
            self.sent += min(len(packet), MAX_PACKET + 1)

    def read(self, now: float = 0.0, channel: int = 0) -> list[bytes]:
        """What is used of all packets that were sent, without their headers."""
        found: list[bytes] = []

        def all_came() -> bool:
            found.extend(self.read_once(now, channel))
            return self.counters.received_bytes >= self.sent

        wait_for(all_came, LIMIT, "the packets come", every=0.001)
        return found

    def read_once(self, now: float = 0.0, channel: int = 0) -> list[bytes]:
        end = self.receiver.read(self.buffer, channel, now)
        return [bytes(payload) for payload in payloads(bytes(self.buffer[:end]), channel)]

    def close(self) -> None:
        self.receiver.close()
        self.rtp.close()
        self.rtcp.close()


@pytest.fixture
def camera() -> Iterator[Camera]:
    camera = Camera()
    yield camera
    camera.close()


def test_the_ports_are_an_even_one_and_the_next(camera: Camera) -> None:
    assert camera.receiver.port % 2 == 0
    assert camera.rtcp.getsockname()[1] == camera.rtp.getsockname()[1] + 1


def test_packets_come_out_in_order_and_once(camera: Camera) -> None:
    camera.send(*(rtp(n, bytes([n])) for n in (1, 3, 2, 2, 4)))
    assert camera.read() == [b"\1", b"\2", b"\3", b"\4"]
    assert camera.counters.packets_dropped == {Drop.DUPLICATE: 1}
    assert camera.receiver.heard_at == 0.0


def test_a_lost_packet_is_waited_for_until_the_next_batch(camera: Camera) -> None:
    camera.send(rtp(1, b"1"), rtp(3, b"3"))
    assert camera.read(10.0) == [b"1"]
    assert camera.read(10.1 + PATIENCE) == [b"3"]
    camera.send(rtp(2, b"2"))
    assert camera.read(11.0) == []
    assert camera.counters.packets_dropped == {Drop.LATE: 1}


def test_what_is_not_the_cameras_is_refused(camera: Camera) -> None:
    camera.receiver.aim("127.0.0.9", UdpAnswer())
    camera.send(rtp(1))
    assert camera.read() == []
    assert camera.counters.packets_dropped == {Drop.FOREIGN: 1}
    assert camera.receiver.heard_at is None


def test_the_address_that_the_answer_names_is_the_cameras_too(camera: Camera) -> None:
    camera.receiver.aim("127.0.0.9", UdpAnswer(source=HOST))
    camera.send(rtp(1))
    assert camera.read() == [b"body"]


def test_another_port_of_the_same_address_is_not_the_cameras(camera: Camera) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HOST, 0))
        camera.send(rtp(1), sender=other)
        assert camera.read() == []
    assert camera.counters.packets_dropped == {Drop.FOREIGN: 1}


@pytest.mark.parametrize("announced", [None, 77])
def test_one_stream_is_received_until_it_falls_silent(
    camera: Camera, announced: int | None
) -> None:
    """A server that was started anew has another SSRC; so has whoever sends into a stream."""
    camera.receiver.aim(HOST, UdpAnswer(ssrc=announced))
    camera.send(rtp(1, b"1"), rtp(2, b"?", ssrc=78), rtp(2, b"2"))
    assert camera.read(10.0) == [b"1", b"2"]
    assert camera.counters.packets_dropped == {Drop.FOREIGN: 1}
    camera.send(rtp(3, b"?", ssrc=78))
    assert camera.read(10.0 + NEW_SENDER_AFTER / 2) == []
    assert camera.receiver.heard_at == 10.0
    after = 10.1 + NEW_SENDER_AFTER
    camera.send(rtp(900, b"a", ssrc=78), rtp(901, b"b", ssrc=78))
    found = camera.read(after) + camera.read_once(after + 2 * PATIENCE)
    assert found == [b"a", b"b"]
    camera.send(rtp(3, b"3"))
    assert camera.read(after + 1.0) == []
    assert camera.counters.packets_dropped == {Drop.FOREIGN: 3}


def test_an_announced_stream_that_never_comes_is_not_waited_for_long(camera: Camera) -> None:
    camera.receiver.aim(HOST, UdpAnswer(ssrc=99))
    camera.send(rtp(1, b"1"))
    assert camera.read(10.0) == []
    camera.send(rtp(2, b"2"))
    assert camera.read(10.0 + NEW_SENDER_AFTER) == [b"2"]


def test_a_flood_of_what_is_not_used_ends_no_read_late(
    camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp, "PACKETS_A_READ", 10)
    camera.receiver.aim("127.0.0.9", UdpAnswer())
    camera.send(*(rtp(n) for n in range(25)))
    reads = 0

    def all_came() -> bool:
        nonlocal reads
        before = camera.counters.packets_dropped[Drop.FOREIGN]
        assert camera.read_once() == []
        now = camera.counters.packets_dropped[Drop.FOREIGN]
        assert now - before <= 10
        reads += now > before
        return now == 25

    wait_for(all_came, LIMIT, "all are refused")
    assert reads >= 3


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"", None),
        (b"\x80", Drop.MALFORMED),
        (b"\x00" * 20, Drop.MALFORMED),
        (rtp(2, bytes(MAX_PACKET)), Drop.OVERSIZED),
    ],
)
def test_what_is_no_packet_is_counted(camera: Camera, packet: bytes, reason: Drop | None) -> None:
    camera.send(rtp(1, b"1"), packet, rtp(2, b"2"))
    assert camera.read() == [b"1", b"2"]
    assert camera.counters.packets_dropped == ({reason: 1} if reason else {})


def test_rtcp_lies_on_the_next_channel(camera: Camera) -> None:
    camera.rtcp.sendto(b"\x80report-of-the-clock", (HOST, camera.receiver.port + 1))
    wait_for(lambda: camera.receiver.read(camera.buffer, 4, 0.0), LIMIT, "a report")
    assert camera.buffer[1] == 5


def test_a_flood_is_read_in_bounded_pieces_and_what_is_lost_is_counted(camera: Camera) -> None:
    sent = 6000
    camera.send(*(rtp(n, bytes(1400)) for n in range(sent)))
    used = len(camera.read_once()) + len(camera.read_once())
    camera.receiver.close()
    assert used + camera.counters.packets_dropped[Drop.SOCKET_FULL] == sent
    assert used < sent


def test_the_camera_is_told_how_its_packets_come(camera: Camera) -> None:
    assert camera.rtp.recv(100)[0] >> 6 == 2, "a packet that opens firewalls"
    camera.send(rtp(1), rtp(2), rtp(5))
    camera.read(0.0)
    camera.read(1.0)
    camera.receiver.report(1.0)
    camera.receiver.report(2.0)
    report = camera.rtcp.recv(200)
    kind, about, lost, highest = struct.unpack_from(">xB6xIII", report)
    assert (kind, about, lost, highest) == (201, 77, 2, 5)
    camera.receiver.ask_for_keyframe()
    request = camera.rtcp.recv(200)
    assert request[1] == 201, "a report comes first in every packet"
    assert struct.unpack(">BBHII", request[-12:])[:3] == (0x81, 206, 2)
    assert struct.unpack(">I", request[-4:]) == (77,)


def test_reports_wrap_with_the_numbers() -> None:
    reception = Reception()
    assert reception.summary() == (0, 0)
    for number in (65534, 65535, 0, 2, 1, 4):
        reception.take(number)
    assert reception.summary() == (65536 + 4, 1)


def test_closing_twice_and_packets_to_nobody_are_no_error(camera: Camera) -> None:
    camera.rtcp.close()
    camera.receiver.report(0.0)
    wait_for(lambda: camera.read_once() == [], LIMIT, "a quiet socket")
    port = camera.receiver.port
    camera.receiver.close()
    camera.receiver.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, port))
