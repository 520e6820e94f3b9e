"""`fenghuo models quantise` as one types it; the quantiser itself stands in, for it is an extra."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from command_center.cli import models_quantise
from command_center.cli.models import app
from detectors.engine import quantising, timing
from detectors.engine.protocol import Engine, Picture
from detectors.engine.timing import Timing
from models.card import ModelCard
from models.store import ModelStore
from tests.detectors.engine.tiny_onnx import tiny_detector
from tests.models.cards import write_card

INPUT: dict[str, str | int | float] = {
    "width": 32,
    "height": 32,
    "channels": "rgb",
    "scale": 1 / 255,
    "fit": "stretch",
}
SIGHTED = tiny_detector()


def quantised(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    cheaper: float = 0.5,
    grey: int = 200,
    pictures: int = 60,
    licence: str = "MIT",
) -> tuple[int, str, str]:
    """Exit status, standard output and standard error in a line each. The twin, which sees things
    where pictures are bright, costs `cheaper` of the other."""

    def quantise_onnx(
        _card: ModelCard, weights: Path, target: Path, shown: Sequence[Picture]
    ) -> None:
        assert len(shown) == -(-pictures // 2), "the other half judges what came of it"
        target.write_bytes(weights.read_bytes() + b"\x12\x01x")  # a producer: the same network

    def timed(engine: Engine, _shown: object, batch: int, **_rounds: int) -> Timing:
        cpu = 10.0 * (cheaper if engine.card.name.endswith("-int8") else 1)
        return Timing(batch, cpu, cpu, 1e3 / cpu)

    monkeypatch.setattr(quantising, "quantise_onnx", quantise_onnx)
    monkeypatch.setattr(timing, "timed", timed)
    monkeypatch.setattr(models_quantise, "LEAST_THINGS", 20)
    shown = folder / "pictures"
    shown.mkdir()
    for number in range(pictures):
        Image.fromarray(np.full((32, 32, 3), grey, np.uint8)).save(shown / f"{number:02}.png")
    write_card(folder / "models" / "tiny.yaml", SIGHTED, input=INPUT, licence=licence)
    (folder / "models" / "tiny.onnx").write_bytes(SIGHTED)
    command = ["quantise", "tiny", "--pictures", str(shown), "--dir", str(folder / "models")]
    result = CliRunner().invoke(app, command)
    return result.exit_code, result.stdout.replace("\n", " "), result.stderr.replace("\n", " ")


def test_what_sees_the_same_for_less_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, err = quantised(tmp_path, monkeypatch, licence="AGPL-3.0-only")
    assert status == 0, err
    assert "100.0% of the 30 things that tiny sees, 5.0 ms of CPU a picture for 10.0" in out
    assert "LICENCE" in err, "a twin is under the licence of what it was made of"
    store = ModelStore(tmp_path / "models")
    twin = store.card("tiny-int8")
    assert store.find("tiny-int8") is not None
    assert (twin.licence, twin.names, twin.figures) == ("AGPL-3.0-only", ("bright", "dark"), ())
    assert f"tiny.onnx, {store.card('tiny').sha256}" in twin.source.note


@pytest.mark.parametrize(
    ("cheaper", "grey", "pictures", "said"),
    [
        (0.95, 200, 60, "not worth it here: 100.0% of the 30 things"),
        (0.5, 0, 60, "sees 0 things in 30 of these pictures, too few"),
        (0.5, 200, 5, "holds 5 pictures; 8 are the least"),
    ],
    ids=["hardly cheaper", "nothing to compare", "few pictures"],
)
def test_nothing_is_kept_that_was_not_seen_to_win(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cheaper: float,
    grey: int,
    pictures: int,
    said: str,
) -> None:
    status, _, err = quantised(tmp_path, monkeypatch, cheaper=cheaper, grey=grey, pictures=pictures)
    assert status == 1
    assert said in err
    assert {file.name for file in (tmp_path / "models").iterdir()} == {"tiny.yaml", "tiny.onnx"}
