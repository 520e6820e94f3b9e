from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from configs.hardware import Hardware, HardwareOfModels, Provider
from detectors import rack as rack_module
from detectors.rack import ModelRack
from models.store import ModelStore
from tests.detectors.pictures import frame_at
from tests.services import need_data


def test_a_missing_model_is_said_once_and_loaded_when_it_comes(tmp_path: Path) -> None:
    weights = need_data("models", "yolox_nano_416x416.onnx")
    rack = ModelRack(ModelStore(tmp_path))
    with capture_logs() as logs:
        rack.load(["yolox_nano", "yolox_nano"])
        rack.look_again()
    assert [log["event"] for log in logs] == ["model.missing"]
    assert rack.missing == ("yolox_nano",)
    assert rack.people_in(frame_at("lane-1", 0.0)) is None
    shutil.copy(weights, tmp_path)
    rack.look_again()
    try:
        assert list(rack.models) == ["yolox_nano"]
        assert not rack.missing
        seen = rack.people_in(frame_at("lane-1", 0.0))
    finally:
        rack.stop()
    assert seen is not None
    assert len(seen.of("person")) == 0, "nobody is in a grey picture"


def test_a_model_that_nobody_knows_is_missing_too(tmp_path: Path) -> None:
    rack = ModelRack(ModelStore(tmp_path))
    rack.load(["crystal_ball"])
    assert rack.missing == ("crystal_ball",)


def test_hardware_that_is_not_there_is_said_once_and_counts_as_missing(tmp_path: Path) -> None:
    shutil.copy(need_data("models", "FastestDet.onnx"), tmp_path)
    on_cuda = HardwareOfModels(models={"fastestdet": Hardware(providers=(Provider.CUDA,))})
    rack = ModelRack(ModelStore(tmp_path), hardware=on_cuda)
    with capture_logs() as logs:
        rack.load(["fastestdet"])
        for _ in range(3):
            rack.look_again()
    assert [log["event"] for log in logs] == ["model.missing"]
    assert "onnxruntime-gpu" in logs[0]["why"]
    assert rack.missing == ("fastestdet",)
    assert not rack.models


def test_whatever_a_model_raises_it_is_said_once_and_counts_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(need_data("models", "FastestDet.onnx"), tmp_path)

    def fails(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(rack_module, "open_engine", fails)
    rack = ModelRack(ModelStore(tmp_path))
    with capture_logs() as logs:
        rack.load(["fastestdet"])
        rack.look_again()
    assert [(log["event"], log["why"]) for log in logs] == [
        ("model.missing", "RuntimeError: no room")
    ]
    assert rack.missing == ("fastestdet",)


def test_a_folder_that_cannot_be_read_is_looked_at_again(tmp_path: Path) -> None:
    class Broken(ModelStore):
        def find(self, name: str) -> Path | None:
            raise PermissionError(name)

    rack = ModelRack(Broken(tmp_path))
    with capture_logs() as logs:
        rack.load(["fastestdet"])
        rack.look_again()
    assert [log["event"] for log in logs] == ["model.missing"]
    assert rack.missing == ("fastestdet",)


def test_a_copyleft_licence_is_said_at_every_start(tmp_path: Path) -> None:
    shutil.copy(need_data("models", "yolo11n_320_f32.onnx"), tmp_path)
    rack = ModelRack(ModelStore(tmp_path))
    with capture_logs() as logs:
        rack.load(["yolo11n_320"])
    rack.stop()
    (said,) = [log for log in logs if log["event"] == "model.licence"]
    assert "AGPL" in said["licence"]


def test_the_processor_in_the_place_of_other_hardware_is_said(tmp_path: Path) -> None:
    shutil.copy(need_data("models", "FastestDet.onnx"), tmp_path)
    usual = Hardware(providers=(Provider.CUDA,), allow_cpu=True)
    rack = ModelRack(ModelStore(tmp_path), hardware=HardwareOfModels(usual=usual))
    with capture_logs() as logs:
        rack.load(["fastestdet"])
    rack.stop()
    assert [log["event"] for log in logs] == ["model.on_other_hardware", "model.loaded"]
    assert (logs[0]["on"], logs[1]["on"]) == ("cpu", "cpu")
    assert rack.missing == ()
