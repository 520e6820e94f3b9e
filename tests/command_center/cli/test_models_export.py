"""`fenghuo models export` as one types it; the exporter itself stands in, for it is an extra."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from command_center.cli.models import app
from detectors.engine import EngineError, exporting
from detectors.engine.exporting import Exported, decoder_in
from models.card import Decoder
from models.store import ModelStore
from tests.detectors.engine.test_detr_layouts import chosen_rows
from tests.detectors.engine.tiny_onnx import SIDE, fixed_answers, tiny_detector
from tests.models.cards import write_card

NAMES = ("bright", "dark")


def exported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, made: bytes, *arguments: str
) -> tuple[int, str]:
    """Exit status, and standard error in one line."""

    def export_onnx(_weights: Path, target: Path, *, size: int, any_batch: bool) -> Exported:
        assert (size, any_batch) == (SIDE, False)
        target.write_bytes(made)
        return Exported(NAMES, decoder_in(target), "Ultralytics 8")

    monkeypatch.setattr(exporting, "export_onnx", export_onnx)
    (folder / "best.pt").write_bytes(b"checkpoint")
    command = ["export", str(folder / "best.pt"), "--size", str(SIDE), "--dir", str(folder)]
    result = CliRunner().invoke(app, [*command, *arguments])
    return result.exit_code, result.stderr.replace("\n", " ")


def test_the_card_carries_source_licence_and_checksum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, said = exported(tmp_path, monkeypatch, tiny_detector(), "--name", "mine")
    assert status == 0
    assert "LICENCE" in said
    store = ModelStore(tmp_path)
    card = store.card("mine")
    assert store.find("mine") == tmp_path / "mine.onnx"
    assert card.licence == "AGPL-3.0-only"
    assert hashlib.sha256(b"checkpoint").hexdigest() in card.source.note
    assert (card.names, card.decoder, card.input.width) == (NAMES, Decoder.ULTRALYTICS, SIDE)


def test_a_known_checkpoint_keeps_its_licence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card(tmp_path / "own.yaml", b"checkpoint", name="own", file="own.pt", version="7")
    status, said = exported(tmp_path, monkeypatch, tiny_detector(), "--name", "mine")
    assert status == 0
    assert "LICENCE" not in said
    card = ModelStore(tmp_path).card("mine")
    assert (card.licence, card.version) == ("MIT", "7")


def test_an_end_to_end_model_is_not_suppressed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = fixed_answers({"output0": chosen_rows()}, sizes=False)
    assert exported(tmp_path, monkeypatch, made, "--name", "mine")[0] == 0
    card = ModelStore(tmp_path).card("mine")
    assert (card.decoder, card.nms_iou) == (Decoder.END_TO_END, 1.0)


@pytest.mark.parametrize(
    ("made", "arguments", "said"),
    [
        (tiny_detector(classes=5), ("--name", "mine"), "correct the card"),
        (tiny_detector(), ("--name", "Mine!"), "name"),
        (tiny_detector(), ("--name", "mine", "--size", "100"), "multiple of 32"),
        (tiny_detector(), ("--name", "yolox_nano"), "is there already"),
    ],
)
def test_nothing_is_kept_of_what_does_not_fit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: bytes,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    status, told = exported(tmp_path, monkeypatch, made, *arguments)
    assert status == 1
    assert said in told
    assert {file.name for file in tmp_path.iterdir()} == {"best.pt"}


def test_without_the_extra_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ultralytics", None)
    with pytest.raises(EngineError, match=r"fenghuo\[ultralytics\]"):
        exporting.export_onnx(tmp_path / "a.pt", tmp_path / "a.onnx", size=32, any_batch=False)
