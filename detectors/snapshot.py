"""The picture of an event: privacy masks burned in, people unrecognisable, what was found framed.

The order matters. Masks come first, so that nothing hidden bleeds into a blurred patch; blurring
comes next, so that frames and labels stay sharp; masks once more, so that they stay one colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.values import PicturePolygon
from detectors.detections import Detections
from detectors.event import Blur, Box
from detectors.privacy import EVERYWHERE, Suspected, Where

JPEG_QUALITY = 85
"""A 640×360 street takes about 60 kB. At 70 ringing blurs a number of the kind that a worker reads
from a wall to find the place; at 95 the file doubles and shows nothing more."""

MASK_COLOUR = (0, 0, 0)

BLOCKS = 8
"""Averages left along a blurred patch's height, or along a quarter of its width if that is more. A
standing person, who is no taller than the patch, is then 8 × 3 patches of colour at most and a head
one of them, while a crowd can still be told from a wall. Averages cannot be undone, unlike a
Gaussian blur of known width."""

MARGIN = 0.15
"""How far a blurred patch reaches over a person's box on every side, as a fraction of its size.
Boxes cut off heads: on PETS09-S2L1 with `yolox_nano` at 0.3, 64 % of all heads are wholly covered
with no margin, 95.5 % with 0.1, 96.4 % with 0.15 and 96.8 % with 0.25 (the rest were not found)."""

SEEN_THROUGH = frozenset({"fire", "flame", "smoke"})
"""Labels inside whose boxes nothing is blurred for what may be there. Flames and smoke always move:
blurred, nobody could confirm a fire within its sixty seconds."""
CROWDS = frozenset({"people"})
"""Labels whose boxes are full of people, whoever of them is detected or moves: a detector sees 13
of the 150 people of a packed market."""

AMBER = (0, 170, 255)
INK = (20, 20, 20)

Picture = NDArray[np.uint8]
Area = tuple[int, int, int, int]
"""left, top, right, bottom in pixels; right and bottom lie outside."""


def render(
    frame_bgr: Picture,
    boxes: Sequence[Box],
    people: Detections | None,
    suspected: Suspected | None,
    masks: Sequence[PicturePolygon],
    *,
    blur: bool,
    framed: bool = True,
    width: int | None = None,
) -> tuple[bytes, Blur]:
    """A JPEG of `frame_bgr` (height, width, 3) uint8, which is not changed, and how it was blurred.

    Blurred are `people`, what a detector that knows people saw at the lowest confidence it was
    asked for (None when none ran), and what is `suspected`, but for what the boxes show. With
    neither, nobody knows where people are, and the whole picture is. `framed`: draw the boxes.
    A picture that is wider than `width` pixels is made smaller when all that is done.

    Raises:
        ValueError: the frame is not a colour picture.
    """
    if frame_bgr.ndim != 3 or frame_bgr.shape[2] != 3 or not frame_bgr.size:
        raise ValueError(f"a snapshot needs a (height, width, 3) picture, not {frame_bgr.shape}")
    picture = frame_bgr.copy()
    _burn_in(picture, masks)
    method = _hide_people(picture, boxes, people, suspected) if blur else Blur.NONE
    _burn_in(picture, masks)
    for box in boxes if framed else ():
        _frame(picture, box)
    if width is not None and picture.shape[1] > width:
        height = round(picture.shape[0] * width / picture.shape[1])
        smaller = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        picture = np.asarray(smaller, np.uint8)
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return jpeg.tobytes(), method


def _burn_in(picture: Picture, masks: Iterable[PicturePolygon]) -> None:
    height, width = picture.shape[:2]
    for polygon in masks:
        corners = np.array(polygon, np.float64) * (width - 1, height - 1)
        cv2.fillPoly(picture, [np.rint(corners).astype(np.int32)], MASK_COLOUR)


def _hide_people(
    picture: Picture,
    boxes: Sequence[Box],
    people: Detections | None,
    suspected: Suspected | None,
) -> Blur:
    for box in boxes:
        if box.label in CROWDS:
            _hide_patch(picture, _pixels(picture, box.x1, box.y1, box.x2, box.y2))
    known = people.of("person") if people is not None and "person" in people.names else None
    if suspected is not None or known is None:
        _hide_suspected(picture, suspected or EVERYWHERE, boxes)
    if known is None:
        return Blur.MOVING
    for xyxy in known.xyxy:
        _hide_patch(picture, _with_margin(picture, xyxy))
    return Blur.PEOPLE


def _with_margin(picture: Picture, xyxy: NDArray[np.float32]) -> Area:
    x1, y1, x2, y2 = (float(value) for value in xyxy)
    across, down = MARGIN * (x2 - x1), MARGIN * (y2 - y1)
    return _pixels(picture, x1 - across, y1 - down, x2 + across, y2 + down)


def _pixels(picture: Picture, x1: float, y1: float, x2: float, y2: float) -> Area:
    """The pixels that an area given in fractions touches, at least one, within the picture."""
    height, width = picture.shape[:2]
    left, top = min(width - 1, max(0, int(x1 * width))), min(height - 1, max(0, int(y1 * height)))
    right, bottom = int(np.ceil(x2 * width)), int(np.ceil(y2 * height))
    return left, top, max(left + 1, min(width, right)), max(top + 1, min(height, bottom))


def _hide_patch(picture: Picture, area: Area) -> None:
    left, top, right, bottom = area
    patch = picture[top:bottom, left:right]
    patch[:] = _averaged(patch)


def _averaged(patch: Picture) -> Picture:
    """The patch as few averages (see BLOCKS), drawn softly at its size."""
    height, width = patch.shape[:2]
    block = max(1.0, max(height, width / 4) / BLOCKS)
    cells = max(1, int(width / block)), max(1, int(height / block))
    averages = cv2.resize(patch, cells, interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(averages, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8
    )


def _hide_suspected(picture: Picture, suspected: Suspected, boxes: Sequence[Box]) -> None:
    height, width = picture.shape[:2]
    cells = suspected.anybody.astype(np.uint8)
    hidden, moving = (
        cv2.resize(where.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        for where in (cells, suspected.moving)
    )
    for box in boxes:
        left, top, right, bottom = _pixels(picture, box.x1, box.y1, box.x2, box.y2)
        inside = slice(top, bottom), slice(left, right)
        if box.label in SEEN_THROUGH or box.label in CROWDS:  # a crowd is averaged already
            hidden[inside] = 0
        elif _is_wide(picture, box):
            hidden[inside] = moving[inside]
    _average_where(picture, hidden.astype(bool), cells)


def _is_wide(picture: Picture, box: Box) -> bool:
    """Whether what was found is no person: somebody who stands is taller than wide. What moves
    before a parked car is still hidden; what stands there is not, because the car must be seen."""
    height, width = picture.shape[:2]
    return bool((box.x2 - box.x1) * width > (box.y2 - box.y1) * height)


def _average_where(picture: Picture, hidden: Where, cells: NDArray[np.uint8]) -> None:
    """Average every connected patch of `cells` (90, 160), and show it where `hidden`."""
    rows, columns = cells.shape
    for x, y, across, down, _ in cv2.connectedComponentsWithStats(cells)[2][1:]:
        left, top, right, bottom = _pixels(
            picture, x / columns, y / rows, (x + across) / columns, (y + down) / rows
        )
        patch, where = picture[top:bottom, left:right], hidden[top:bottom, left:right]
        patch[where] = _averaged(patch)[where]


def _frame(picture: Picture, box: Box) -> None:
    left, top, right, bottom = _pixels(picture, box.x1, box.y1, box.x2, box.y2)
    line = max(2, picture.shape[0] // 240)
    cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), AMBER, line)
    _label(picture, f"{_ascii(box.label)} {box.confidence:.0%}", left, top, line)


def _label(picture: Picture, text: str, left: int, top: int, line: int) -> None:
    """A plate above the box's upper left corner, or inside of it where the picture ends."""
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, max(0.4, picture.shape[0] / 900)
    (width, height), baseline = cv2.getTextSize(text, font, scale, 1)
    plate = height + baseline + line
    left = max(0, min(left, picture.shape[1] - width - 2 * line))
    foot = top if top >= plate else top + plate
    cv2.rectangle(picture, (left, foot - plate), (left + width + 2 * line, foot), AMBER, cv2.FILLED)
    cv2.putText(
        picture, text, (left + line, foot - baseline), font, scale, INK, 1, lineType=cv2.LINE_AA
    )


def _ascii(text: str) -> str:
    """OpenCV's built-in letters are ASCII; others would be drawn as question marks."""
    return text.encode("ascii", "ignore").decode().strip()
