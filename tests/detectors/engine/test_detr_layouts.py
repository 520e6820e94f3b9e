"""D-FINE, RF-DETR and YOLO26: tensors made from known answers, alone and through an engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.engine import EngineError, open_engine
from detectors.engine.detr import QUERIES, DetrDecoder
from detectors.engine.end_to_end import EndToEndDecoder
from detectors.engine.joining import joined, order_of
from models.coco import COCO80, COCO91
from tests.detectors.engine.tiny_onnx import SIDE, fixed_answers
from tests.models.cards import CardValue, make_card

INPUT: dict[str, CardValue] = {
    "input": {"width": SIDE, "height": SIDE, "channels": "rgb", "fit": "stretch"},
    "nms_iou": 1.0,
}
DETR = make_card(decoder="detr", **INPUT)
END_TO_END = make_card(decoder="end_to_end", **INPUT)


def logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def detr_parts() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Boxes (1, 300, 4) and logits (1, 300, 2): query 7 a dark thing, query 9 a bright one that
    overlaps it by half, all others nothing."""
    boxes = np.full((1, QUERIES, 4), 0.5, np.float32)
    logits = np.full((1, QUERIES, 2), logit(0.01), np.float32)
    boxes[0, 7], logits[0, 7, 1] = (0.5, 0.25, 0.5, 0.25), logit(0.8)
    boxes[0, 9], logits[0, 9, 0] = (0.75, 0.25, 0.5, 0.25), logit(0.6)
    return boxes, logits


def chosen_rows() -> NDArray[np.float32]:
    """The same as YOLO26 gives it: (1, 300, 6), the surest first, zeros to the end."""
    rows = np.zeros((1, QUERIES, 6), np.float32)
    rows[0, 0] = 8, 4, 24, 12, 0.8, 1
    rows[0, 1] = 16, 4, 32, 12, 0.6, 0
    return rows


def test_detr_reads_centres_sizes_and_logits() -> None:
    found = DetrDecoder(DETR).decode(joined(detr_parts())[0], 0.25)
    assert found.xyxy.tolist() == pytest.approx(np.array([[8, 4, 24, 12], [16, 4, 32, 12]]))
    assert found.confidence.tolist() == pytest.approx([0.8, 0.6])
    assert found.class_id.tolist() == [1, 0]


def test_end_to_end_reads_corners_scores_and_classes() -> None:
    found = EndToEndDecoder(END_TO_END).decode(chosen_rows()[0], 0.25)
    assert found.xyxy.tolist() == [[8, 4, 24, 12], [16, 4, 32, 12]]
    assert found.confidence.tolist() == pytest.approx([0.8, 0.6])
    assert found.class_id.tolist() == [1, 0]


@pytest.mark.parametrize("number", [-1, 2, 79])
def test_a_class_that_the_card_does_not_name_is_left_out(number: int) -> None:
    rows = chosen_rows()
    rows[0, 0, 5] = number
    assert EndToEndDecoder(END_TO_END).decode(rows[0], 0.25).class_id.tolist() == [0]


def three_parts() -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Labels, boxes and scores, as D-FINE exports them."""
    rows = chosen_rows()
    return rows[..., 5].astype(np.int64), rows[..., :4].copy(), rows[..., 4].copy()


@pytest.mark.parametrize(
    ("decoder", "outputs"),
    [
        ("end_to_end", {"output0": chosen_rows()}),
        ("detr", dict(zip(("pred_boxes", "logits"), detr_parts(), strict=True))),
        ("detr", dict(zip(("labels", "dets"), detr_parts()[::-1], strict=True))),
        ("end_to_end", dict(zip(("labels", "boxes", "scores"), three_parts(), strict=True))),
    ],
    ids=["YOLO26", "D-FINE of others", "RF-DETR", "D-FINE"],
)
@pytest.mark.parametrize("sizes", [False, True], ids=["", "with sizes"])
def test_every_layout_gives_the_same_boxes(
    tmp_path: Path, decoder: str, outputs: dict[str, NDArray[np.float32]], sizes: bool
) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(fixed_answers(outputs, sizes=sizes))
    engine = open_engine(make_card(decoder=decoder, **INPUT), path)
    (found,) = engine.infer([np.zeros((64, 128, 3), np.uint8)])
    assert found.xyxy.tolist() == pytest.approx(
        np.array([[0.25, 0.125, 0.75, 0.375], [0.5, 0.125, 1.0, 0.375]]), abs=1e-6
    )
    assert found.confidence.tolist() == pytest.approx([0.8, 0.6], abs=1e-6)
    assert [found.names[i] for i in found.class_id] == ["dark", "bright"]


def test_outputs_of_another_layout_are_named(tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(fixed_answers(dict(zip(("a", "b"), detr_parts(), strict=True)), sizes=False))
    with pytest.raises(EngineError, match=r"2 outputs \(a .*b .*decoder yolox"):
        open_engine(make_card(decoder="yolox", **INPUT), path)


def test_boxes_and_four_classes_cannot_be_told_apart() -> None:
    card = make_card(decoder="detr", classes=["a", "b", "c", "d"], input=INPUT["input"])
    with pytest.raises(EngineError, match="not those of the decoder"):
        order_of(card, [("x", [1, 300, 4], False), ("y", [1, 300, 4], False)])


def test_coco_by_its_own_numbers() -> None:
    assert (COCO91[1], COCO91[3], COCO91[90]) == ("person", "car", "toothbrush")
    assert [name for name in COCO91 if name in COCO80] == list(COCO80)
    assert len(set(COCO91)) == 91
