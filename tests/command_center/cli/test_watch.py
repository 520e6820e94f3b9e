from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import typer
from numpy.typing import NDArray
from typer.testing import CliRunner

from command_center.cli.watch import watch
from ingest.farm import Farm, FarmCamera
from tests.services import need_data

Picture = NDArray[np.uint8]

app = typer.Typer()
app.command()(watch)


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    return CliRunner(env={"FENGHUO_DATA_DIR": str(tmp_path), "COLUMNS": "200"})


def _texture(dice: np.random.Generator, width: int, height: int, low: int, high: int) -> Picture:
    """Soft random shades, as ground and bodywork have them."""
    coarse = dice.integers(low, high, (height // 12, width // 12, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.fixture
def lane(tmp_path: Path) -> Path:
    """40 s of a lane at 5 pictures a second, into which a box drives at 10 s to stand there."""
    path = tmp_path / "lane.mp4"
    dice = np.random.default_rng(1)
    ground, box = _texture(dice, 324, 180, 60, 120), _texture(dice, 84, 60, 150, 250)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.bit_rate = 320, 180, 2_000_000
        for index in range(200):
            picture = ground[:, :320].copy()
            left = min(120, (index - 50) * 20)
            if left >= 0:
                picture[90:150, left : left + 84] = box
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        output.mux(stream.encode())
    return path


OBSTRUCTION = ("--rule", "obstruction", "--set", "dwell=5s", "--no-model")


def test_a_blocked_lane_is_told_in_the_files_own_time(runner: CliRunner, lane: Path) -> None:
    done = runner.invoke(app, [str(lane), *OBSTRUCTION, "--json"])
    assert done.exit_code == 0, done.output
    [line] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (line["event"], line["phase"], line["zone"]) == ("lane_blocked", "opened", "zone-1")
    assert 9.0 <= line["started_at"] <= 13.0
    assert line["started_at"] + 5.0 <= line["at"] <= 25.0
    assert "1 events" in done.stderr


def test_for_people_it_is_a_sentence(runner: CliRunner, lane: Path) -> None:
    done = runner.invoke(app, [str(lane), *OBSTRUCTION])
    assert "opened lane_blocked in zone-1" in done.stdout
    assert done.stdout.startswith("00:")


def test_a_zone_elsewhere_sees_nothing(runner: CliRunner, lane: Path) -> None:
    done = runner.invoke(app, [str(lane), *OBSTRUCTION, "--zone", "0,0 0.3,0 0.3,0.4 0,0.4"])
    assert (done.exit_code, done.stdout) == (0, "")


def test_snapshots_are_saved_where_asked(runner: CliRunner, lane: Path, tmp_path: Path) -> None:
    folder = tmp_path / "found"
    runner.invoke(app, [str(lane), *OBSTRUCTION, "--save", str(folder)])
    assert {path.suffix for path in folder.iterdir()} == {".jpg"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.mp4", "--rule", "gathering"), "nowhere.mp4 is not there"),
        ((".", "--rule", "gathering"), ". is a folder"),
        ((__file__, "--rule", "gathering"), "is not a video file"),
        (("ftp://a/b", "--rule", "gathering"), "ftp:// cannot be watched"),
        (("x", "--rule", "gathering", "--set", "on_cuont=3"), "has no such setting"),
        (("x", "--rule", "gathering", "--set", "on_count=few"), "--set on_count"),
        (("x", "--rule", "gathering", "--set", "on_count"), "has no '='"),
        (("x", "--rule", "gathering", "--set", "on_count=2"), "must be below"),
        (
            ("x", "--rule", "gathering", "--set", "on_density=2", "--set", "off_density=1"),
            "has no area",
        ),
        (("x", "--rule", "gathering", "--zone", "0,0 1,1"), "is not a polygon"),
        (("x", "--rule", "gathering", "--zone", "0,0 1,1 2,2"), "is not a polygon"),
        (("x", "--rule", "gathering", "--every", "soon"), "--every"),
        (("x", "--rule", "line_crossing"), "line_crossing needs a line"),
        (("x", "--rule", "line_crossing", "--set", "line=0.5,0"), "two points or more"),
        (
            ("x", "--rule", "line_crossing", "--set", "line=0.9,0 0.9,1", "--zone", "0,0 .5,0 0,1"),
            "does not touch the zone",
        ),
    ],
)
def test_mistakes_are_named(runner: CliRunner, arguments: tuple[str, ...], words: str) -> None:
    done = runner.invoke(app, list(arguments))
    assert done.exit_code == 1
    assert words in done.stderr


def test_a_url_where_nobody_listens_is_said_without_its_password(runner: CliRunner) -> None:
    done = runner.invoke(app, ["rtsp://me:hush-hush@127.0.0.1:9/x", "--rule", "gathering"])
    assert done.exit_code == 1
    assert "refuses connections" in done.stderr
    assert "hush-hush" not in done.output + done.stderr


@pytest.mark.parametrize(("password", "status"), [("right", 0), ("wrong", 1)])
def test_a_stream_with_a_password(runner: CliRunner, password: str, status: int) -> None:
    camera = FarmCamera("lane", "quiet_lane", username="me", password="right")
    with Farm([camera]) as farm:
        url = farm.url("lane").replace("rtsp://", f"rtsp://me:{password}@")
        done = runner.invoke(app, [url, "--rule", "obstruction", "--no-model", "--for", "3s"])
    assert done.exit_code == status, done.output
    assert ("unauthorised" in done.stderr) == (status == 1)
    assert password not in done.output + done.stderr


def test_a_missing_model_is_said(runner: CliRunner, lane: Path) -> None:
    done = runner.invoke(app, [str(lane), "--rule", "obstruction"])
    assert "yolox_nano is not in" in done.stderr
    assert "the classical method alone is used" in done.stderr


def test_a_real_fire_is_found_without_any_model(runner: CliRunner) -> None:
    clip = need_data("clips", "fire_furg_house6.mp4")
    done = runner.invoke(app, [str(clip), "--rule", "fire_smoke", "--json"])
    found = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert "fire" in found
