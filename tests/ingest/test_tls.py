"""rtsps: the same stream within TLS, and certificates that nobody vouches for."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from configs.town import Transport
from ingest.health import CameraState
from ingest.shard import Shard
from tests.ingest.curt import CurtServer
from tests.ingest.scripted import Script, ScriptedServer
from tests.ingest.sinks import RecordingSink, camera
from tests.services import need_program

pytestmark = pytest.mark.usefixtures("quick_scans")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a new key and a certificate for 127.0.0.1, signed by itself."""
    openssl = need_program("openssl", "openssl")
    file = tmp_path / "camera.pem"
    wanted = ["-newkey", "rsa:2048", "-nodes", "-x509", "-days", "2", "-subj", "/CN=camera"]
    places = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", "-"]
    done = subprocess.run([openssl, "req", *wanted, *places], capture_output=True, check=True)
    file.write_bytes(file.read_bytes() + done.stdout)
    return file


def tls_server(certificate: Path, script: Script | None = None) -> ScriptedServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return ScriptedServer(script or Script(), tls=context)


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.LIBAV])
def test_a_stream_within_tls(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sink = RecordingSink()
    shard = Shard(sink)
    shard.start()
    with tls_server(certificate) as server:
        shard.add(camera("cam", server.url, transport=transport))
        sink.wait_frames("cam", 2)
        assert not shard.stats().cameras["cam"].drops
        shard.stop()


def test_nobody_is_led_out_of_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sink = RecordingSink()
    shard = Shard(sink, password_of=lambda _camera: "beacon")
    shard.start()
    with ScriptedServer(Script()) as plain:
        moved = f"RTSP/1.0 302 Moved\r\nCSeq: 2\r\nLocation: {plain.url}\r\n\r\n".encode()
        with tls_server(certificate, Script(answers={"DESCRIBE": moved})) as server:
            shard.add(camera("cam", server.url, username="eye"))
            assert "from rtsps://" in sink.wait_state("cam", CameraState.OFFLINE).reason
            shard.stop()
        assert plain.connections == 0


@pytest.mark.parametrize(
    ("transport", "words"),
    [(Transport.TCP, "certificate is not trusted"), (Transport.LIBAV, "certificate trusted?")],
)
def test_a_certificate_that_nobody_vouches_for(
    certificate: Path, transport: Transport, words: str
) -> None:
    reason = reason_of(tls_server(certificate), transport)
    assert words in reason
    assert "SSL_CERT_FILE" in reason


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.LIBAV])
def test_a_certificate_of_another_host(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = tls_server(certificate)
    assert "certificate" in reason_of(
        server, transport, server.url.replace("127.0.0.1", "localhost")
    )
    assert server.requests == []


SERVER_HELLO = b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(20)
"""The beginning of one, of 122 bytes."""


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.LIBAV])
@pytest.mark.parametrize(
    "says",
    [b"", b"RTSP/1.0 400 Bad Request\r\n\r\n", b"\xff" * 5000, SERVER_HELLO],
    ids=["nothing", "no TLS", "garbage", "half a hello"],
)
def test_a_handshake_that_fails_is_said_and_tried_again(says: bytes, transport: Transport) -> None:
    reason = reason_of(CurtServer(says, "rtsps"), transport)
    assert "connection" in reason or "FFmpeg could not go on" in reason
    assert reason.isprintable()


def reason_of(server: ScriptedServer | CurtServer, transport: Transport, url: str = "") -> str:
    """Why a camera at this server is offline."""
    sink = RecordingSink()
    shard = Shard(sink)
    shard.start()
    try:
        with server:
            shard.add(camera("cam", url or server.url, transport=transport))
            return sink.wait_state("cam", CameraState.OFFLINE).reason
    finally:
        shard.stop()
