from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.detections import Detections
from detectors.event import Blur, Box
from detectors.privacy import EVERYWHERE, Suspected
from detectors.snapshot import MARGIN, render

Picture = NDArray[np.uint8]
HEIGHT, WIDTH = 360, 640
JPEG_NOISE = 25
"""Most that JPEG of quality 85 changes a pixel of the soft picture below."""


def noise(seed: int = 0) -> Picture:
    """Detail everywhere, as the hardest thing to hide."""
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def soft() -> Picture:
    """A picture that JPEG hardly changes."""
    ramp = np.linspace(40, 200, WIDTH).astype(np.uint8)
    return np.repeat(np.tile(ramp, (HEIGHT, 1))[:, :, None], 3, axis=2)


def people(*boxes: tuple[float, float, float, float], name: str = "person") -> Detections:
    xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    count = len(xyxy)
    return Detections(xyxy, np.full(count, 0.5, np.float32), np.zeros(count, np.int64), (name,))


def decoded(jpeg: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def area(picture: Picture, x1: float, y1: float, x2: float, y2: float) -> Picture:
    return picture[int(y1 * HEIGHT) : int(y2 * HEIGHT), int(x1 * WIDTH) : int(x2 * WIDTH)]


def detail(picture: Picture) -> float:
    """Mean variance of 8 × 8 blocks: what is left to recognise somebody by."""
    grey = picture.mean(axis=2)
    rows, columns = grey.shape[0] // 8 * 8, grey.shape[1] // 8 * 8
    blocks = grey[:rows, :columns].reshape(rows // 8, 8, columns // 8, 8)
    return float(blocks.var(axis=(1, 3)).mean())


PERSON = (0.4, 0.3, 0.5, 0.8)


def test_people_lose_their_detail_and_nothing_else_does() -> None:
    frame = noise()
    jpeg, blur = render(frame, (), people(PERSON), None, (), blur=True)
    picture = decoded(jpeg)
    assert blur is Blur.PEOPLE
    assert detail(area(picture, *PERSON)) < 0.02 * detail(area(frame, *PERSON))
    assert detail(area(picture, 0, 0, 0.3, 1)) > 0.8 * detail(area(frame, 0, 0, 0.3, 1))


def test_the_blur_reaches_beyond_the_box() -> None:
    picture = decoded(render(noise(), (), people(PERSON), None, (), blur=True)[0])
    reach = MARGIN * (PERSON[3] - PERSON[1]) * 0.9
    above = area(picture, PERSON[0], PERSON[1] - reach, PERSON[2], PERSON[1])
    assert detail(above) < 0.1 * detail(noise())


def test_people_of_equal_averages_cannot_be_told_apart() -> None:
    frames = noise(seed=1), noise(seed=2)
    shown = [
        area(decoded(render(frame, (), people(PERSON), None, (), blur=True)[0]), *PERSON)
        for frame in frames
    ]
    assert np.abs(area(frames[0], *PERSON).astype(int) - area(frames[1], *PERSON)).mean() > 80
    assert np.abs(shown[0].astype(int) - shown[1]).mean() < 12


@pytest.mark.parametrize("square", [8, 14, 18])
def test_averages_are_few(square: int) -> None:
    """A checkerboard of squares smaller than the blocks, here of 29 pixels, turns into one grey."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] // square
    frame = np.tile((((rows + columns) % 2) * 255).astype(np.uint8)[:, :, None], 3)
    shown = area(decoded(render(frame, (), people(PERSON), None, (), blur=True)[0]), *PERSON)
    assert shown.max() - int(shown.min()) < 15


@pytest.mark.parametrize("blur", [True, False])
def test_masks_are_one_colour_whatever_lies_under_them(blur: bool) -> None:
    mask = ((0.1, 0.1), (0.45, 0.1), (0.45, 0.6), (0.1, 0.6))
    frame = noise()
    jpeg, _ = render(frame, (), people(PERSON), None, [mask], blur=blur)
    inside = area(decoded(jpeg), 0.13, 0.15, 0.42, 0.55)
    assert inside.max() <= 8


def test_nothing_under_a_mask_bleeds_into_a_blurred_patch() -> None:
    mask = ((0.0, 0.0), (0.45, 0.0), (0.45, 1.0), (0.0, 1.0))
    dark, bright = soft(), soft()
    dark[:, : int(0.44 * WIDTH)] = 0
    bright[:, : int(0.44 * WIDTH)] = 255
    rendered = [
        render(frame, (), people(PERSON), None, [mask], blur=True)[0] for frame in (dark, bright)
    ]
    assert rendered[0] == rendered[1]


def test_pixels_elsewhere_change_by_no_more_than_jpeg_does() -> None:
    frame = soft()
    picture = decoded(render(frame, (), people(PERSON), None, (), blur=True)[0])
    outside = area(picture, 0.6, 0, 1, 1).astype(int) - area(frame, 0.6, 0, 1, 1)
    assert np.abs(outside).max() <= JPEG_NOISE


def test_the_frame_given_is_not_changed() -> None:
    frame = noise()
    box = Box(x1=0.1, y1=0.1, x2=0.9, y2=0.9, label="fire", confidence=0.5)
    render(frame, [box], None, None, [((0, 0), (1, 0), (1, 1))], blur=True)
    assert (frame == noise()).all()


def moving(x1: int, y1: int, x2: int, y2: int) -> Suspected:
    """Somebody who walks there, and nobody anywhere else."""
    mask = np.zeros((90, 160), np.bool_)
    mask[y1:y2, x1:x2] = True
    return Suspected(anybody=mask, moving=mask)


def standing(x1: int, y1: int, x2: int, y2: int) -> Suspected:
    """Something that stands there since long."""
    return replace(moving(x1, y1, x2, y2), moving=np.zeros((90, 160), np.bool_))


@pytest.mark.parametrize("seen", [None, people(name="fire")], ids=["none", "fire model"])
@pytest.mark.parametrize("suspect", [moving, standing])
def test_without_a_person_model_everything_suspected_is_hidden(
    seen: Detections | None, suspect: Callable[[int, int, int, int], Suspected]
) -> None:
    frame = noise()
    jpeg, blur = render(frame, (), seen, suspect(64, 27, 80, 72), (), blur=True)
    picture = decoded(jpeg)
    assert blur is Blur.MOVING
    assert detail(area(picture, *PERSON)) < 0.02 * detail(area(frame, *PERSON))
    assert detail(area(picture, 0, 0, 0.3, 1)) > 0.8 * detail(area(frame, 0, 0, 0.3, 1))


TALL, WIDE = (0.4, 0.3, 0.5, 0.8), (0.3, 0.4, 0.7, 0.7)


@pytest.mark.parametrize(
    ("label", "corners", "suspected", "sharp"),
    [
        ("fire", TALL, moving(0, 0, 160, 90), True),
        ("smoke", TALL, EVERYWHERE, True),
        ("thing", WIDE, standing(0, 0, 160, 90), True),
        ("thing", WIDE, EVERYWHERE, True),
        ("vehicle", WIDE, moving(0, 0, 160, 90), False),
        ("thing", TALL, standing(0, 0, 160, 90), False),
        ("people", WIDE, standing(0, 0, 1, 1), False),
    ],
    ids=["fire", "smoke", "thing", "cold start", "somebody passes a car", "upright", "crowd"],
)
def test_what_a_box_shows(
    label: str, corners: tuple[float, float, float, float], suspected: Suspected, sharp: bool
) -> None:
    frame, (x1, y1, x2, y2) = noise(), corners
    box = Box(x1=x1, y1=y1, x2=x2, y2=y2, label=label, confidence=0.9)
    picture = decoded(render(frame, [box], None, suspected, (), blur=True)[0])
    middle = (x1 + 0.03, y1 + 0.06, x2 - 0.03, y2 - 0.06)
    assert (detail(area(picture, *middle)) > 0.5 * detail(area(frame, *middle))) is sharp


def test_a_crowd_is_hidden_even_where_a_detector_saw_nobody() -> None:
    frame = noise()
    crowd = Box(x1=0.2, y1=0.4, x2=0.8, y2=0.9, label="people", confidence=0.9)
    picture = decoded(render(frame, [crowd], people(), None, (), blur=True, framed=False)[0])
    assert detail(area(picture, 0.2, 0.4, 0.8, 0.9)) < 0.02 * detail(frame)


def test_where_nobody_knows_who_moved_all_is_hidden() -> None:
    frame = noise()
    jpeg, blur = render(frame, (), None, None, (), blur=True)
    assert blur is Blur.MOVING
    assert detail(decoded(jpeg)) < 0.02 * detail(frame)


def test_an_empty_street_is_not_hidden() -> None:
    frame = soft()
    for seen, suspected, expected in (
        (people(), None, Blur.PEOPLE),
        (None, moving(0, 0, 0, 0), Blur.MOVING),
    ):
        jpeg, blur = render(frame, (), seen, suspected, (), blur=True)
        assert blur is expected
        assert np.abs(decoded(jpeg).astype(int) - frame).max() <= JPEG_NOISE


def test_boxes_can_be_left_out() -> None:
    box = Box(x1=0.25, y1=0.5, x2=0.75, y2=0.9, label="car", confidence=0.87)
    plain = render(soft(), (), None, None, (), blur=False)
    assert render(soft(), [box], None, None, (), blur=False, framed=False) == plain


def test_without_blur_people_are_clear() -> None:
    frame = noise()
    jpeg, blur = render(frame, (), people(PERSON), None, (), blur=False)
    assert blur is Blur.NONE
    assert detail(area(decoded(jpeg), *PERSON)) > 0.8 * detail(area(frame, *PERSON))


def test_a_box_is_framed_and_labelled() -> None:
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    box = Box(x1=0.25, y1=0.5, x2=0.75, y2=0.9, label="car", confidence=0.87)
    picture = decoded(render(frame, [box], None, None, (), blur=False)[0])
    red = picture[:, :, 2]
    assert red[180, 200:400].min() > 150, "upper edge"
    assert red[250, 160:162].min() > 150, "left edge"
    assert red[165:180, 162:200].max() > 150, "label"
    assert red[200:300, 200:400].max() < 60, "inside stays as it was"


@pytest.mark.parametrize("label", ["车辆", "", "x" * 200])
def test_any_label_can_be_drawn(label: str) -> None:
    box = Box(x1=0.9, y1=0.0, x2=1.0, y2=0.05, label=label, confidence=1)
    assert decoded(render(soft(), [box], None, None, (), blur=False)[0]).shape == (360, 640, 3)


fractions = st.floats(0, 1, width=32)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(fractions, fractions, fractions, fractions),
    st.sampled_from([(1, 1), (2, 50), (90, 160)]),
)
def test_any_box_on_any_picture(
    corners: tuple[float, float, float, float], shape: tuple[int, int]
) -> None:
    x1, x2 = sorted(corners[:2])
    y1, y2 = sorted(corners[2:])
    frame = np.zeros((*shape, 3), np.uint8)
    box = Box(x1=x1, y1=y1, x2=x2, y2=y2, label="a", confidence=0.5)
    jpeg, _ = render(frame, [box], people((x1, y1, x2, y2)), None, (), blur=True)
    assert decoded(jpeg).shape == frame.shape


def test_a_grey_picture_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(height, width, 3\)"):
        render(np.zeros((90, 160), np.uint8), (), None, None, (), blur=True)
