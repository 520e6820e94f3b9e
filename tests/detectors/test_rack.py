from __future__ import annotations

import shutil
from pathlib import Path

from structlog.testing import capture_logs

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
