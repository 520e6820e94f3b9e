from __future__ import annotations

import socket
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from command_center.cli.up import up
from command_center.placement.supervisor import (
    Supervisor,
    SupervisorError,
    check_port,
    differences,
    environment_of,
)
from configs.settings import Settings
from tests.command_center.example import TOWN, camera
from tests.command_center.placement.small_town import free_port

app = typer.Typer()
app.command()(up)


@pytest.fixture
def taken() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path, taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    settings = Settings(data_dir=tmp_path, port=port, shards=1)
    with (
        Supervisor(settings, TOWN) as supervisor,
        pytest.raises(SupervisorError, match=rf"port {port} on 127.0.0.1 is in use.*FENGHUO_PORT"),
    ):
        supervisor.start()
    assert not any(process.running for process in supervisor.health())
    taken.close()


def test_an_address_that_is_not_ours_is_said() -> None:
    with pytest.raises(SupervisorError, match=r"cannot listen on 192\.0\.2\.1"):
        check_port("192.0.2.1", 0)  # TEST-NET-1, RFC 5737


def test_children_see_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        data_dir=tmp_path, port=8123, machine_token=SecretStr("secret"), retention=3600.0
    )
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


@pytest.mark.parametrize(
    ("town", "words"),
    [
        ("atlantis", "is neither a file nor a sample"),
        ("version: 1\nname: {zh: 镇, en: Town}\nunit: []\n", "'unit' is not a key"),
    ],
)
def test_a_bad_town_is_said_with_its_mend_and_nothing_starts(
    tmp_path: Path, town: str, words: str
) -> None:
    if "\n" in town:
        file = tmp_path / "town.yaml"
        file.write_text(town, encoding="utf-8")
        town = str(file)
    runner = CliRunner(env={"FENGHUO_DATA_DIR": str(tmp_path), "COLUMNS": "200"})
    done = runner.invoke(app, [town])
    assert done.exit_code == 1
    assert words in done.stderr
    assert "▶" not in done.stderr


def test_a_command_center_that_cannot_start_is_said(tmp_path: Path) -> None:
    (tmp_path / "fenghuo.db").write_bytes(b"this is no database" * 300)
    settings = Settings(data_dir=tmp_path, port=free_port(), shards=1)
    with (
        Supervisor(settings, TOWN) as supervisor,
        pytest.raises(SupervisorError, match="the command center does not start"),
    ):
        supervisor.start()


def test_cameras_that_no_longer_follow_the_file_are_named() -> None:
    in_file = [camera("gate"), camera("lane"), camera("pond")]
    wanted = [camera("lane", "rtsp://127.0.0.1:8554/moved"), camera("pond"), camera("road")]
    assert list(differences(in_file, wanted)) == [
        "added at run time, whatever the town file says: road",
        "changed at run time, whatever the town file says: lane",
        "removed at run time, whatever the town file says: gate",
    ]
    assert list(differences(in_file, in_file)) == []
