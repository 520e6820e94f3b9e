from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from command_center.cli.models import app
from tests.detectors.engine.tiny_onnx import tiny_detector
from tests.models.cards import write_card
from tests.services import need_data

RUNNER = CliRunner()


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    result = RUNNER.invoke(app, [*arguments, "--dir", str(folder)])
    return result.exit_code, result.stdout, result.stderr


def test_list_of_an_empty_folder_names_every_model(tmp_path: Path) -> None:
    status, out, _ = run(tmp_path, "list")
    assert status == 0
    for name in ("yolox_nano", "fastestdet", "fire_shufflenet"):
        assert name in out
    assert "missing" in out


def test_list_as_json(tmp_path: Path) -> None:
    status, out, _ = run(tmp_path, "list", "--json")
    assert status == 0
    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["yolox_nano"]["presence"] == "missing"
    assert rows["yolox_nano"]["warning"] is None
    assert "AGPL" in rows["fire_yolo11n"]["warning"]


def test_the_folder_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_MODELS_DIR", str(tmp_path / "weights"))
    assert str(tmp_path / "weights") in RUNNER.invoke(app, ["list"]).stdout


def test_add_then_verify_a_shared_model(tmp_path: Path) -> None:
    file = need_data("models", "FastestDet.onnx")
    assert run(tmp_path, "add", str(file))[0] == 0
    status, out, err = run(tmp_path, "verify")
    assert status == 0, "models that were never added are no fault"
    assert "fastestdet: intact, and it loads" in out
    assert "yolox_nano is not in" in err
    assert run(tmp_path, "verify", "fastestdet")[0] == 0
    assert run(tmp_path, "verify", "yolox_nano")[0] == 1


def test_agpl_is_said_loudly(tmp_path: Path) -> None:
    file = need_data("models", "yolo11n_320_f32.onnx")
    _, _, err = run(tmp_path, "add", str(file))
    assert "LICENCE" in err
    assert "AGPL-3.0-only" in err


def test_verify_finds_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "FastestDet.onnx").write_bytes(b"half a download")
    status, _, err = run(tmp_path, "verify")
    assert status == 1
    assert "is not the file that the card of fastestdet describes" in err


def test_unknown_weights_are_refused_with_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"mine")
    status, _, err = run(tmp_path / "models", "add", str(file))
    assert status == 1
    assert "--card" in err


def test_add_with_a_card(tmp_path: Path) -> None:
    weights = tiny_detector()
    (tmp_path / "t.onnx").write_bytes(weights)
    card = write_card(tmp_path / "t.yaml", weights)
    status, out, _ = run(tmp_path / "models", "add", str(tmp_path / "t.onnx"), "--card", str(card))
    assert status == 0, out
    assert "tiny: intact, and it loads" in run(tmp_path / "models", "verify", "tiny")[1]


def test_a_card_that_does_not_fit_its_weights_is_refused(tmp_path: Path) -> None:
    weights = tiny_detector()
    (tmp_path / "t.onnx").write_bytes(weights)
    card = write_card(tmp_path / "t.yaml", weights, classes=["one", "two", "three"])
    status, _, err = run(tmp_path / "models", "add", str(tmp_path / "t.onnx"), "--card", str(card))
    assert status == 1
    assert "3 classes" in err
    assert not (tmp_path / "models").exists()


def test_a_card_with_a_typo_says_where(tmp_path: Path) -> None:
    (tmp_path / "t.onnx").write_bytes(b"weights")
    card = write_card(tmp_path / "t.yaml", confidance=0.5)
    status, _, err = run(tmp_path / "models", "add", str(tmp_path / "t.onnx"), "--card", str(card))
    assert status == 1
    assert "t.yaml" in err
    assert "did you mean 'confidence'?" in err


def test_a_broken_card_in_the_folder_is_said(tmp_path: Path) -> None:
    write_card(tmp_path / "broken.yaml", name="broken", decoder="magic")
    status, _, err = run(tmp_path, "list")
    assert status == 0
    assert "broken.yaml" in err
    assert run(tmp_path, "verify")[0] == 1


def test_a_model_whose_card_is_broken_is_missing_and_says_why(tmp_path: Path) -> None:
    write_card(tmp_path / "broken.yaml", name="broken", decoder="magic")
    status, _, err = run(tmp_path, "verify", "broken")
    assert status == 1
    assert "no model is called 'broken'" in err
    assert "broken.yaml:" in err
    assert "decoder" in err


def test_pull_of_an_unknown_model_lists_the_known(tmp_path: Path) -> None:
    status, _, err = run(tmp_path, "pull", "yolo99")
    assert status == 1
    assert "no model is called 'yolo99'" in err
    assert "yolox_nano" in err


def test_pull_without_an_address_says_how_to_add(tmp_path: Path) -> None:
    status, _, err = run(tmp_path, "pull", "fire_shufflenet")
    assert status == 1
    assert "fenghuo models add fire_shufflenetv2_onfire.onnx" in err
