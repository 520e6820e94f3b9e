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
from detectors.engine.fit import placement
from detectors.engine.onnx import decoder_of
from detectors.engine.protocol import EngineError
from detectors.engine.ultralytics import UltralyticsDecoder
from detectors.engine.yolox import YoloxDecoder
from models.card import Fit, ModelCard, ModelInput
from tests.detectors.engine.layouts import LAYOUTS, Thing
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


@st.composite
def seen(draw: st.DrawFn) -> tuple[ModelInput, int, int, list[float], Thing]:
    """How a picture is laid into the input, its height and width, and something in it: its corners
    as fractions of the picture, and as a model sees it."""
    wanted = make_card(input=INPUT | {"fit": draw(st.sampled_from(Fit)).value}).input
    height, width = draw(st.integers(48, 1200)), draw(st.integers(48, 1200))
    place = placement(height, width, wanted)
    side = st.floats(0.05, 0.95)
    fractions = [draw(side) * 0.9, draw(side) * 0.9]
    fractions += [min(1.0, start + draw(side) * (1 - start) + 0.02) for start in fractions]
    offset, size = (place.left, place.top) * 2, (place.width, place.height) * 2
    left, top, right, bottom = (
        start + f * length for start, f, length in zip(offset, fractions, size, strict=True)
    )
    thing = Thing(
        (left + right) / 2,
        (top + bottom) / 2,
        right - left,
        bottom - top,
        draw(st.integers(0, 2)),
        draw(st.floats(0.3, 0.99)),
    )
    return wanted, height, width, fractions, thing


@pytest.mark.parametrize("layout", LAYOUTS)
@given(seen())
def test_what_is_in_a_picture_is_read_back_to_its_place(
    layout: str, example: tuple[ModelInput, int, int, list[float], Thing]
) -> None:
    """Whatever the picture's shape, the way it is laid into the input, and the model's layout."""
    wanted, height, width, fractions, thing = example
    decoder = decoder_of(card(layout))
    found = decoder.decode(LAYOUTS[layout](thing, decoder.shape, SIDE), 0.25)
    assert found.xyxy == pytest.approx(np.array([thing.corners]), abs=0.02)
    back = placement(height, width, wanted).to_fractions(found.xyxy)
    assert back == pytest.approx(np.array([fractions]), abs=0.03)
    assert found.confidence == pytest.approx([thing.score], abs=1e-5)
    assert found.class_id.tolist() == [thing.class_id]


SHAPES = {
    "yolox": (64 + 16 + 4, 8),
    "ultralytics": (7, 84),
    "fastestdet": (8, 4, 4),
    "detr": (300, 7),
    "end_to_end": (300, 6),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_shape_of_each_layout(layout: str) -> None:
    assert decoder_of(card(layout)).shape == SHAPES[layout]


def test_a_yolox_export_that_decoded_its_boxes_is_refused() -> None:
    """It has the same shape; only its numbers differ."""
    decoder = YoloxDecoder(card("yolox"))
    output = np.zeros(decoder.shape, np.float32)
    output[:, 2:4] = 24.0
    with pytest.raises(EngineError, match="without --decode_in_inference"):
        decoder.decode(output, 0.25)


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
