from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from command_center.cli.tune import tune
from detectors.tuning.tuner import Tuner
from tests.detectors.evaluation.videos import lane_video

app = typer.Typer()
app.command()(tune)

ZONE = "zones: [{id: all, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]], rules: lane}]"
SUITE = f"""\
title: One lane
rules:
  lane: [{{rule: obstruction, dwell: 18s, model: null}}]
clips:
  - id: van
    file: lane.mp4
    {ZONE}
    truth: [{{zone: all, event: lane_blocked, start: 10s, end: 60s}}]
  - id: short
    file: lane.mp4
    length: 24s
    {ZONE}
  - id: before
    file: lane.mp4
    length: 8s
    {ZONE}
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite")
    lane_video(folder / "lane.mp4", seconds=31.0)
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    return folder / "suite.yaml"


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    return CliRunner(env={"FENGHUO_DATA_DIR": str(tmp_path), "COLUMNS": "120"})


VARY = ["--vary", "obstruction.dwell=4s..20s/2s", "--vary", "obstruction.min_area=0.02,0.9"]


def test_a_suite_from_its_clips_to_the_rules_to_paste(
    suite: Path, runner: CliRunner, tmp_path: Path
) -> None:
    """At a dwell of 18 s the van of 20 s is found at 30 s; at 10 s and less `short` is told too."""
    chosen, plot = tmp_path / "chosen.yaml", tmp_path / "front.svg"
    files = ["--write", str(chosen), "--plot", str(plot)]
    done = runner.invoke(app, [str(suite), *VARY, "--phases", "2", "--jobs", "2", *files])
    assert done.exit_code == 0, done.output
    assert "18 settings (all of 18 combinations), 6 plays, 12 full replays" in done.output
    assert "obstruction: 18 settings on 6 plays in " in done.stderr
    assert " settings a minute" in done.stderr
    assert "as it is" in done.output
    assert "the pipeline of a shard told the same" in done.output
    assert "rule: obstruction" in chosen.read_text()
    assert "lane_blocked" in plot.read_text()


def test_json_is_the_same_for_the_same_seed_and_the_second_run_looks_at_nothing(
    suite: Path, runner: CliRunner, tmp_path: Path
) -> None:
    order = [str(suite), *VARY, "--most", "7", "--seed", "3", "--holdout", "0.4", "--json"]
    order += ["--cache", str(tmp_path / "kept"), "--jobs", "1"]
    first = runner.invoke(app, [*order, "--no-check"])
    folders = {each: each.stat().st_ino for each in (tmp_path / "kept").iterdir()}
    second = runner.invoke(app, [*order, "--no-check"])
    assert first.exit_code == second.exit_code == 0, first.output
    assert first.stdout == second.stdout
    assert {each: each.stat().st_ino for each in (tmp_path / "kept").iterdir()} == folders
    told = json.loads(first.stdout)
    [rule] = told["rules"]
    assert rule["combinations"] == 18
    assert 7 <= rule["settings"] <= 8, "one of the sample may be what is there"
    assert len(told["held_out"]) == 1
    assert rule["fronts"][0]["candidates"][0]["held_out"] is not None
    assert rule["chosen"]["differences"] is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--vary", "obstruction.dwel=1s"], "did you mean dwell"),
        (["--vary", "gathering.on_count=4..6"], "no chosen clip is watched by a rule gathering"),
        (["--vary", "obstruction.dwell=18s"], "none is both possible and new"),
        (["--vary", "obstruction.dwell=1s", "--vary", "obstruction.dwell=2s"], "given twice"),
        (["--vary", "obstruction.dwell=1s", "--write", "/nowhere/x.yaml"], "there is no folder"),
        (["--vary", "obstruction.dwell=1s", "--plot", "x.gif"], "must end in .png or .svg"),
        (["--vary", "obstruction.dwell=1s", "--clip", "ven"], "there is no clip 'ven'"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_played(
    suite: Path, runner: CliRunner, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.setattr(Tuner, "record", None)
    done = runner.invoke(app, [str(suite), *options])
    assert done.exit_code == 1
    assert said in done.output


def test_an_ill_clip_is_told_and_the_others_are_used(
    suite: Path, runner: CliRunner, tmp_path: Path
) -> None:
    (tmp_path / "ill.mp4").write_bytes(b"no video")
    text = suite.read_text().replace("file: lane.mp4", f"file: {suite.parent}/lane.mp4")
    text += f"  - {{id: ill, file: ill.mp4, {ZONE}}}\n"
    (tmp_path / "suite.yaml").write_text(text, encoding="utf-8")
    done = runner.invoke(app, [str(tmp_path / "suite.yaml"), *VARY, "--no-check"])
    assert done.exit_code == 1
    assert "failed   ill:" in done.output
    assert "3 plays" in done.output
