"""`fenghuo check` and `fenghuo doctor` as one types them."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from command_center.cli.main import app, main
from configs.load import sample_town
from configs.version import __version__
from detectors.outbox import Outbox
from tests.detectors.event_samples import event_of
from tests.models.cards import write_card
from tests.services import need_data

run = CliRunner()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGHUO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FENGHUO_DEMO_CAMERA_PASSWORD", "not-shown-anywhere")


def test_the_version_is_printed() -> None:
    assert run.invoke(app, ["--version"]).stdout.strip() == __version__


def test_the_sample_town_is_sound() -> None:
    answer = run.invoke(app, ["check", "demo", "--strict"])
    assert answer.exit_code == 0, answer.output
    assert "8 cameras" in answer.stdout


def test_a_typo_is_shown_with_line_and_mend(tmp_path: Path) -> None:
    text = sample_town("demo").read_text(encoding="utf-8")
    path = tmp_path / "town.yaml"
    path.write_text(text.replace("dwell: 12s", "dwel: 12s", 1), encoding="utf-8")
    line = next(n for n, row in enumerate(path.read_text().splitlines(), 1) if "dwel: 12s" in row)
    answer = run.invoke(app, ["check", str(path)])
    assert answer.exit_code == 1
    assert f"{path}:{line}:" in answer.output.replace("\n", "")
    assert "did you mean 'dwell'?" in answer.output


def test_the_schema_is_json_that_knows_cameras() -> None:
    schema = json.loads(run.invoke(app, ["check", "--schema"]).stdout)
    assert "cameras" in schema["properties"]


def findings(*arguments: str) -> dict[str, tuple[str, str, str]]:
    answer = run.invoke(app, ["doctor", *arguments, "--json"])
    return {f["what"]: (f["verdict"], f["detail"], f["fix"]) for f in json.loads(answer.stdout)}


def with_model(tmp_path: Path, model: str) -> str:
    """The demo town, one of whose obstruction rules names this model."""
    text = sample_town("demo").read_text(encoding="utf-8")
    path = tmp_path / "town.yaml"
    rule = "rule: obstruction, "
    path.write_text(text.replace(rule, f"{rule}model: {model}, ", 1), encoding="utf-8")
    return str(path)


def test_a_model_that_no_card_describes_is_said_with_its_camera(tmp_path: Path) -> None:
    town = with_model(tmp_path, "yolox_nan")
    answer = run.invoke(app, ["check", town])
    assert answer.exit_code == 0, "the rule works without it"
    assert "camera lane-east: a rule names the model 'yolox_nan'" in answer.stderr
    assert "did you mean 'yolox_nano'?" in answer.stderr
    assert run.invoke(app, ["check", town, "--strict"]).exit_code == 1
    verdict, detail, fix = findings(town)["model yolox_nan"]
    assert verdict == "warning"
    assert "rules of camera lane-east work by the classical method" in detail
    assert "no model is called 'yolox_nan'; there are" in fix


def test_the_licence_of_a_model_in_a_town_file_is_said_loudly(tmp_path: Path) -> None:
    town = with_model(tmp_path, "fire_yolo11n")
    answer = run.invoke(app, ["check", town, "--strict"])
    assert answer.exit_code == 0, "it is no fault"
    assert "LICENCE: fire_yolo11n is under AGPL-3.0-only" in answer.stderr
    verdict, detail, _ = findings(town)["licence"]
    assert verdict == "warning"
    assert "AGPL-3.0-only" in detail


def test_a_broken_card_in_the_models_folder_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_MODELS_DIR", str(tmp_path))
    write_card(tmp_path / "mine.yaml", confidance=0.5)
    verdict, detail, _ = findings()["model card"]
    assert verdict == "warning"
    assert "mine.yaml" in detail
    assert "did you mean 'confidence'?" in detail


def test_hardware_for_a_model_without_a_card_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGHUO_MODEL_HARDWARE", '{"yolox_nan": {"providers": "cpu"}}')
    assert findings()["hardware of yolox_nan"][0] == "warning"


def test_a_wrong_variable_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FENGHUO_PROVIDERS", "gpu")
    monkeypatch.setattr("sys.argv", ["fenghuo", "models", "list"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith("FENGHUO_PROVIDERS: 'gpu' is no hardware for models;")


def test_doctor_names_a_missing_model_and_how_to_bring_it() -> None:
    verdict, detail, fix = findings()["model yolox_nano"]
    assert verdict == "warning"
    assert "classical" in detail
    assert "fenghuo models pull yolox_nano" in fix


def test_doctor_says_that_hardware_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(need_data("models", "yolox_nano_416x416.onnx"), tmp_path)
    monkeypatch.setenv("FENGHUO_MODELS_DIR", str(tmp_path))
    assert findings()["model yolox_nano"] == ("good", "verified, runs on cpu", "")
    monkeypatch.setenv("FENGHUO_PROVIDERS", "cuda")
    verdict, detail, fix = findings()["model yolox_nano"]
    assert (verdict, detail.split(":")[0]) == ("bad", "does not run")
    assert "onnxruntime-gpu" in fix
    monkeypatch.setenv("FENGHUO_ALLOW_CPU", "true")
    verdict, detail, fix = findings()["model yolox_nano"]
    assert (verdict, detail) == ("warning", "verified, runs on cpu")
    assert "onnxruntime-gpu" in fix


def test_doctor_names_the_variable_of_a_missing_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FENGHUO_DEMO_CAMERA_PASSWORD")
    answer = run.invoke(app, ["doctor", "demo"])
    assert answer.exit_code == 1
    assert findings()["camera gate"][0] == "bad"
    assert "FENGHUO_DEMO_CAMERA_PASSWORD" in findings()["camera gate"][1]


def test_doctor_says_that_a_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("FENGHUO_PORT", str(port))
        verdict, _, fix = findings()[f"port {port}"]
    assert verdict == "warning"
    assert "FENGHUO_PORT" in fix


def test_doctor_shows_what_was_refused_for_good(tmp_path: Path) -> None:
    """While a shard has its outbox open."""
    outbox = Outbox(tmp_path / "data" / "shards" / "shard-0" / "outbox.db", clock=lambda: 1.7e9)
    assert findings()["outbox of shard-0"] == ("good", "nothing was refused", "")
    for camera_id in ("lane-1", "gate"):
        outbox.append(event_of(camera_id))
    for entry in outbox.pending_events(10):
        outbox.dead(entry, "422 no camera of this name")
    verdict, detail, fix = findings()["outbox of shard-0"]
    assert verdict == "warning"
    assert detail.startswith("2 refused for good, the newest an event of camera gate at 2023-11-1")
    assert "422 no camera of this name" in detail
    assert "delivery.refused" in fix
    outbox.close()


def test_doctor_calls_a_sensor_a_sensor(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "data" / "shards" / "sensors" / "outbox.db", clock=lambda: 1.7e9)
    outbox.append(event_of("pond-level"))
    for entry in outbox.pending_events(10):
        outbox.dead(entry, "422 no sensor of this name")
    assert "an event of sensor pond-level at" in findings()["outbox of sensors"][1]
    outbox.close()


def test_doctor_says_that_an_outbox_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "data" / "shards" / "shard-0" / "outbox.db"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not a database" * 100)
    verdict, detail, _ = findings()["outbox of shard-0"]
    assert verdict == "bad"
    assert "cannot be read" in detail
    assert file.read_bytes().startswith(b"not a database"), "looked at, and left alone"


def test_doctor_connects_to_cameras_when_asked(tmp_path: Path) -> None:
    text = sample_town("demo").read_text(encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as camera:
        port = camera.getsockname()[1]
        path = tmp_path / "town.yaml"
        path.write_text(text.replace(":8554/lane-east", f":{port}/lane-east"), encoding="utf-8")
        assert findings(str(path), "--cameras")["camera lane-east"][0] == "good"
    assert findings(str(path), "--cameras")["camera lane-east"][0] == "bad"


def test_doctor_says_what_is_wrong_with_a_town(tmp_path: Path) -> None:
    path = tmp_path / "town.yaml"
    path.write_text("version: 1\n", encoding="utf-8")
    verdict, _, fix = findings(str(path))[f"town {path}"]
    assert verdict == "bad"
    assert f"fenghuo check {path}" in fix


def test_nobodys_password_is_shown() -> None:
    assert "not-shown-anywhere" not in run.invoke(app, ["doctor", "demo"]).output
