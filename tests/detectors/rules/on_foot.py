"""Drawn people who come, stay and leave something, by the stops of their way."""

from __future__ import annotations

import cv2
import numpy as np

from tests.detectors.rules.drawn import HEIGHT, WIDTH, noisy, with_box, with_person
from tests.detectors.rules.passers_by import PACE, PLACE, TALL, Draw
from tests.detectors.rules.watching import Picture

FOOT = 130


def on_a_way(
    picture: Picture, at: float, stops: tuple[tuple[float, float], ...], foot: int = FOOT
) -> Picture:
    """With somebody who is at x at each second of his `stops` (second, x); nobody before or after.
    He shifts his weight while he stands."""
    seconds, xs = zip(*stops, strict=True)
    if not seconds[0] <= at <= seconds[-1]:
        return picture
    sway = round(1.5 * np.sin(at * 1.3))
    return with_person(picture, round(float(np.interp(at, seconds, xs))) + sway, foot, TALL)


LINGERS = (
    (30.0, -15.0), (34.5, 130.0), (40.0, 130.0), (43.0, 190.0), (50.0, 190.0), (53.0, 110.0),
    (60.0, 110.0), (64.0, 200.0), (72.0, 200.0), (75.0, 120.0), (86.0, 120.0), (93.0, 340.0),
)  # fmt: skip
"""In from the left by 34 s, a few steps here and there, out on the right from 86 s on."""


def a_loiterer(at: float) -> Picture:
    return noisy(on_a_way(PLACE, at, LINGERS), at)


BY_THE_EDGE = (
    (30.0, -15.0), (31.0, 8.0), (40.0, 8.0), (42.0, 80.0), (50.0, 80.0), (52.0, 8.0), (60.0, 8.0),
    (62.0, 80.0), (72.0, 80.0), (74.0, 8.0), (84.0, 8.0), (85.0, -15.0),
)  # fmt: skip


def a_loiterer_by_the_edge(at: float) -> Picture:
    """In and a few steps to and fro: never on a long way."""
    return noisy(on_a_way(PLACE, at, BY_THE_EDGE), at)


def passers_by(every: float, *, both_ways: bool, pace: float = PACE) -> Draw:
    """One after another, from 14 s on; every other one comes from the right where `both_ways`."""
    lasts = (WIDTH + 40) / pace

    def shoot(at: float) -> Picture:
        shown = PLACE
        for number in range(max(0, int((at - 14.0 - lasts) / every)), int((at - 14.0) / every) + 1):
            begins = 14.0 + number * every
            way = ((begins, -20.0), (begins + lasts, WIDTH + 20.0))
            if both_ways and number % 2:
                way = ((begins, WIDTH + 20.0), (begins + lasts, -20.0))
            shown = on_a_way(shown, at, way, FOOT + 4 * (number % 2))
        return noisy(shown, at)

    return shoot


def a_door(at: float) -> Picture:
    """A door at x = 160: one goes in, three seconds later another comes out, every ten seconds."""
    shown = PLACE
    for number in range(max(0, int((at - 30.0) / 10.0)), int((at - 14.0) / 10.0) + 1):
        begins = 14.0 + 10.0 * number
        shown = on_a_way(shown, at, ((begins, -20.0), (begins + 5.4, 160.0)))
        shown = on_a_way(shown, at, ((begins + 8.4, 160.0), (begins + 13.8, -20.0)))
    return noisy(shown, at)


def a_tall_van_parks(at: float) -> Picture:
    """As upright as somebody, and drives in as straight."""
    left = round(min(150.0, (at - 20.0) * PACE))
    return noisy(with_box(PLACE, left, 60, 40, 66) if at >= 20.0 else PLACE, at)


def with_bag(
    picture: Picture,
    left: int = 168,
    foot: int = 132,
    size: int = 14,
    colour: tuple[int, int, int] = (34, 30, 28),
) -> Picture:
    """Plain and dark, a little wider than tall; bright along its upper edge."""
    shown = picture.copy()
    cv2.rectangle(shown, (left, foot - size), (left + size + 3, foot), colour, -1)
    cv2.line(shown, (left, foot - size), (left + size, foot - size), (150, 150, 150), 1)
    return shown


BRINGS = ((34.0, -15.0), (39.0, 150.0), (41.5, 150.0), (47.0, 340.0))
SET_DOWN = 40.0


