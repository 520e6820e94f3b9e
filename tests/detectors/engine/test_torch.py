"""The engine on PyTorch gives what the one on ONNX Runtime gives. Needs the extra `torch`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from configs.hardware import Hardware, Provider
from detectors.engine import EngineError, open_engine
from detectors.engine.decoder import Candidates
from detectors.engine.fit import to_tensor
from detectors.engine.onnx import decoder_of
from detectors.engine.suppression import suppress
from models.card import Fit, ModelCard
from tests.models.cards import make_card
from tests.services import need_module

if TYPE_CHECKING:
    import torch
else:
    torch = need_module("torch", "pip install 'fenghuo[torch]'")

from detectors.engine.torch_decode import Rows, chosen, reader_of
from detectors.engine.torch_fit import DeviceFit

CPU = torch.device("cpu")
SIDE = 64
INPUT: dict[str, str | int | float] = {
    "width": SIDE,
    "height": SIDE,
    "channels": "rgb",
    "scale": 1 / 255,
    "fit": "letterbox_centre",
}


def card_of(decoder: str, **input_changes: str) -> ModelCard:
    return make_card(decoder=decoder, input={**INPUT, **input_changes})


@pytest.mark.parametrize("fit", list(Fit))
@pytest.mark.parametrize("channels", ["rgb", "bgr"])
def test_pictures_lie_as_they_do_on_the_processor(fit: Fit, channels: str) -> None:
    rng = np.random.default_rng(2)
    smooth = [rng.integers(0, 256, (9, 16, 3), np.uint8) for _ in range(3)]
    pictures = [np.kron(p, np.ones((8, 8, 1), np.uint8)) for p in smooth]
    pictures.append(np.kron(smooth[0].transpose(1, 0, 2), np.ones((8, 8, 1), np.uint8)))
    card = card_of("yolox", fit=fit.value, channels=channels)
    wanted = card.input.model_copy(update={"mean": (0.4, 0.5, 0.6), "std": (0.2, 0.3, 0.4)})
    expected, places = to_tensor(pictures, wanted)
    found, there = DeviceFit(wanted, CPU, torch.float32)(pictures)
    assert there == places
    assert np.abs(found.numpy() - expected).max() < 0.02, "a grey level of rounding"


def random_output(card: ModelCard, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    output = rng.random(decoder_of(card).shape, dtype=np.float32)
    match card.decoder.value:
        case "ultralytics":
            output[:4] *= SIDE / 2
        case "detr":
            output[:, 4:] = output[:, 4:] * 8 - 4
        case "end_to_end":
            output[:, 2:4] += output[:, :2]
            output[:, :4] *= SIDE / 2
            output[:, 5] = rng.integers(0, 2, len(output))
    return output


def by_score(found: Candidates) -> NDArray[np.float64]:
    rows = np.column_stack((found.confidence, found.class_id, found.xyxy)).astype(np.float64)
    return rows[np.lexsort(np.round(rows, 2).T[::-1])][::-1]


@pytest.mark.parametrize("decoder", ["yolox", "ultralytics", "detr", "end_to_end"])
@pytest.mark.parametrize("iou", [0.3, 0.45, 1.0])
def test_boxes_are_those_of_the_processor(decoder: str, iou: float) -> None:
    card = card_of(decoder)
    outputs = np.stack([random_output(card, seed) for seed in range(4)])
    found = chosen(reader_of(card, CPU)(torch.from_numpy(outputs)), 0.3, iou).numpy()
    for every, output in zip(found, outputs, strict=True):
        rows = every[every[:, 4] > 0]
        here = Candidates(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64))
        there = suppress(decoder_of(card).decode(output, 0.3), iou)
        assert by_score(here)[:300] == pytest.approx(by_score(there), abs=1e-3)


def test_a_chain_of_overlaps_is_resolved_as_one_by_one() -> None:
    """Twelve boxes, each of which overlaps the next: every second one stays."""
    left = torch.arange(12) * 4.0
    boxes = torch.stack((left, torch.zeros(12), left + 10, torch.full((12,), 10.0)), -1)[None]
    scores = torch.linspace(0.9, 0.4, 12)[None]
    found = chosen(Rows(boxes, scores, torch.zeros(1, 12, dtype=torch.long)), 0.3, 0.4)
    assert (found[0, :, 4] > 0).tolist() == [True, False] * 6


class Bright(torch.nn.Module):  # type: ignore[misc]
    """An Ultralytics-like model: one box in the middle, as sure as the picture is bright."""

    def __init__(self) -> None:
        super().__init__()
        cells = (SIDE // 8) ** 2 + (SIDE // 16) ** 2 + (SIDE // 32) ** 2
        box, sure = torch.zeros(6, cells), torch.zeros(6, cells)
        box[:4, 0], sure[4, 0] = torch.tensor([32.0, 32.0, 16.0, 32.0]), 1.0
        self.register_buffer("box", box)
        self.register_buffer("sure", sure)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.box + self.sure * pictures.mean((1, 2, 3))[:, None, None]


def saved(folder: Path, kind: str) -> Path:
    example = torch.zeros(2, 3, SIDE, SIDE)
    path = folder / f"bright{kind}"
    if kind == ".pt2":
        shapes = ({0: torch.export.Dim("pictures")},)
        torch.export.save(torch.export.export(Bright(), (example,), dynamic_shapes=shapes), path)
    else:
        torch.jit.trace(Bright(), example).save(str(path))
    return path


def greys(*values: int) -> Sequence[NDArray[np.uint8]]:
    return [np.full((SIDE, SIDE, 3), value, np.uint8) for value in values]


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.parametrize("kind", [".pt", ".torchscript", ".pt2"])
def test_every_picture_gets_its_own_answer(tmp_path: Path, kind: str) -> None:
    engine = open_engine(card_of("ultralytics"), saved(tmp_path, kind))
    assert (engine.provider, engine.batches) == (Provider.CPU, False)
    found = engine.infer([*greys(102, 255, 0), np.full((32, 64, 3), 255, np.uint8)])
    assert [each.confidence.tolist() for each in found[:3]] == [
        pytest.approx([0.4], abs=1e-3),
        pytest.approx([1.0], abs=1e-3),
        [],
    ]
    assert found[0].xyxy[0] == pytest.approx([24 / 64, 16 / 64, 40 / 64, 48 / 64])
    assert found[3].xyxy[0] == pytest.approx([24 / 64, 0.0, 40 / 64, 1.0]), "its own letterbox"
    assert engine.infer([]) == []


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, ".torchscript")
    with pytest.raises(EngineError, match=r"expects \(N, 84, 7\)"):
        open_engine(card_of("yolox"), path)
    with pytest.raises(EngineError, match=r"cannot use cuda.*FENGHUO_ALLOW_CPU"):
        open_engine(card_of("ultralytics"), path, hardware=Hardware(providers=(Provider.CUDA,)))
    with pytest.raises(EngineError, match="needs pictures"):
        open_engine(card_of("ultralytics"), path).infer([np.zeros((4, 4), np.uint8)])
    (tmp_path / "text.pt2").write_text("no model", encoding="utf-8")
    with pytest.raises(EngineError, match="cannot load"):
        open_engine(card_of("ultralytics"), tmp_path / "text.pt2")
