"""No secret reaches a log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from configs.logs import HIDDEN, configure_logs, hide_secrets, redact
from configs.settings import Settings


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.mark.parametrize(
    "key",
    ["password", "machine_token", "Authorization", "cookie", "client_secret", "api_key", "passwd"],
)
def test_values_of_secret_names_are_hidden(key: str) -> None:
    assert redact(None, "info", {key: "hunter2", "camera": "lane-1"}) == {
        key: HIDDEN,
        "camera": "lane-1",
    }


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("rtsp://admin:hunter2@10.0.0.1/s", "rtsp://***@10.0.0.1/s"),
        ("open rtsps://a:p%40ss@h:554/x failed", "open rtsps://***@h:554/x failed"),
        ("postgresql+psycopg://u:hunter2@db/x", "postgresql+psycopg://***@db/x"),
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer ***"),
        ("basic YWRtaW46aHVudGVyMg==", "basic ***"),
        ("rtsp://10.0.0.1/user@host", "rtsp://10.0.0.1/user@host"),
        ("mail to a@b", "mail to a@b"),
        ("a bearer of news", "a bearer of news"),
    ],
)
def test_secrets_inside_texts_are_hidden(text: str, clean: str) -> None:
    assert hide_secrets(text) == clean


def test_secrets_deep_inside_are_hidden() -> None:
    event = {"cameras": [{"url": "rtsp://a:b@c/", "password": "x"}, ("rtsp://a:b@c/",)], "n": 1}
    assert redact(None, "info", event) == {
        "cameras": [{"url": f"rtsp://{HIDDEN}@c/", "password": HIDDEN}, [f"rtsp://{HIDDEN}@c/"]],
        "n": 1,
    }


@given(
    password=st.from_regex(r"[A-Za-z0-9%:._~!$&'()*+,;=-]{6,20}", fullmatch=True),
    scheme=st.sampled_from(["rtsp", "rtsps", "http", "https", "redis", "postgresql+psycopg"]),
)
def test_no_password_of_any_url_survives(password: str, scheme: str) -> None:
    marked = f"Q{password}Q"
    assert marked not in hide_secrets(f"cannot open {scheme}://admin:{marked}@camera.local/1: no")


def test_json_lines_hide_exceptions_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(Settings(data_dir=tmp_path, log_format="json"))
    log = structlog.get_logger()
    try:
        raise ConnectionError("rtsp://admin:hunter2@10.0.0.1/ refused")
    except ConnectionError:
        log.exception("camera_failed", camera="巷-1", token="hunter2")
    written = capsys.readouterr().err
    line = json.loads(written)
    assert "hunter2" not in written
    assert line["camera"] == "巷-1"
    assert line["level"] == "error"
    assert "ConnectionError" in line["exception"]


def test_what_libraries_log_goes_the_same_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(Settings(data_dir=tmp_path, log_format="json"))
    try:
        raise ConnectionError("rtsp://admin:hunter2@10.0.0.1/ refused")
    except ConnectionError:
        logging.getLogger("some.library").exception("could not open %s", "rtsp://a:hunter2@b/")
    logging.getLogger("some.library").info("chatter")
    written = capsys.readouterr().err
    assert "hunter2" not in written
    assert json.loads(written)["event"] == "could not open rtsp://***@b/"


def test_the_level_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(data_dir=tmp_path, log_level="warning"))
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    written = capsys.readouterr().err
    assert "loud" in written
    assert "quiet" not in written


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_every_line_says_whose_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log_format: Literal["console", "json"]
) -> None:
    configure_logs(Settings(data_dir=tmp_path, log_format=log_format), shard="shard-7")
    structlog.get_logger().info("ours")
    logging.getLogger("some.library").warning("a library's")
    assert [("shard-7" in line) for line in capsys.readouterr().err.splitlines()] == [True, True]
