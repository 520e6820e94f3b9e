"""Each layout, written here from its definition for a known box, must be read back to that box."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.engine.classifier import ClassifierDecoder
from detectors.engine.decoder import sigmoid
from detectors.engine.fastestdet import FastestDetDecoder
from detectors.engine.ultralytics import UltralyticsDecoder
from detectors.engine.yolox import YoloxDecoder
from models.card import ModelCard
from tests.models.cards import CardValue, make_card

SIDE = 64
CLASSES = ["person", "car", "dog"]
INPUT: dict[str, str | int | float] = {
    "width": SIDE,
    "height": SIDE,
    "channels": "bgr",
    "fit": "letterbox_topleft",
}


def card(decoder: str, **changes: CardValue) -> ModelCard:
    return make_card(b"", input=INPUT, classes=CLASSES, decoder=decoder, **changes)


boxes = st.tuples(
    st.floats(0, SIDE - 1), st.floats(0, SIDE - 1), st.floats(1, SIDE), st.floats(1, SIDE)
)
"""Centre x, centre y, width, height in pixels."""


def around(x: float, y: float, width: float, height: float) -> list[float]:
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


@given(boxes, st.sampled_from([8, 16, 32]), st.integers(0, 2), st.floats(0.3, 1))
def test_yolox(
    box: tuple[float, float, float, float], stride: int, which: int, score: float
) -> None:
    x, y, width, height = box
    decoder = YoloxDecoder(card("yolox"))
    assert decoder.shape == (64 + 16 + 4, 8)
    output = np.zeros(decoder.shape, np.float32)
    column, row, side = int(x // stride), int(y // stride), SIDE // stride
    cell = {8: 0, 16: 64, 32: 80}[stride] + row * side + column
    output[cell, :4] = (
        x / stride - column,
        y / stride - row,
        np.log(width / stride),
        np.log(height / stride),
    )
    output[cell, 4], output[cell, 5 + which] = 0.9, score
    found = decoder.decode(output, 0.25)
    assert found.xyxy == pytest.approx(np.array([around(*box)]), abs=0.01)
    assert found.confidence == pytest.approx([0.9 * score], abs=1e-5)
    assert found.class_id.tolist() == [which]


@given(boxes, st.integers(0, 83), st.integers(0, 2), st.floats(0.3, 1))
def test_ultralytics(
    box: tuple[float, float, float, float], cell: int, which: int, score: float
) -> None:
    decoder = UltralyticsDecoder(card("ultralytics"))
    assert decoder.shape == (7, 84)
    output = np.zeros(decoder.shape, np.float32)
    output[:4, cell] = box
    output[4 + which, cell] = score
    found = decoder.decode(output, 0.25)
    assert found.xyxy == pytest.approx(np.array([around(*box)]), abs=0.01)
    assert found.confidence == pytest.approx([score], abs=1e-5)
    assert found.class_id.tolist() == [which]


@given(boxes, st.integers(0, 2), st.floats(0.5, 1))
def test_fastestdet(box: tuple[float, float, float, float], which: int, score: float) -> None:
    x, y, width, height = (
        box[0],
        box[1],
        min(box[2], SIDE - 1),
        min(box[3], SIDE - 1),
    )
    decoder = FastestDetDecoder(card("fastestdet"))
    assert decoder.shape == (8, 4, 4)
    output = np.full(decoder.shape, -9, np.float32)
    column, row = int(x // 16), int(y // 16)
    output[0] = 0
    output[0, row, column] = 0.8
    output[1:5, row, column] = (
        np.arctanh(min(x / 16 - column, 0.9999)),
        np.arctanh(min(y / 16 - row, 0.9999)),
        np.log(width / (SIDE - width)),
        np.log(height / (SIDE - height)),
    )
    output[5:, row, column] = 0
    output[5 + which, row, column] = score
    found = decoder.decode(output, 0.25)
    assert found.xyxy == pytest.approx(np.array([around(x, y, width, height)]), abs=0.02)
    assert found.confidence == pytest.approx([0.8 * score], abs=1e-5)
    assert found.class_id.tolist() == [which]


@pytest.mark.parametrize(
    ("meaning", "output", "expected"),
    [
        ({"activation": "none"}, [0.1, 0.7, 0.2], {1: 0.7}),
        ({"activation": "sigmoid"}, [0.0, -20.0, 20.0], {0: 0.5, 2: 1.0}),
        ({"activation": "sigmoid", "absent": 1}, [0.0, -20.0, 20.0], {0: 0.5, 1: 1.0}),
        ({"activation": "softmax"}, [1000.0, 0.0, 0.0], {0: 1.0}),
        ({"activation": "softmax"}, [0.0, 0.0, 0.0], {}),
    ],
)
def test_classifier(
    meaning: dict[str, str | int | float], output: list[float], expected: dict[int, float]
) -> None:
    decoder = ClassifierDecoder(card("classifier", output=meaning))
    found = decoder.decode(np.array(output, np.float32), 0.5)
    assert dict(zip(found.class_id.tolist(), found.confidence.tolist(), strict=True)) == (
        pytest.approx(expected)
    )
    assert found.xyxy.tolist() == [[0, 0, SIDE, SIDE]] * len(expected)


@pytest.mark.parametrize(
    "decoder",
    [
        YoloxDecoder(card("yolox")),
        UltralyticsDecoder(card("ultralytics")),
        FastestDetDecoder(card("fastestdet")),
    ],
    ids=["yolox", "ultralytics", "fastestdet"],
)
@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_network_that_says_nothing_finds_nothing(
    decoder: YoloxDecoder | UltralyticsDecoder | FastestDetDecoder, value: float
) -> None:
    found = decoder.decode(np.full(decoder.shape, value, np.float32), 0.25)
    assert found.xyxy.shape == (0, 4)
    assert found.confidence.shape == found.class_id.shape == (0,)


def test_sigmoid_never_overflows() -> None:
    values: NDArray[np.float32] = np.array([-1e30, -100, 0, 100, 1e30], np.float32)
    with np.errstate(all="raise"):
        assert sigmoid(values).tolist() == [0, 0, 0.5, 1, 1]
