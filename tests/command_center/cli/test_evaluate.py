from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from command_center.cli.evaluate import evaluate
from configs.suite import Suite
from configs.suite_checks import load_suite
from ingest.farm.scenes import SCENES, TruthKind, scene
from tests.detectors.evaluation.videos import lane_video

SUITES = Path(__file__).parents[2] / "suites"

app = typer.Typer()
app.command()(evaluate)

SUITE = """\
title: One lane
thresholds:
  lane_blocked: {{recall: {recall}, precision: 0.9, false_alarms_per_camera_hour: 0, delay_p95: 8s}}
rules:
  lane: [{{rule: obstruction, dwell: 5s, model: null}}]
clips:
  - id: van
    file: lane.mp4
    tags: [day, van]
    zones: [{{id: all, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]], rules: lane}}]
    truth: [{{zone: all, event: lane_blocked, start: 10s, end: 60s}}]
  - id: before
    file: lane.mp4
    length: 8s
    tags: [day]
    zones: [{{id: all, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]], rules: lane}}]
  - id: drawn
    scene: quiet_lane
    length: 6s
    zones: [{{id: all, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]], rules: lane}}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite")
    lane_video(folder / "lane.mp4", seconds=30.0)
    return folder


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    return CliRunner(env={"FENGHUO_DATA_DIR": str(tmp_path), "COLUMNS": "120"})


def written(folder: Path, text: str = SUITE, *, recall: str = "1.0") -> str:
    path = folder / "suite.yaml"
    path.write_text(text.format(recall=recall), encoding="utf-8")
    return str(path)


def test_a_suite_is_played_and_judged(runner: CliRunner, folder: Path) -> None:
    done = runner.invoke(app, [written(folder), "--json", "--jobs", "2"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["passed"] is True
    found = told["events"]["lane_blocked"]
    assert (found["required"], found["hits"], found["false_alarms"]) == (1, 1, 0)
    assert found["recall"] == 1.0
    assert found["seconds"] == pytest.approx(29.8 + 7.8 + 5.9, abs=0.2)
    assert told["tags"]["van"]["lane_blocked"]["seconds"] == pytest.approx(29.8)
    assert [play["clip"] for play in told["plays"]] == ["van", "before", "drawn"]
    assert len(told["rules"]["lane_blocked"]) == 12
    assert {each["met"] for each in told["thresholds"]} == {True}


def test_the_last_line_is_for_operators(runner: CliRunner, folder: Path) -> None:
    done = runner.invoke(app, [written(folder), "--only", "day", "--phases", "2"])
    assert done.exit_code == 0, done.output
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("recall 1.00 (2 of 2), 0.00 false alarms an hour (0 in 0.02 h; 95 %")


def test_a_threshold_that_is_missed_ends_with_1(runner: CliRunner, folder: Path) -> None:
    blind = SUITE.replace("dwell: 5s", "dwell: 5s, confidence: 1.0")
    done = runner.invoke(app, [written(folder, blind), "--clip", "van"])
    assert done.exit_code == 1, done.output
    assert "missed   van: lane_blocked in all from 10.0 s" in done.stdout
    assert "missed lane_blocked recall 0, asked for 1" in done.stdout


def test_a_clip_is_watched_as_a_live_stream(runner: CliRunner, folder: Path) -> None:
    """Two streams at once, as long as it takes to learn a place and to see that it is blocked."""
    short = SUITE.replace(", delay_p95: 8s", "")  # the machine may be busy
    done = runner.invoke(app, [written(folder, short), "--only", "day", "--rtsp", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["live"] is True
    assert [play["clip"] for play in told["plays"]] == ["van", "before"]
    [alarm] = told["plays"][0]["alarms"]
    assert (alarm["verdict"], alarm["zone"]) == ("hit", "all")
    assert 15.0 <= alarm["opened"] <= 30.0
    assert told["plays"][0]["seconds"] == pytest.approx(30.0, abs=0.4)
    assert told["plays"][1]["alarms"] == []


def test_streams_have_no_phases(runner: CliRunner, folder: Path) -> None:
    done = runner.invoke(app, [written(folder), "--rtsp", "--phases", "2"])
    assert done.exit_code == 1
    assert "no phases" in done.stderr


def test_a_clip_that_cannot_be_streamed_is_said(runner: CliRunner, folder: Path) -> None:
    (folder / "ill.mp4").write_bytes(b"garbage" * 99)
    ill = SUITE.replace("file: lane.mp4", "file: ill.mp4")
    done = runner.invoke(app, [written(folder, ill), "--rtsp", "--clip", "van"])
    assert done.exit_code == 1
    assert "failed   van: " in done.stderr


def test_a_report_is_written(runner: CliRunner, folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    runner.invoke(app, [written(folder), "--clip", "van", "--report", str(page)])
    assert "All of 4 thresholds met" in page.read_text(encoding="utf-8")
    nowhere = str(tmp_path / "none" / "page.html")
    done = runner.invoke(app, [written(folder), "--clip", "van", "--report", nowhere])
    assert done.exit_code == 1
    assert "there is no folder" in done.stderr


def test_a_false_alarm_is_told(runner: CliRunner, folder: Path) -> None:
    quiet = SUITE.replace(
        "    truth: [{{zone: all, event: lane_blocked, start: 10s, end: 60s}}]\n", ""
    )
    quiet = quiet.replace("recall: {recall}, ", "").replace(", delay_p95: 8s", "")
    done = runner.invoke(app, [written(folder, quiet), "--clip", "van"])
    assert done.exit_code == 1, done.output
    assert "false    van: lane_blocked in all at" in done.stdout


@pytest.mark.parametrize(
    ("content", "words"), [(b"garbage" * 99, "is not a video file"), (None, "is not there")]
)
def test_an_ill_clip_fails_the_run_and_the_others_are_played(
    runner: CliRunner, folder: Path, content: bytes | None, words: str
) -> None:
    (folder / "ill.mp4").unlink(missing_ok=True)
    if content is not None:
        (folder / "ill.mp4").write_bytes(content)
    ill = SUITE.replace("file: lane.mp4\n    length", "file: ill.mp4\n    length")
    done = runner.invoke(app, [written(folder, ill), "--only", "day"])
    assert done.exit_code == 1, done.output
    assert "failed   before: " in done.stderr
    assert words in done.stderr
    assert "recall 1.00 (1 of 1)" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--only", "night"], "no clip has the tag 'night'"),
        (["--clip", "lorry"], "there is no clip 'lorry'"),
        (["--clip", "drawn", "--only", "van"], "no clip has both"),
    ],
)
def test_who_asks_for_no_clip_is_told(
    runner: CliRunner, folder: Path, options: list[str], words: str
) -> None:
    done = runner.invoke(app, [written(folder), *options])
    assert done.exit_code == 1
    assert words in done.stderr


def test_a_folder_that_is_not_named_is_said_once(
    runner: CliRunner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLIPS_HERE", raising=False)
    away = SUITE.replace("file: lane.mp4", "file: ${{CLIPS_HERE}}/lane.mp4")
    done = runner.invoke(app, [written(folder, away)])
    assert done.exit_code == 1
    assert done.stderr.count("CLIPS_HERE is not set") == 1
    assert "suite.yaml: CLIPS_HERE is not set, and 2 of the clips lie there" in done.stderr
    assert "export CLIPS_HERE=FOLDER" in done.stderr
    done = runner.invoke(app, [written(folder, away), "--clip", "drawn"])
    assert done.exit_code == 0, "a clip that lies elsewhere is played"


def test_a_suite_at_fault_is_not_played(runner: CliRunner, folder: Path) -> None:
    done = runner.invoke(app, [written(folder, SUITE, recall="95")])
    assert done.exit_code == 1
    assert "suite.yaml:3" in done.stderr


def test_a_missing_model_is_said(runner: CliRunner, folder: Path, tmp_path: Path) -> None:
    named = SUITE.replace("model: null", "model: yolox_nano")
    arguments = [written(folder, named), "--clip", "before", "--models-dir", str(tmp_path)]
    done = runner.invoke(app, arguments)
    assert "the classical method alone is used" in done.stderr
    assert "yolox_nano missing" in done.stdout
    assert "yolox_nano" not in runner.invoke(app, [*arguments, "--no-models"]).output


EVENTS = {
    TruthKind.VEHICLE_STANDING: "lane_blocked",
    TruthKind.GATHERING: "gathering",
    TruthKind.FLAMES: "fire",
    TruthKind.SMOKE: "smoke",
}


def test_the_drawn_suite_says_what_the_scenes_say() -> None:
    suite: Suite = load_suite(SUITES / "drawn.yaml")
    assert {clip.scene for clip in suite.clips} == set(SCENES)
    for clip in suite.clips:
        if "incident" not in clip.tags:
            assert not clip.truth
            continue
        told = {(each.event, each.start, each.end) for each in clip.truth}
        drawn = scene(clip.scene or "").truth
        assert told == {(EVENTS[each.kind], each.start, each.end) for each in drawn}, clip.id
        # Flames burn within the smoke's zone, which is the first.
        assert clip.zones[0].polygon == tuple((round(x, 3), round(y, 3)) for x, y in drawn[0].zone)
