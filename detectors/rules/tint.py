"""The colour of a place: what is as bright as the ground may still be of another colour.

The same model as that of the place's brightness, on two planes of chromaticity at half the size: Cb
and Cr over luma, which shadows, clouds and exposure leave as they are. Light of another colour is
one gain and one offset of each plane whatever the ground's brightness, and the model takes them
out. What stands still in colour stands still for a rule unless its brightness moves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from detectors.background import Background, BackgroundModel, Ticks, View
from detectors.blobs import around
from detectors.chroma import Chroma
from detectors.rules.nature import SAME_COLOUR, Change, edges
from detectors.rules.place import Place
from detectors.zone_mask import Mask, mask_of
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame, Grey

MODEL = BackgroundModel(floor=10.0)
"""Colour has a third of the range of brightness, and coding leaves it 2 to 4 levels of noise."""
MIDDLE, BLACK = 128.0, 16.0
"""Where a plane of colour is grey, and where luma begins."""
MOST_GAIN = 2.5
"""Chromaticity of the dark is mostly noise: below a luma of 42 it is not lifted any further."""
EVERY = 3.5
"""Seconds between two looks at colours: every second scan at the usual interval, which halves what
they cost and finds what is seen by its colour alone a scan later."""
COLOURLESS = 8.0
"""Levels around the usual colour that are noise."""
LEAST_COLOURED = 0.1
"""Share of a picture that has another colour than most where a camera sees any. In infrared it has
none; a grey place has as much of it as the things that stand there."""


@dataclass(frozen=True, slots=True)
class Tint:
    """What is known of a place's colours, and what the last picture of it showed.

    `known` and `shown` are of its two planes; `shown` is None while a camera that saw the place in
    colour (`coloured`) sends none.
    """

    known: tuple[Background, Background] | None = None
    shown: tuple[View, View] | None = None
    coloured: bool = False
    looked_at: float = float("-inf")

    def after(self, frame: Frame, now: float, held: Mask | None) -> Tint:
        """Look at one picture, if it is time; `held`, (90, 160), is not absorbed however long it
        stands."""
        if 0.0 <= now - self.looked_at < EVERY:
            return self
        planes = _chromaticity(Chroma.of(frame))
        coloured = max(_coloured_share(plane) for plane in planes) >= LEAST_COLOURED
        if self.coloured and not coloured:
            return replace(self, shown=None, looked_at=now)
        if self.known is None or coloured is not self.coloured:
            return _first(planes, now, coloured=coloured)
        kept = None if held is None else _halved(held)
        blue, red = (
            MODEL.step(known, plane, now, kept)
            for known, plane in zip(self.known, planes, strict=True)
        )
        return Tint((blue[0], red[0]), (blue[1], red[1]), coloured, now)

    def on(self, view: View) -> View:
        """The picture's view with what differs in colour alone."""
        if self.shown is None or any(each.upset for each in self.shown):
            return view
        differs = _either(*(each.foreground for each in self.shown))
        if differs is None:
            return view
        foreground = _doubled(differs) | view.foreground
        static = _either(*(each.static for each in self.shown))
        standing = view.static
        if static is not None:
            standing = standing | (_doubled(static) & ~view.moving)
        return replace(view, foreground=foreground, static=standing, moving=foreground ^ standing)

    def still(self, background: Background) -> Ticks:
        """For how long each pixel has stood still, in brightness or in colour."""
        if self.shown is None or self.known is None:
            return background.still
        if _either(*(each.static for each in self.shown)) is None:
            return background.still
        longer = cv2.max(*(each.still for each in self.known))
        wide = cv2.resize(longer, (GREY_WIDTH, GREY_HEIGHT), interpolation=cv2.INTER_NEAREST)
        return np.asarray(cv2.max(wide, background.still), np.uint16)

    def absorb(self, where: Mask) -> Tint:
        """Take what is there now for the place itself."""
        if self.known is None:
            return self
        small = _halved(where)
        blue, red = (MODEL.absorb(each, small) for each in self.known)
        return replace(self, known=(blue, red))

    def change(self, place: Place) -> Change:
        """What became of the colours of a place."""
        if self.shown is None or self.known is None:
            return SAME_COLOUR
        mask = _halved(place.mask)
        left, top, width, height = cv2.boundingRect(mask)
        near = around((left, top, width, height))
        inside = mask[near]
        ring = cv2.dilate(inside, _KERNEL) - cv2.erode(inside, _KERNEL)
        now = before = 0.0
        for known, view in zip(self.known, self.shown, strict=True):
            now += cv2.mean(edges(view.grey[near]), mask=ring)[0] / 2
            before += cv2.mean(edges(known.long(near)), mask=ring)[0] / 2
        other = _either(*(each.foreground for each in self.shown))
        differs = other is not None and place.share(_doubled(other)) >= 0.5
        return Change(now, before, differs=differs)


UNSEEN = Tint()
_KERNEL = np.ones((3, 3), np.uint8)
HALF = 127


def _chromaticity(colour: Chroma) -> tuple[Grey, Grey]:
    """(45, 80) each: Cb and Cr as they would be at middle brightness."""
    luma = _coarse(colour.y).astype(np.float32)
    gain = np.minimum((MIDDLE + BLACK) / (luma + BLACK), np.float32(MOST_GAIN))

    def at_middle(plane: Grey) -> Grey:
        lifted = (_coarse(plane).astype(np.float32) - MIDDLE) * gain + MIDDLE
        return np.asarray(np.clip(np.rint(lifted), 0, 255), np.uint8)

    return at_middle(colour.cb), at_middle(colour.cr)


def _coarse(plane: Grey) -> Grey:
    """(45, 80): colour is sent at half the resolution, and the rest of its noise averages out."""
    size = (GREY_WIDTH // 2, GREY_HEIGHT // 2)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def _first(planes: tuple[Grey, Grey], now: float, *, coloured: bool) -> Tint:
    blue, red = planes
    known = MODEL.first(blue, now), MODEL.first(red, now)
    return Tint(known, (View.of_the_place(blue), View.of_the_place(red)), coloured, now)


def _coloured_share(plane: Grey) -> float:
    """Of the pixels that are of another colour than most, whatever the white balance."""
    sample = plane[::3, ::4].ravel()
    most = float(np.partition(sample, len(sample) // 2)[len(sample) // 2])
    same = cv2.inRange(plane, np.array(most - COLOURLESS), np.array(most + COLOURLESS))
    return 1.0 - cv2.countNonZero(same) / plane.size


def _either(one: Mask, other: Mask) -> Mask | None:
    """What is in one of them or both; None where that is nothing."""
    both = np.asarray(cv2.bitwise_or(one, other), np.uint8)
    return both if cv2.countNonZero(both) else None


def _doubled(mask: Mask) -> Mask:
    size = (GREY_WIDTH, GREY_HEIGHT)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def _halved(mask: Mask) -> Mask:
    size = (GREY_WIDTH // 2, GREY_HEIGHT // 2)
    share = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    return mask_of(share >= HALF)
