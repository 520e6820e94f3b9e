"""`fenghuo farm --mix`: a town's cameras and the town file that watches them."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from command_center.cli.main import app
from configs.load import load_town


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A second of grey."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=15)
        stream.width, stream.height = 160, 90
        for _ in range(15):
            picture = np.full((90, 160, 3), 90, np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        output.mux(stream.encode())
    return path


def test_the_town_file_names_the_cameras_that_are_served(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", "secret-of-the-lane")
    town = tmp_path / "town.yaml"
    asked = ["farm", "--mix", "h264", "--cameras", "3", "--clip", str(clip), "--port", "0"]
    files = ["--town", str(town), "--cache", str(tmp_path / "cache"), "--for", "0.1s", "--quiet"]
    login = ["--user", "viewer", "--password-env", "CAMERA_PASSWORD"]
    done = CliRunner().invoke(app, [*asked, *files, *login])
    assert done.exit_code == 0, done.output
    cameras = load_town(town).cameras
    assert [camera.id for camera in cameras] == ["camera-0", "camera-1", "camera-2"]
    assert {(camera.username, camera.password_env) for camera in cameras} == {
        ("viewer", "CAMERA_PASSWORD")
    }
    assert all(camera.url.endswith(f"/{camera.id}") for camera in cameras)
    assert "secret-of-the-lane" not in town.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["--town", "town.yaml"], "needs --mix"),
        (["--mix", "town", "--fps", "10"], "leave --codec, --size, --fps"),
    ],
)
def test_what_does_not_go_together_is_refused(asked: list[str], answer: str) -> None:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["farm", *asked])
    assert done.exit_code == 2
    assert answer in " ".join(done.output.split())
