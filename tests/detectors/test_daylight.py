"""When a camera's picture counts as that of night."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import av
import numpy as np
import pytest

from detectors.daylight import EVERY, LASTS, Daylight
from ingest.condition.baseline import Light
from ingest.frame import Frame, small_grey

DAY, NIGHT = Light.DAY, Light.NIGHT
SUN, DUSK, DARK, INFRARED = (130, 40), (52, 8), (20, 8), (110, 0)
"""Brightness, and how far both colour planes lie from grey."""


def picture(look: tuple[int, int], at: float) -> Frame:
    shade, colour = look
    planes = np.full((270, 320), 128 + colour, np.uint8)
    planes[:180] = shade
    shown = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    return Frame("lane", at, int(at * 90_000), small_grey(shown), shown)


def lights(looks: Iterable[tuple[int, int]], every: float = EVERY) -> list[Light]:
    known: Daylight | None = None
    seen = []
    for index, look in enumerate(looks):
        frame = picture(look, index * every)
        now = frame.captured_at
        known = Daylight.first(frame, now) if known is None else known.after(frame, now)
        seen.append(known.light)
    return seen


@pytest.mark.parametrize(("look", "light"), [(SUN, DAY), (DARK, NIGHT), (INFRARED, NIGHT)])
def test_the_first_picture_decides(look: tuple[int, int], light: Light) -> None:
    assert lights([look]) == [light]


@pytest.mark.parametrize("night", [DARK, INFRARED])
def test_the_other_light_counts_when_it_has_lasted(night: tuple[int, int]) -> None:
    needed = int(LASTS / EVERY)
    assert lights([SUN] * 3 + [night] * 8) == [DAY] * (3 + needed) + [NIGHT] * (8 - needed)
    assert lights([night] * 3 + [SUN] * 8) == [NIGHT] * (3 + needed) + [DAY] * (8 - needed)


def test_a_lamp_or_headlights_switch_nothing() -> None:
    assert set(lights(([DARK] * 4 + [SUN] * 3) * 10)) == {NIGHT}
    assert set(lights(([SUN] * 4 + [DARK] * 3) * 10)) == {DAY}


def test_dusk_switches_once_only() -> None:
    looks = [SUN] * 3 + [DUSK] * 20 + [DARK] * 20 + [DUSK] * 20
    seen = lights(looks)
    assert sum(one is not other for one, other in pairwise(seen)) == 1
    assert seen[-1] is NIGHT


def test_a_clock_that_was_set_back_does_not_put_the_night_off() -> None:
    known = Daylight.first(picture(SUN, 1000.0), 1000.0)
    for at in (1010.0, *(float(each) for each in range(0, 100, 10))):
        known = known.after(picture(DARK, at), at)
    assert known.light is NIGHT
