from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.engine.fit import Placement, placement, to_tensor
from models.card import Fit, ModelInput


def wanted(
    fit: Fit = Fit.LETTERBOX_CENTRE,
    *,
    side: int = 128,
    channels: Literal["rgb", "bgr"] = "rgb",
    scale: float = 1.0,
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
    std: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> ModelInput:
    return ModelInput(
        width=side, height=side, channels=channels, fit=fit, scale=scale, mean=mean, std=std
    )


@pytest.mark.parametrize(
    ("fit", "height", "width", "expected"),
    [
        (Fit.STRETCH, 360, 640, Placement(0, 0, 128, 128)),
        (Fit.LETTERBOX_TOPLEFT, 360, 640, Placement(0, 0, 128, 72)),
        (Fit.LETTERBOX_CENTRE, 360, 640, Placement(0, 28, 128, 72)),
        (Fit.LETTERBOX_TOPLEFT, 640, 360, Placement(0, 0, 72, 128)),
        (Fit.LETTERBOX_CENTRE, 640, 360, Placement(28, 0, 72, 128)),
        (Fit.LETTERBOX_TOPLEFT, 360, 626, Placement(0, 0, 128, 73)),
        (Fit.LETTERBOX_CENTRE, 360, 626, Placement(0, 27, 128, 74)),
        (Fit.LETTERBOX_CENTRE, 626, 360, Placement(27, 0, 74, 128)),
        (Fit.LETTERBOX_CENTRE, 1, 4000, Placement(0, 63, 128, 1)),
    ],
)
def test_where_a_picture_lies(fit: Fit, height: int, width: int, expected: Placement) -> None:
    assert placement(height, width, wanted(fit)) == expected


@given(st.sampled_from(Fit), st.integers(1, 2000), st.integers(1, 2000), st.sampled_from([32, 416]))
def test_a_picture_always_lies_within_the_input(
    fit: Fit, height: int, width: int, side: int
) -> None:
    place = placement(height, width, wanted(fit, side=side))
    assert 0 <= place.left <= place.left + place.width <= side
    assert 0 <= place.top <= place.top + place.height <= side
    assert min(place.width, place.height) >= 1


@pytest.mark.parametrize("fit", list(Fit))
@pytest.mark.parametrize(("height", "width"), [(360, 640), (640, 360), (500, 500), (1080, 1920)])
def test_a_box_comes_back_to_where_it_was(fit: Fit, height: int, width: int) -> None:
    """A bright rectangle, found in the tensor, is carried back to its place in the picture."""
    picture = np.zeros((height, width, 3), np.uint8)
    x1, y1, x2, y2 = 0.25, 0.5, 0.625, 0.875
    picture[int(y1 * height) : int(y2 * height), int(x1 * width) : int(x2 * width)] = 255
    tensor, (place,) = to_tensor([picture], wanted(fit, side=416))
    assert tensor.shape == (1, 3, 416, 416)
    rows, columns = np.nonzero(tensor[0, 0] > 180)
    box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)
    pixel = 1.5 / min(place.width, place.height)
    assert place.to_fractions(box)[0] == pytest.approx([x1, y1, x2, y2], abs=pixel)


def test_boxes_are_clipped_to_the_picture() -> None:
    place = Placement(0, 28, 128, 72)
    outside = np.array([[-50, 0, 300, 128]], np.float32)
    assert place.to_fractions(outside).tolist() == [[0, 0, 1, 1]]


def test_padding_has_the_padding_colour() -> None:
    tensor, (place,) = to_tensor([np.zeros((10, 20, 3), np.uint8)], wanted())
    assert (tensor[:, :, : place.top] == 114).all()
    assert (tensor[:, :, place.top : place.top + place.height] == 0).all()


@pytest.mark.parametrize(("channels", "order"), [("rgb", (2, 1, 0)), ("bgr", (0, 1, 2))])
def test_channels_scale_mean_and_std(
    channels: Literal["rgb", "bgr"], order: tuple[int, int, int]
) -> None:
    mean, std, scale = (0.1, 0.2, 0.3), (0.5, 0.25, 0.125), 1 / 255
    bgr = np.array([30, 60, 90], np.uint8)
    picture = np.tile(bgr, (8, 8, 1))
    tensor, _ = to_tensor(
        [picture], wanted(Fit.STRETCH, channels=channels, scale=scale, mean=mean, std=std)
    )
    expected = (bgr[list(order)] * scale - np.array(mean)) / np.array(std)
    assert tensor[0, :, 5, 5] == pytest.approx(expected, abs=1e-5)
    assert tensor.dtype == np.float32


@pytest.mark.parametrize("fit", list(Fit))
def test_each_picture_of_a_batch_lies_as_it_does_alone(fit: Fit) -> None:
    rng = np.random.default_rng(1)
    sizes = ((36, 64), (64, 36), (128, 128))
    pictures = [rng.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
    card = wanted(fit, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4), scale=1 / 255)
    together, places = to_tensor(pictures, card)
    for picture, tensor, place in zip(pictures, together, places, strict=True):
        alone, (there,) = to_tensor([picture], card)
        assert np.array_equal(alone[0], tensor)
        assert there == place


def test_padding_is_normalised_as_pixels_are() -> None:
    tensor, (place,) = to_tensor(
        [np.full((10, 20, 3), 114, np.uint8)],
        wanted(scale=1 / 255, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4)),
    )
    assert place.top > 0
    assert np.ptp(tensor[0], axis=(1, 2)) == pytest.approx([0, 0, 0], abs=1e-6)
