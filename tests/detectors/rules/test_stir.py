from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.light import Plane
from detectors.rules.place import Place
from detectors.rules.stir import stirs
from detectors.zone_mask import mask_of
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame
from tests.detectors.rules.watching import Picture, frame_of

LEFT, TOP, WIDTH, HEIGHT = 70, 30, 12, 30
"""Small pixels: somebody who stands; pictures have four to each of them."""
TIMES = np.arange(0.0, 2.0, 1 / 15)
Sway = Callable[[float, Plane], tuple[Plane | float, Plane | float]]
"""A second and heights (0 at the feet, 1 at the head) to ways across and down, in pixels."""


def textured(seed: int, rows: int, columns: int, contrast: float) -> Picture:
    rough = np.random.default_rng(seed).normal(0, 1, (rows // 4 + 2, columns // 4 + 2))
    soft = cv2.resize(rough.astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(120 + contrast * soft, 0, 255), np.uint8)


def somewhere() -> Place:
    mask = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.bool_)
    mask[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH] = True
    look = np.zeros((HEIGHT, WIDTH), np.uint8)
    return Place(LEFT, TOP, WIDTH, HEIGHT, mask_of(mask), look, since=0.0, seen_at=0.0)


def burst(
    sway: Sway,
    *,
    light: Callable[[float], float] = lambda _: 1.0,
    noise: float = 2.0,
    contrast: float = 30.0,
    seed: int = 1,
    with_ground: bool = False,
) -> tuple[Frame, ...]:
    """A body before a ground, each part of it moved as `sway` says, and the ground if it is to."""
    ground = textured(seed, 4 * GREY_HEIGHT, 4 * GREY_WIDTH, 12.0).astype(np.float32)
    body = textured(seed + 1, 4 * GREY_HEIGHT, 4 * GREY_WIDTH, contrast).astype(np.float32) - 30
    down, across = np.indices(ground.shape).astype(np.float32)
    rising = np.asarray(np.clip((4 * (TOP + HEIGHT) - down) / (4 * HEIGHT), 0, 1), np.float32)
    chance = np.random.default_rng(seed)
    frames = []
    for at in TIMES:
        x, y = (np.asarray(each, np.float32) for each in sway(float(at), rising))
        u, v = across - x, down - y
        behind = cv2.remap(ground, u, v, cv2.INTER_LINEAR) if with_ground else ground
        inside = (np.abs(u / 4 - LEFT - WIDTH / 2) < WIDTH / 2) & (v >= 4 * TOP)
        inside &= v < 4 * (TOP + HEIGHT)
        shown = np.where(inside, cv2.remap(body, u, v, cv2.INTER_LINEAR), behind)
        noisy = light(float(at)) * shown + chance.normal(0, noise, shown.shape)
        grey = np.asarray(np.clip(noisy, 0, 255), np.uint8)
        coloured = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
        frames.append(frame_of(coloured, float(at)))
    return tuple(frames)


def still(_at: float, _height: Plane) -> tuple[float, float]:
    return 0.0, 0.0


def as_a_body(at: float, height: Plane) -> tuple[Plane, float]:
    """The head goes two pixels to and fro, the feet stay: 1.7 m tall, 3 cm."""
    return np.float32(2.0 * np.sin(1.5 * at)) * height, 0.0


def test_a_body_stirs_and_a_thing_does_not() -> None:
    assert stirs(somewhere(), burst(as_a_body)) is True
    assert stirs(somewhere(), burst(still)) is False


@pytest.mark.parametrize("noise", [5.0, 10.0])
def test_noise_is_no_stirring(noise: float) -> None:
    assert stirs(somewhere(), burst(still, noise=noise)) is False


def test_light_is_no_stirring() -> None:
    assert stirs(somewhere(), burst(still, light=lambda at: 1.0 - 0.3 * at / 2)) is False


@settings(max_examples=8, deadline=None)
@given(reach=st.floats(0, 4), rate=st.floats(1, 12), seed=st.integers(0, 50))
def test_what_shakes_with_its_ground_does_not_stir(reach: float, rate: float, seed: int) -> None:
    def shaken(at: float, _: Plane) -> tuple[float, float]:
        return reach * np.sin(rate * at), 0.5 * reach * np.cos(2.3 * rate * at)

    assert stirs(somewhere(), burst(shaken, seed=seed, with_ground=True)) is False


def test_nothing_is_said_where_nothing_can_be_seen() -> None:
    assert stirs(somewhere(), ()) is None
    assert stirs(somewhere(), burst(as_a_body)[:10]) is None
    flat = replace(somewhere(), left=2, top=2, width=8, height=8)
    mask = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.bool_)
    mask[2:10, 2:10] = True
    assert stirs(replace(flat, mask=mask_of(mask)), _of_one_grey()) is None


def _of_one_grey() -> tuple[Frame, ...]:
    plain = np.full((360, 640, 3), 90, np.uint8)
    return tuple(frame_of(plain, float(at)) for at in TIMES)
