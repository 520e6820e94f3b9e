from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from models.errors import ModelError
from models.store import ModelStore
from tests.models.cards import write_card

WEIGHTS = bytes(range(256)) * 1000


@contextmanager
def serving(status: int, body: bytes, length: int | None = None) -> Iterator[str]:
    """A real HTTP server that always answers this; its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tiny.onnx"
        finally:
            server.shutdown()
            thread.join()


def store_of(tmp_path: Path, url: str) -> ModelStore:
    source: dict[str, str | int | float] = {"repository": "https://example.org", "url": url}
    write_card(tmp_path / "shipped" / "tiny.yaml", WEIGHTS, source=source)
    return ModelStore(tmp_path / "models", shipped=tmp_path / "shipped")


def direct() -> httpx.Client:
    """A client that no proxy of the environment comes between."""
    return httpx.Client(trust_env=False)


def test_pull_keeps_the_right_bytes_and_shows_progress(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    with serving(200, WEIGHTS) as url:
        store = store_of(tmp_path, url)
        path = store.pull("tiny", progress=lambda *step: seen.append(step), client=direct())
    assert path.read_bytes() == WEIGHTS
    assert store.find("tiny") == path
    assert seen[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert store.pull("tiny") == path, "the server is gone: nothing is downloaded twice"


@pytest.mark.parametrize(
    ("status", "body", "length", "said"),
    [
        (404, b"not here", None, "answered 404"),
        (200, b"<html>please log in</html>", None, "sent something other"),
        (200, WEIGHTS + b"more", None, "sent something other"),
        (200, WEIGHTS[:-1] + b"!", None, "sent something other"),
        (200, WEIGHTS[:1000], len(WEIGHTS), "cannot be reached"),
    ],
    ids=["not found", "a page", "too long", "a changed byte", "cut off"],
)
def test_pull_keeps_nothing_else(
    tmp_path: Path, status: int, body: bytes, length: int | None, said: str
) -> None:
    taken: list[int] = []
    with serving(status, body, length) as url:
        store = store_of(tmp_path, url)
        with pytest.raises(ModelError) as error:
            store.pull("tiny", progress=lambda done, _: taken.append(done), client=direct())
    message = str(error.value)
    assert max(taken, default=0) <= len(WEIGHTS), "no more than the card says is ever written"
    assert said in message
    assert url in message
    assert "fenghuo models add tiny.onnx" in message
    assert list(store.models_dir.iterdir()) == []


def test_offline_says_which_address_and_the_other_way(tmp_path: Path) -> None:
    with serving(200, b"") as url:
        pass
    store = store_of(tmp_path, url)
    with pytest.raises(ModelError) as error:
        store.pull("tiny", client=direct())
    assert f"{url} cannot be reached" in str(error.value)
    assert "fenghuo models add tiny.onnx" in str(error.value)


def test_a_damaged_file_stays_until_the_right_one_is_whole(tmp_path: Path) -> None:
    with serving(200, WEIGHTS[:500]) as url:
        store = store_of(tmp_path, url)
        store.models_dir.mkdir()
        (store.models_dir / "tiny.onnx").write_bytes(b"old")
        with pytest.raises(ModelError):
            store.pull("tiny", client=direct())
        assert (store.models_dir / "tiny.onnx").read_bytes() == b"old"


def test_a_model_without_address_says_how_to_add_it(tmp_path: Path) -> None:
    write_card(tmp_path / "shipped" / "tiny.yaml", WEIGHTS)
    store = ModelStore(tmp_path / "models", shipped=tmp_path / "shipped")
    with pytest.raises(ModelError, match="no address to download from"):
        store.pull("tiny")
