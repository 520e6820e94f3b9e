"""Whatever comes over the wire: every packet and every picture is accounted for, at any moment."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.failure import SourceError
from ingest.media import Codec
from ingest.ring import CameraRing, GopRing
from ingest.rtsp.source import PATIENT_BYTES, READ_BUFFER, RtspSource
from ingest.source import SourceCounters
from tests.ingest.coded import coded_clip
from tests.ingest.ledgers import assert_even
from tests.ingest.packetise import frame, frames
from tests.ingest.scripted import sdp_of
from tests.waiting import wait_for

BUFFER = bytearray(READ_BUFFER)
CLIP = coded_clip(Codec.H264)


class Camera:
    """The other end of a connection, moved by the test itself."""

    def __init__(self, counters: SourceCounters) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.counters = counters
        self.ring, self.held = GopRing(100_000), CameraRing(counters)
        self._now = 1000.0

    @contextmanager
    def connected(self) -> Iterator[tuple[RtspSource, socket.socket]]:
        """A source that is playing, and the camera's end of its connection."""
        address = self._listener.getsockname()
        where: Future[tuple[socket.AddressFamily, tuple[str, int]]] = Future()
        where.set_result((socket.AF_INET, address))
        source = RtspSource(
            f"rtsp://127.0.0.1:{address[1]}/cam",
            credentials=None,
            counters=self.counters,
            buffer=BUFFER,
            resolve=lambda _host, _port: where,
            now=self._now,
        )
        source.read(self._now)
        wait_for(self._accepted, 30, "the source connects", every=0.001)
        with self._connection as connection:
            connection.setblocking(False)
            wait_for(
                lambda: self._answered(source, connection), 30, "the source plays", every=0.001
            )
            yield source, connection
            source.close()

    def _accepted(self) -> bool:
        try:
            self._connection, _ = self._listener.accept()
        except BlockingIOError:
            return False
        return True

    def _answered(self, source: RtspSource, connection: socket.socket) -> bool:
        source.read(self._now)
        try:
            request = connection.recv(4096).decode()
        except BlockingIOError:
            return source.settled
        head = "RTSP/1.0 200 OK\r\n" + next(
            line + "\r\n" for line in request.split("\r\n") if line.startswith("CSeq")
        )
        body = b""
        if request.startswith("DESCRIBE"):
            body = sdp_of(CLIP)
            head += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        elif request.startswith("SETUP"):
            head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
        connection.sendall(head.encode() + b"\r\n" + body)
        return False

    def send(self, source: RtspSource, connection: socket.socket, data: bytes) -> None:
        """Bytes on their way, and turns of the reader thread until it has them all."""
        wanted = self.counters.received_bytes + len(data)
        connection.sendall(data)
        # So little that a camera blind after a loss is not connected anew in mid-story.
        self._now += 0.001
        end = time.monotonic() + 30
        while self.counters.received_bytes < wanted and time.monotonic() < end:
            units = source.read(self._now)
            if units and source.stream is not None:
                self.ring.append(self.held, source.stream, units)
            assert_even(self.counters)

    def close(self) -> None:
        self._listener.close()


@dataclass(frozen=True)
class Trouble:
    """What happens to a camera's packets on one connection."""

    seed: int
    lost: float
    doubled: float
    swapped: float
    noise: float
    other: float
    cut: bool

    def packets(self) -> list[bytes]:
        """Frames as they arrive. A lost one is left out, noise stands between two."""
        chance = random.Random(self.seed)
        whole = [packet for unit in frames(Codec.H264, CLIP, size=300) for packet in unit]
        sent: list[bytes] = []
        for packet in whole:
            if chance.random() < self.lost:
                continue
            sent.append(packet)
            if chance.random() < self.doubled:
                sent.append(packet)
            if len(sent) > 1 and chance.random() < self.swapped:
                sent[-1], sent[-2] = sent[-2], sent[-1]
        return sent

    def wire(self) -> list[bytes]:
        chance = random.Random(self.seed + 1)
        pieces: list[bytes] = []
        for packet in self.packets():
            if chance.random() < self.noise:
                pieces.append(bytes(chance.choices(range(128, 256), k=chance.randint(1, 40))))
            if chance.random() < self.other:
                pieces.append(frame(b"report" * 5, channel=1) + frame(b"x", channel=0))
            pieces.append(packet)
        if self.cut:
            pieces[-1] = pieces[-1][: len(pieces[-1]) // 2]
        return pieces


share = st.sampled_from([0.0, 0.01, 0.2])
troubles = st.builds(Trouble, st.integers(0, 999), share, share, share, share, share, st.booleans())


@given(st.lists(troubles, min_size=1, max_size=3), st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_every_packet_is_used_dropped_or_pending(story: list[Trouble], step: int) -> None:
    counters = SourceCounters()
    camera = Camera(counters)
    expected = 0
    for trouble in story:
        with camera.connected() as (source, connection):
            wire = trouble.wire()
            try:
                for at in range(0, len(wire), step):
                    camera.send(source, connection, b"".join(wire[at : at + step]))
            except SourceError:
                assert trouble.noise, "only too much noise ends a connection here"
            else:
                expected += len(trouble.packets()) - trouble.cut
        assert counters.packets_pending == 0, "a closed connection leaves nothing in hand"
        assert_even(counters)
        if not any(one.noise for one in story):
            assert counters.packets == expected
    camera.close()


def test_a_camera_with_much_ready_is_read_at_every_tick() -> None:
    counters = SourceCounters()
    camera = Camera(counters)
    other = frame(bytes(1000), channel=1)
    with camera.connected() as (source, connection):

        def is_pressed() -> bool:
            for _ in range(5):
                connection.sendall(other * (PATIENT_BYTES // 4 // len(other)))
            source.read(2000.0)
            return not source.patient

        camera.send(source, connection, other)
        assert source.patient
        wait_for(is_pressed, 30, "more than a quarter of its buffer is found at once")
        camera.send(source, connection, other)
        assert source.patient
    camera.close()
