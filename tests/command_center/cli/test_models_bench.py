"""`fenghuo models bench` as one types it."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from command_center.cli.models import app
from tests.detectors.engine.tiny_onnx import tiny_detector
from tests.models.cards import write_card

RUNNER = CliRunner()
INPUT: dict[str, str | int | float] = {
    "width": 32,
    "height": 32,
    "channels": "rgb",
    "scale": 1 / 255,
    "fit": "stretch",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    weights = tiny_detector(batch="N")
    for name in ("tiny", "twin"):
        write_card(tmp_path / f"{name}.yaml", weights, name=name, file=f"{name}.onnx", input=INPUT)
        (tmp_path / f"{name}.onnx").write_bytes(weights)
    return tmp_path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 200, np.uint8), format="rgb24")
    with av.open(str(folder / "bright.png"), "w", format="image2") as file:
        stream = file.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "rgb24"
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    return folder


def bench(folder: Path, *arguments: str) -> tuple[int, str, str]:
    result = RUNNER.invoke(app, ["bench", *arguments, "--seconds", "0", "--dir", str(folder)])
    return result.exit_code, result.stdout, result.stderr


def test_each_size_is_a_row_and_the_first_tells_of_agreement(folder: Path, picture: Path) -> None:
    arguments = ("tiny", "--batches", "1,4", "--pictures", str(picture), "--against", "twin")
    status, out, said = bench(folder, *arguments, "--json")
    assert status == 0
    rows = json.loads(out)
    assert [(row["model"], row["provider"], row["batch"]) for row in rows] == [
        ("tiny", "cpu", 1),
        ("tiny", "cpu", 4),
    ]
    assert all(row["milliseconds"] > 0 and row["per_second"] > 0 for row in rows)
    agreed = rows[0]["agreement"]
    assert (agreed["against"], agreed["pictures"], agreed["rate"]) == ("twin", 1, 1.0)
    assert agreed["iou"] == pytest.approx(1.0)
    assert rows[1]["agreement"] is None
    assert "notes.txt is passed over" in said


def test_without_pictures_it_says_that_it_was_timed_on_noise(folder: Path) -> None:
    status, out, said = bench(folder, "tiny", "--batches", "2")
    assert status == 0
    assert "tiny" in out
    assert "noise" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tiny", "--batches", "1,many"), "no list of sizes"),
        (("tiny", "--batches", "0"), "no list of sizes"),
        (("tiny", "--against", "twin"), "real pictures"),
        (("tiny", "--provider", "cuda"), "onnxruntime-gpu"),
        (("crystal_ball",), "no model is called"),
        (("yolox_nano",), "fenghuo models pull yolox_nano"),
    ],
)
def test_what_cannot_be_measured_is_said(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    status, _, told = bench(folder, *arguments)
    assert status == 1
    assert said in told.replace("\n", " ")