def a_bag_is_left(
    taken: float | None = None, size: int = 14, *, stays: float = 0.0, passers: bool = False
) -> Draw:
    """Somebody sets it down at SET_DOWN, `stays` beside it, and goes; he takes it at `taken`."""
    (begins, door), *between, (ends, away) = BRINGS
    way = ((begins, door), between[0], (between[1][0] + stays, 150.0), (ends + stays, away))

    def shoot(at: float) -> Picture:
        shown = PLACE
        if at >= SET_DOWN and (taken is None or at < taken):
            shown = with_bag(shown, size=size)
        shown = on_a_way(shown, at, way)
        if taken is not None:
            comes = ((taken - 6.0, 340.0), (taken - 1.0, 180.0), (taken, 180.0))
            shown = on_a_way(shown, at, (*comes, (taken + 6.0, 340.0)))
        for begins in (60.0, 68.0) if passers else ():
            shown = on_a_way(shown, at, ((begins, -20.0), (begins + 11.0, 340.0)), FOOT + 12)
        return noisy(shown, at)

    return shoot


def a_heap_is_left(at: float) -> Picture:
    """Of bags: twice as wide as tall, and nearly as tall as what is seen of who brings it."""
    shown = PLACE
    if at >= SET_DOWN:
        shown = with_box(shown, 140, FOOT - 37, 60, 30)
    return noisy(on_a_way(shown, at, BRINGS), at)


def a_heap_that_drives_in(at: float) -> Picture:
    """As wide and as tall, from the right, while somebody comes from the left."""
    shown = PLACE
    if at >= SET_DOWN - 6.0:
        left = round(max(140.0, 140.0 + (SET_DOWN - at) * PACE))
        shown = with_box(shown, left, FOOT - 37, 60, 30)
    return noisy(on_a_way(shown, at, BRINGS), at)


def a_bag_as_bright_as_the_ground(at: float) -> Picture:
    """Blue on grey."""
    shown = PLACE
    if at >= SET_DOWN:
        shown = PLACE.copy()
        under = shown[FOOT - 16 : FOOT + 2, 166:186].astype(np.int16) + np.array([90, -18, 0])
        shown[FOOT - 16 : FOOT + 2, 166:186] = np.clip(under, 0, 255)
    return noisy(on_a_way(shown, at, BRINGS), at)


def under_clouds(shoot: Draw) -> Draw:
    """Soft shadows, which take two fifths of the light, drift over what `shoot` shows."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)

    def shaded(at: float) -> Picture:
        drift = columns + 0.6 * rows - 9.0 * at
        shade = 0.8 + 0.2 * np.tanh(4.0 * np.sin(2 * np.pi * drift / 240.0))
        return np.asarray(shoot(at) * shade[..., None], np.uint8)

    return shaded


def a_bag_is_taken(at: float) -> Picture:
    """It lay there from the first picture on."""
    shown = with_bag(PLACE) if at < SET_DOWN else PLACE
    return noisy(on_a_way(shown, at, BRINGS), at)


def a_bag_from_nowhere(at: float) -> Picture:
    """Nobody was near when it came: somebody passes half a minute before."""
    shown = with_bag(PLACE) if at >= 60.0 else PLACE
    return noisy(on_a_way(shown, at, ((14.0, -20.0), (25.0, 340.0))), at)


def a_car_parks_and_its_driver_goes(at: float) -> Picture:
    shown = PLACE
    if at >= 34.0:
        left = round(min(130.0, (at - 34.0) * 60.0 - 70.0))
        shown = with_box(shown, left, 80)
    return noisy(on_a_way(shown, at, ((40.0, 190.0), (42.0, 200.0), (48.0, 340.0))), at)


def one_of_two_goes(at: float) -> Picture:
    """The other stands there like a post."""
    shown = on_a_way(PLACE, at, ((34.0, -15.0), (39.0, 140.0), (41.5, 140.0), (47.0, 340.0)))
    if at >= 34.0:
        left = round(min(170.0, 5.0 + (at - 34.0) * PACE))
        shown = with_person(shown, left, FOOT, TALL, (90, 60, 40))
    return noisy(shown, at)


def a_shadow_falls(at: float) -> Picture:
    """The sun comes out while somebody passes, and a post casts a shadow from then on."""
    shown = PLACE.astype(np.float32)
    if at >= SET_DOWN:
        shown[100:132, 166:180] *= 0.45
    return noisy(on_a_way(np.asarray(shown, np.uint8), at, BRINGS), at)


LEFT_NOTHING: dict[str, Draw] = {
    "taken along at once": a_bag_is_left(SET_DOWN + 18.0),
    "taken away": a_bag_is_taken,
    "nobody was near": a_bag_from_nowhere,
    "a parked car": a_car_parks_and_its_driver_goes,
    "one who stands": one_of_two_goes,
    "a shadow": a_shadow_falls,
    "a heap that drives in": a_heap_that_drives_in,
    "clouds": under_clouds(passers_by(9.0, both_ways=True)),
    "passers-by": passers_by(5.0, both_ways=True),
}
