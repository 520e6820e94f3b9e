"""The farm over real sockets: sessions, passwords, faults, and what goes over the loop's border."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest

from ingest.farm import AuthScheme, Farm, FarmCamera, Fault, FaultKind
from ingest.farm.clip import ClipError
from ingest.farm.packetise import PacketisedPicture, packetise
from ingest.farm.source import FinishedLoop
from ingest.media import CLOCK_RATE, Codec
from tests.ingest.farm.material import FPS, PICTURES, WAIT, RawClient
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def farm(clips: dict[Codec, Path]) -> Iterator[Farm]:
    clip = clips[Codec.H264]
    cameras = [FarmCamera(f"cam{number}", clip) for number in range(12)]
    cameras += [
        FarmCamera("locked", clip, username="viewer", password="p:w"),
        FarmCamera("basic", clip, username="viewer", password="p:w", schemes=(AuthScheme.BASIC,)),
    ]
    cameras += [FarmCamera("tcp", clip, udp=False), FarmCamera("udp", clip, tcp=False)]
    with Farm(cameras) as farm:
        yield farm


def _until(condition: Callable[[], bool], wanted: bool = True) -> None:
    wait_for(lambda: condition() is wanted, WAIT, "what the farm does", every=0.01)


UDP = "RTP/AVP;unicast;client_port=5000-5001"
TCP = "RTP/AVP/TCP;unicast;interleaved=4-5"


@pytest.mark.parametrize(
    ("camera", "offers", "status", "taken"),
    [
        ("cam0", f"{UDP},{TCP}", 200, "client_port=5000-5001"),
        ("cam0", f"{TCP},{UDP}", 200, "interleaved=4-5"),
        ("tcp", f"{UDP},{TCP}", 200, "interleaved=4-5"),
        ("tcp", UDP, 461, ""),
        ("udp", TCP, 461, ""),
        ("cam0", "RTP/SAVP;unicast;client_port=5000-5001", 461, ""),
    ],
)
def test_the_first_transport_that_the_camera_has_is_taken(
    farm: Farm, camera: str, offers: str, status: int, taken: str
) -> None:
    with RawClient(farm.port, camera) as client:
        answer = client.ask("SETUP", "/trackID=0", Transport=offers)
        assert answer.status == status
        assert taken in answer.headers.get("transport", "")


def test_an_unknown_camera_is_not_found(farm: Farm) -> None:
    with RawClient(farm.port, "nowhere") as client:
        assert client.ask("DESCRIBE").status == 404


def test_options_and_parameters_keep_a_session(farm: Farm) -> None:
    with RawClient(farm.port, "cam0") as client:
        assert "GET_PARAMETER" in client.ask("OPTIONS").headers["public"]
        client.play()
        answer = client.ask("GET_PARAMETER")
        assert answer.status == 200
        assert answer.headers["session"].endswith(";timeout=60")
        assert client.ask("FLY").status == 501


def test_play_needs_a_setup_and_the_right_session(farm: Farm) -> None:
    with RawClient(farm.port, "cam0") as client:
        assert client.ask("PLAY").status == 455
        client.ask("SETUP", "/trackID=0", Transport="RTP/AVP/TCP;unicast;interleaved=0-1")
        client._session = "stolen"
        assert client.ask("PLAY").status == 454


def test_teardown_ends_the_pictures(farm: Farm) -> None:
    with RawClient(farm.port, "cam1") as client:
        client.play()
        next(client.packets())
        assert client.ask("TEARDOWN").status == 200
        _until(lambda: farm.stats()[1].clients == 0)


def test_numbers_and_times_go_on_over_the_loop(farm: Farm) -> None:
    with RawClient(farm.port, "cam2") as client:
        client.play()
        packets = []
        pictures = 0
        for packet in client.packets():
            packets.append(packet)
            pictures += packet.marker
            if pictures == PICTURES + 20:
                break
    assert all((b.sequence - a.sequence) & 0xFFFF == 1 for a, b in pairwise(packets))
    assert len({packet.ssrc for packet in packets}) == 1
    last = [packet.timestamp for packet in packets if packet.marker]
    assert {(b - a) & 0xFFFFFFFF for a, b in pairwise(last)} == {CLOCK_RATE // FPS}
    assert client.reports


def test_a_sender_report_comes_first_and_lays_time_on_the_stream(farm: Farm) -> None:
    before = time.time()
    with RawClient(farm.port, "cam3") as client:
        client.play()
        first = next(client.packets())
        report = client.reports[0]
    seconds = int.from_bytes(report[8:12]) - 2_208_988_800
    assert before - 1 <= seconds <= time.time()
    assert int.from_bytes(report[4:8]) == first.ssrc
    lead = (int.from_bytes(report[16:20]) - first.timestamp) & 0xFFFFFFFF
    assert lead < CLOCK_RATE


@pytest.mark.parametrize(
    ("camera", "scheme"), [("locked", "Digest"), ("locked", "Basic"), ("basic", "Basic")]
)
def test_the_right_password_opens_a_camera(farm: Farm, camera: str, scheme: str) -> None:
    with RawClient(farm.port, camera, "viewer", "p:w", scheme) as client:
        client.play()
        assert next(client.packets()).payload


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_is_refused(farm: Farm, password: str) -> None:
    with RawClient(farm.port, "locked", "viewer", password) as client:
        answer = client.ask("DESCRIBE")
        assert answer.status == 401
        client._challenge = answer.headers["www-authenticate"]
        assert client.ask("DESCRIBE").status == 401
        assert (
            client.ask("SETUP", "/trackID=0", Transport="RTP/AVP/TCP;interleaved=0-1").status == 401
        )


def test_nobody_is_sent_the_password(farm: Farm) -> None:
    with RawClient(farm.port, "locked") as client:
        assert "p:w" not in str(client.ask("DESCRIBE"))
    assert "p:w" not in farm.url("locked")


def test_bytes_that_are_not_rtsp_end_only_their_connection(farm: Farm) -> None:
    with RawClient(farm.port, "cam0") as good, RawClient(farm.port, "cam0") as bad:
        good.play()
        bad.sock.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert bad.closed()
        assert next(good.packets()).payload


def test_a_stalled_camera_is_silent_and_comes_back(farm: Farm) -> None:
    with RawClient(farm.port, "cam4") as client:
        client.play()
        next(client.packets())
        farm.fault("cam4", Fault(FaultKind.STALL))
        _until(lambda: farm.stats()[4].faults == ("stall",))
        while not client.silent(0.3):
            client.sock.recv(1 << 20)
        farm.recover("cam4")
        assert not client.silent(2.0)


def test_a_dropped_camera_hangs_up_on_everybody_until_it_ends(farm: Farm) -> None:
    with RawClient(farm.port, "cam5") as client:
        client.play()
        farm.fault("cam5", Fault(FaultKind.DROP))
        assert client.closed()
    with RawClient(farm.port, "cam5") as client, pytest.raises(ConnectionError):
        client.ask("DESCRIBE")
    farm.recover("cam5")
    _until(lambda: not farm.stats()[5].faults)
    with RawClient(farm.port, "cam5") as client:
        client.play()


def test_a_changed_password_ends_sessions_and_refuses_everybody(farm: Farm) -> None:
    with RawClient(farm.port, "cam6") as client:
        client.play()
        farm.fault("cam6", Fault(FaultKind.AUTH))
        assert client.closed()
    with RawClient(farm.port, "cam6") as client:
        assert client.ask("DESCRIBE").status == 401


def test_garbage_packets_keep_the_framing(farm: Farm) -> None:
    farm.fault("cam7", Fault(FaultKind.GARBAGE))
    _until(lambda: farm.stats()[7].faults == ("garbage",))
    with RawClient(farm.port, "cam7") as client:
        client.play()
        packets = list(islice(client.packets(), 40))
    assert len({packet.ssrc for packet in packets}) >= 2


def test_noise_breaks_the_framing(farm: Farm) -> None:
    farm.fault("cam8", Fault(FaultKind.GARBAGE_RTSP))
    _until(lambda: farm.stats()[8].faults == ("garbage-rtsp",))
    with RawClient(farm.port, "cam8") as client:
        client.play()
        with pytest.raises(AssertionError, match="xff"):
            list(islice(client.packets(), 40))


def test_a_cut_ends_in_the_middle_of_a_packet(farm: Farm) -> None:
    with RawClient(farm.port, "cam9") as client:
        client.play()
        next(client.packets())
        farm.fault("cam9", Fault(FaultKind.CUT))
        with pytest.raises(ConnectionError):
            list(client.packets())
        assert client._buffer


@pytest.mark.parametrize(
    ("kind", "content_type", "body"),
    [
        (FaultKind.CONTENT_TYPE, "text/html", b"<html>"),
        (FaultKind.CODEC, "application/sdp", b"JPEG/90000"),
    ],
)
def test_a_description_can_be_wrong(
    farm: Farm, kind: FaultKind, content_type: str, body: bytes
) -> None:
    farm.recover("cam10")
    farm.fault("cam10", Fault(kind))
    _until(lambda: farm.stats()[10].faults == (str(kind),))
    with RawClient(farm.port, "cam10") as client:
        answer = client.ask("DESCRIBE")
        assert answer.headers["content-type"] == content_type
        assert body in answer.body


def test_nonsense_is_no_rtsp(farm: Farm) -> None:
    farm.fault("cam11", Fault(FaultKind.NONSENSE))
    _until(lambda: farm.stats()[11].faults == ("nonsense",))
    with RawClient(farm.port, "cam11") as client:
        client.sock.sendall(b"DESCRIBE rtsp://h/cam11 RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        assert client.sock.recv(100).startswith(b"220 ")


def test_a_client_that_does_not_read_is_dropped_in_whole_gops(clips: dict[Codec, Path]) -> None:
    """At 40 Mb/s the kernel's buffers are full within a second."""
    camera = FarmCamera("fast", clips[Codec.H265])
    quick = FarmCamera("quick", clips[Codec.H264])
    with Farm([camera, quick]) as farm, RawClient(farm.port, "fast") as slow:
        slow.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        feed = farm._feeds["fast"]
        big = tuple(_bigger(picture) for picture in feed.source.pictures)
        feed._own = feed.source = FinishedLoop(feed.source.info, feed.source.duration, big)
        slow.play()
        with RawClient(farm.port, "quick") as other:
            other.play()
            _until(lambda: farm.stats()[0].counters.dropped_pictures > 20)
            assert next(other.packets()).payload
        sent = farm.stats()[0].counters.pictures
        framing = [packet.marker for packet in islice(slow.packets(), 60)]
        assert sent > 0
        assert len(framing) == 60


