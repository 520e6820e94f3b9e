"""`fenghuo bench ingest` from end to end, on few cameras and for a moment."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from command_center.bench.plan import Result
from command_center.cli.main import app
from command_center.placement.rendezvous import owner


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a brightening picture."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=15)
        stream.width, stream.height = 320, 180
        for index in range(30):
            picture = np.full((180, 320, 3), 40 + index, np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        output.mux(stream.encode())
    return path


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    return CliRunner(env={"FENGHUO_DATA_DIR": str(tmp_path), "COLUMNS": "100"})


@pytest.mark.timeout(240)
def test_ours_and_a_peer_on_the_same_streams(runner: CliRunner, clip: Path) -> None:
    sizes = ("--cameras", "3", "--peer-cameras", "3", "--peer", "pyav", "--shards", "2")
    times = ("--seconds", "3", "--settle", "2", "--town", "0")
    done = runner.invoke(
        app,
        ["bench", "ingest", *sizes, *times, "--source", str(clip), "--moving", str(clip), "--json"],
    )
    assert done.exit_code == 0, done.output
    result = Result.model_validate(json.loads(done.stdout))
    [ours], [peer] = result.ours, result.peers
    assert not result.skipped
    spread = {owner(f"camera-{index}", ["shard-0", "shard-1"]) for index in range(3)}
    assert (ours.cameras, ours.online, ours.shards) == (3, 3, len(spread))
    assert result.cpu_ms_per_camera_second == ours.cpu_ms_per_camera_second > 0
    assert result.stages.keys() == {"read", "decode", "gate", "rules", "other"}
    assert sum(ours.stages.values()) == pytest.approx(ours.cpu_ms_per_camera_second, rel=0.2)
    assert ours.interval.count > 0
    assert 0 < ours.lag.p50 <= ours.lag.max
    assert ours.units > 0
    assert ours.packets > 0
    assert ours.farm_cores > 0
    assert peer.online == 3
    assert peer.pictures_due == 15.0
    # On a busy machine ours may not keep up; then nothing is held against it.
    assert [ratio.cameras for ratio in result.ratios] == ([3] if ours.keeps_up else [])
    assert all(ratio.ratio > 0 for ratio in result.ratios)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (("--cameras", "many"), "is not a list of counts"),
        (("--cameras", "0"), "is not a list of counts"),
        (("--source", "nowhere.mp4"), "neither a clip file nor a scene"),
        (("--plot", "plot.pdf"), "must end in .png or .svg"),
        (("--detector", "nothing"), "no model is called 'nothing'"),
        (("--detector", "yolox_nano"), "--models-dir"),
    ],
)
def test_what_cannot_be_measured_is_refused_at_once(
    runner: CliRunner, asked: tuple[str, str], answer: str
) -> None:
    done = runner.invoke(app, ["bench", "ingest", *asked])
    assert done.exit_code == 1
    assert answer in " ".join(done.output.split())
