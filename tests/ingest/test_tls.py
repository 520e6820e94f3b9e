"""rtsps: the same stream within TLS, and certificates that nobody vouches for."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from ingest.health import CameraState
from ingest.shard import Shard
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


def tls_server(certificate: Path) -> ScriptedServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return ScriptedServer(Script(), tls=context)


def test_a_stream_within_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sink = RecordingSink()
    shard = Shard(sink)
    shard.start()
    with tls_server(certificate) as server:
        shard.add(camera("cam", server.url))
        sink.wait_frames("cam", 2)
        assert not shard.stats().cameras["cam"].drops
        shard.stop()


def test_a_certificate_that_nobody_vouches_for(certificate: Path) -> None:
    sink = RecordingSink()
    shard = Shard(sink)
    shard.start()
    with tls_server(certificate) as server:
        shard.add(camera("cam", server.url))
        reason = sink.wait_state("cam", CameraState.OFFLINE).reason
        assert "certificate is not trusted" in reason
        assert "SSL_CERT_FILE" in reason
        shard.stop()
