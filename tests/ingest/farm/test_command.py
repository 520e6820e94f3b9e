"""`fenghuo farm`: what it understands, and what it says to what it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from command_center.cli.farm import farm
from ingest.farm.serve import table
from ingest.farm.server import CameraStats
from ingest.farm.viewer import Counters
from ingest.media import Codec

_app = typer.Typer()
_app.command()(farm)


def _run(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(_app, list(arguments), env=env)
    return result.exit_code, re.sub(r"[\s│]+", " ", result.output)


def test_it_serves_until_its_time_is_over(clips: dict[Codec, Path]) -> None:
    code, output = _run(
        "--clip", str(clips[Codec.H264]), "--cameras", "3", "--port", "0", "--for", "0.1s",
        "--user", "u", "--password-env", "CAMERA_PASSWORD", "--fault", "cam2:drop@1+2",
        env={"CAMERA_PASSWORD": "geheim"},
    )  # fmt: skip
    assert code == 0, output
    assert "3 cameras on rtsp://127.0.0.1:" in output
    assert "geheim" not in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--fault", "cam1:drp"), "--fault: fault kind 'drp'"),
        (("--fault", "cam9:drop", "--cameras", "2"), "no camera cam9; there are cam1 to cam2"),
        (("--size", "wide"), "--size: 'wide' is not a size; write it as 640x360"),
        (("--bitrate", "fast"), "--bitrate: 'fast' is not a bit rate; write it as 512k"),
        (("--gop", "often"), "--gop: 'often' is not a duration"),
        (("--for", "0s"), "--for"),
        (("--scene", "volcano"), "no scene 'volcano'; there are lane_blocked"),
        (("--clip", "nothing.mp4"), "cam1: there is no clip nothing.mp4"),
        (("--user", "u"), "belong together"),
        (("--user", "u", "--password-env", "NOT_SET"), "variable NOT_SET is empty"),
    ],
)
def test_what_is_wrong_is_named(arguments: tuple[str, ...], said: str) -> None:
    code, output = _run(*arguments, "--port", "0")
    assert code == 2
    assert said in output


def test_the_table_sums_what_it_does_not_show() -> None:
    stats = [CameraStats(f"cam{n}", 1, Counters(bytes=1_000_000), ()) for n in range(40)]
    shown = table(stats)
    assert shown.row_count == 25
    assert shown.columns[0].footer == "all 40"
    assert shown.columns[3].footer == "40.0 MB"
