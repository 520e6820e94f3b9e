"""Cameras that misbehave: each gets its state and its message, and its neighbour loses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest

from ingest import feed as feed_module
from ingest.health import CameraState
from ingest.media import Codec
from ingest.shard import Shard
from ingest.source import Drop
from tests.ingest.coded import coded_clip
from tests.ingest.ledgers import assert_even
from tests.ingest.packetise import frames
from tests.ingest.scripted import Script, ScriptedServer
from tests.ingest.sinks import RecordingSink, camera

pytestmark = pytest.mark.usefixtures("quick_scans")

PASSWORD = "s3cret-word"


class Town:
    """A shard with a healthy camera, `good`, beside which others misbehave."""

    def __init__(self, good: ScriptedServer) -> None:
        self.sink = RecordingSink()
        self.shard = Shard(self.sink, password_of=lambda _: PASSWORD)
        self.good = good
        self.shard.start()
        self.shard.add(camera("good", good.url))

    def neighbour_lost_nothing(self) -> None:
        """The good camera is online, reconnected never, and every unit of it came through."""
        have = len(self.sink.wait_frames("good", 1))
        before = self.shard.stats().cameras["good"].units
        self.sink.wait_frames("good", have + 2)
        assert self.shard.health("good").state is CameraState.ONLINE
        assert self.good.connections == 1
        stats = self.shard.stats().cameras["good"]
        assert not stats.drops
        assert stats.units > before
        clip = self.shard.clip("good", 0.0, 1e12)
        assert clip is not None
        timestamps = [unit.timestamp for unit in clip.units]
        steps = {b - a for a, b in pairwise(timestamps)}
        assert steps == {6000}


@pytest.fixture(scope="module")
def one_town() -> Iterator[Town]:
    with ScriptedServer(Script(times=400)) as good:
        found = Town(good)
        yield found
        found.shard.stop()


@pytest.fixture
def town(one_town: Town) -> Iterator[Town]:
    """The same town for every test: one good camera sees all the bad ones come and go."""
    yield one_town
    for stats in one_town.shard.stats().cameras.values():
        assert_even(stats)
    for name in set(one_town.shard.stats().cameras) - {"good"}:
        one_town.shard.remove(name)
    one_town.sink.forget_all_but("good")


def answer(status: str, *headers: str, body: bytes = b"", cseq: int = 2) -> bytes:
    lines = [f"RTSP/1.0 {status}", f"CSeq: {cseq}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.mark.parametrize(
    ("url", "state", "said"),
    [
        ("rtsp://127.0.0.1:1/cam", CameraState.OFFLINE, "check the port"),
        ("rtsp://no-such-host.invalid/cam", CameraState.OFFLINE, "host name is not known"),
        ("rtsp://127.0.0.1:99999/cam", CameraState.OFFLINE, "check the camera's url"),
        ("rtsp:///cam", CameraState.OFFLINE, "names no host"),
    ],
)
def test_a_wrong_url(town: Town, url: str, state: CameraState, said: str) -> None:
    town.shard.add(camera("bad", url))
    assert said in town.sink.wait_state("bad", state).reason
    town.neighbour_lost_nothing()


MJPEG = b"v=0\r\nm=video 0 RTP/AVP 26\r\na=control:1\r\n"
HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n<html>"


@pytest.mark.parametrize(
    ("script", "state", "said"),
    [
        (Script(answers={"DESCRIBE": answer("404 Not Found")}), CameraState.OFFLINE, "no stream"),
        (
            Script(answers={"DESCRIBE": answer("401 No", 'WWW-Authenticate: Basic realm="x"')}),
            CameraState.UNAUTHORISED,
            "set username",
        ),
        (
            Script(answers={"DESCRIBE": answer("200 OK", body=MJPEG)}),
            CameraState.UNSUPPORTED,
            "sends JPEG; set it to H.264 or H.265",
        ),
        (Script(answers={"OPTIONS": HTTP}), CameraState.OFFLINE, "does not speak RTSP"),
        (Script(greeting=b"SSH-2.0-OpenSSH_9\r\n\r\n"), CameraState.OFFLINE, "does not speak RTSP"),
        (Script(greeting=bytes(range(1, 200))), CameraState.OFFLINE, "does not speak RTSP"),
        (Script(greeting=b"A" * 100_000), CameraState.OFFLINE, "does not speak RTSP"),
        (
            Script(answers={"DESCRIBE": answer("302 Moved", "Location: rtsp://127.0.0.1:1/x")}),
            CameraState.OFFLINE,
            "check the port",
        ),
        (
            Script(answers={"DESCRIBE": answer("302 Moved", "Location: http://x/")}),
            CameraState.OFFLINE,
            "not with rtsp://",
        ),
        (
            Script(wire=lambda units: [*units[:3], units[3][:200]], hang_up=True),
            CameraState.OFFLINE,
            "closed the connection",
        ),
        (
            Script(
                wire=lambda units: [*units[:3], b"no packet\r\n\r\n" * 9000, *units[4:9]], pace=0
            ),
            CameraState.OFFLINE,
            "mixed with nonsense",
        ),
    ],
)
def test_a_camera_that_answers_wrongly(
    town: Town, script: Script, state: CameraState, said: str
) -> None:
    with ScriptedServer(script) as bad:
        town.shard.add(camera("bad", bad.url))
        assert said in town.sink.wait_state("bad", state).reason
        town.neighbour_lost_nothing()


def test_a_wrong_password_is_tried_once_and_never_shown(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = answer("401 Unauthorized", 'WWW-Authenticate: Digest realm="cam", nonce="n"')
    refused = refusal.replace(b"CSeq: 2\r\n", b"")
    with ScriptedServer(Script(answers={"DESCRIBE": refused})) as bad:
        town.shard.add(camera("bad", bad.url, username="u", password_env="PASSWORD"))
        health = town.sink.wait_state("bad", CameraState.UNAUTHORISED)
        assert "check username and password" in health.reason
        town.neighbour_lost_nothing()
        asked = [line for line in bad.requests if line.startswith("DESCRIBE")]
        assert len(asked) == 2
        assert bad.connections == 1
    assert PASSWORD not in health.reason + capsys.readouterr().out


def test_a_redirect_is_followed(town: Town) -> None:
    with ScriptedServer(Script()) as target:
        moved = answer("301 Moved", f"Location: {target.url}")
        with ScriptedServer(Script(answers={"DESCRIBE": moved})) as source:
            town.shard.add(camera("moved", source.url))
            town.sink.wait_frames("moved", 1)


def test_redirects_have_an_end(town: Town) -> None:
    script = Script()
    with ScriptedServer(script) as bad:
        script.answers["DESCRIBE"] = answer("302 Moved", f"Location: {bad.url}")
        town.shard.add(camera("bad", bad.url))
        assert "redirects more" in town.sink.wait_state("bad", CameraState.OFFLINE).reason


def test_a_stream_cut_in_mid_frame_comes_back(town: Town) -> None:
    cut = Script(wire=lambda units: [*units[:20], units[20][:150]], hang_up=True)
    with ScriptedServer(cut) as bad:
        town.shard.add(camera("bad", bad.url))
        reason = town.sink.wait_state("bad", CameraState.OFFLINE).reason
        assert reason == "the camera closed the connection"
        before = len(town.sink.frames["bad"])
        town.sink.wait_state("bad", CameraState.ONLINE)
        town.sink.wait_frames("bad", before + 1)
        assert bad.connections >= 2
        town.neighbour_lost_nothing()


def damaged_keyframes(_units: list[bytes]) -> Iterable[bytes]:
    clip = [spoilt(unit) if n % 15 == 0 else unit for n, unit in enumerate(coded_clip(Codec.H264))]
    return [b"".join(parts) for parts in frames(Codec.H264, clip * 40)]


def spoilt(unit: bytes) -> bytes:
    middle = len(unit) // 2
    return unit[:middle] + bytes(b ^ 0x5A for b in unit[middle : middle + 40]) + unit[middle + 40 :]


def test_damaged_keyframes_are_never_shown(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "DAMAGED_KEYFRAMES", 2)
    with ScriptedServer(Script(wire=damaged_keyframes)) as bad:
        town.shard.add(camera("bad", bad.url))
        health = town.sink.wait_state("bad", CameraState.STALLED)
        assert "keyframes cannot be decoded" in health.reason
        assert "bad" not in town.sink.frames
        assert town.shard.stats().cameras["bad"].drops[Drop.UNDECODABLE] >= 2
        town.neighbour_lost_nothing()


def test_a_lost_packet_costs_its_camera_one_gop_at_most(town: Town) -> None:
    def lossy(_units: list[bytes]) -> list[bytes]:
        parts = frames(Codec.H264, list(coded_clip(Codec.H264)) * 40)
        del parts[20][1]
        return [b"".join(unit) for unit in parts]

    with ScriptedServer(Script(wire=lossy)) as bad:
        town.shard.add(camera("bad", bad.url))
        town.sink.wait_frames("bad", 3)
        drops = town.shard.stats().cameras["bad"].drops
        assert drops[Drop.SEQUENCE_GAP] == 1
        assert drops[Drop.AFTER_LOSS] == 9
        assert town.shard.health("bad").state is CameraState.ONLINE
        town.neighbour_lost_nothing()


def test_a_silent_camera_is_called_stalled(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "STALL_AFTER", 1.0)
    with ScriptedServer(Script(wire=lambda units: units[:5])) as bad:
        town.shard.add(camera("bad", bad.url))
        assert "no picture came" in town.sink.wait_state("bad", CameraState.STALLED).reason
        town.neighbour_lost_nothing()