def test_a_silent_session_expires(clips: dict[Codec, Path]) -> None:
    clock = _Clock()
    with (
        Farm([FarmCamera("cam", clips[Codec.H264])], clock=clock, session_timeout=60) as farm,
        RawClient(farm.port, "cam") as kept,
        RawClient(farm.port, "cam") as lost,
    ):
        kept.play()
        lost.play()
        clock.now += 50
        assert kept.ask("OPTIONS").status == 200
        clock.now += 20
        assert lost.closed()
        assert kept.ask("OPTIONS").status == 200


def test_faults_of_a_camera_begin_on_the_farms_clock(clips: dict[Codec, Path]) -> None:
    clock = _Clock()
    camera = FarmCamera("cam", clips[Codec.H264], faults=(Fault(FaultKind.DROP, 30, 20),))
    with Farm([camera], clock=clock) as farm:
        for moment, on in ((1, False), (31, True), (49, True), (51, False)):
            clock.now = 1000.0 + moment
            _until(lambda: bool(farm.stats()[0].faults), on)


def test_cameras_with_one_clip_share_it(clips: dict[Codec, Path]) -> None:
    with Farm([FarmCamera("a", clips[Codec.H264]), FarmCamera("b", clips[Codec.H264])]) as farm:
        assert farm._feeds["a"].source is farm._feeds["b"].source


def test_names_must_differ() -> None:
    with pytest.raises(ValueError, match="cam1"):
        Farm([FarmCamera("cam1", "x"), FarmCamera("cam1", "y")])


def test_a_source_that_is_neither_clip_nor_scene_is_named() -> None:
    with pytest.raises(ClipError, match=r"cam1.*no_such_thing.*quiet_lane"):
        Farm([FarmCamera("cam1", "no_such_thing")]).start()


def test_an_unknown_camera_has_no_address(farm: Farm) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        farm.url("nowhere")


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _bigger(picture: PacketisedPicture) -> PacketisedPicture:
    """A picture of 160 kB in its place: 40 Mb/s."""
    head = b"\x65" if picture.keyframe else b"\x41"
    return packetise(b"\0\0\1" + head + bytes([5]) * 160_000, Codec.H264, picture.ticks)
