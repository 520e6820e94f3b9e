"""What rules can see of one clip, kept on disk: small pictures, and what detectors saw in them.

A folder of files. `pictures.bin` is mapped: processes share it, and a burst that nobody
asks for is never read. What is seen in full pictures alone is looked up in the clip (`looks.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import av
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from detectors.detections import Detections
from detectors.pictures import Pictures, ReplayError
from detectors.tuning.looks import Looks
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame
from ingest.gate import Activity

PICTURES, MANIFEST = "pictures.bin", "manifest.json"
COUNTS, BOXES, SCORES, CLASSES = (
    f"{{}}.{kind}.npy" for kind in ("counts", "boxes", "scores", "classes")
)
"""What a model saw: how much in each scan, and all of it, one scan after the other."""
RECORDED = "recorded"
"""The id of the camera whose pictures they are."""
_NO_PIXELS = np.empty((0, 0), np.uint8)
_NO_PICTURE = av.VideoFrame()
PICTURE_SHAPE = (3, GREY_HEIGHT, GREY_WIDTH)
"""Luma, Cb and Cr, uint8: 43 kB."""


class ScanEntry(BaseModel):
    """One scan: the index of its picture, what the gate said, how coloured the picture was."""

    model_config = ConfigDict(frozen=True)

    picture: int
    changed: float
    active: bool
    light_change: bool
    colour: float


class Manifest(BaseModel):
    """`at`: the second of every picture that is kept. Before each scan's own come those of its
    burst, where bursts are kept; `between` are the seconds of those, kept or not, a tuple a scan.
    `models`: the names that each one's `class_id` means."""

    model_config = ConfigDict(frozen=True)

    seconds: float
    damaged: int
    width: int
    height: int
    bursts: bool
    at: tuple[float, ...]
    between: tuple[tuple[float, ...], ...]
    scans: tuple[ScanEntry, ...]
    models: dict[str, tuple[str, ...]]


@dataclass(slots=True)
class SmallFrame(Frame):
    """A picture of which only the small planes are left, and what was measured on the large one.

    Its `picture` is of that size, so that `Chroma.of` gives the planes that were kept.
    """

    size: tuple[int, int] = (0, 0)
    colourfulness: float = 0.0

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    def colour(self) -> float:
        return self.colourfulness

    def luma(self) -> NDArray[np.uint8]:
        _not_kept()

    def bgr(self) -> NDArray[np.uint8]:
        _not_kept()


def _empty(at: float) -> Frame:
    return SmallFrame(RECORDED, at, round(at * 90_000), _NO_PIXELS, _NO_PICTURE)


def _not_kept() -> NoReturn:
    raise ReplayError("a rule asks for the full picture, of which a recording holds nothing")


@dataclass(frozen=True)
class Recording:
    """One clip as it was recorded. Frames are made when they are asked for, once."""

    folder: Path
    manifest: Manifest
    looks: Looks

    @staticmethod
    def load(folder: Path, pictures: Pictures) -> Recording:
        """Open a recording of a clip that shows these pictures.

        Raises:
            OSError: there is none.
            ValueError: it is none of this version.
        """
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        return Recording(folder, manifest, Looks(folder, pictures))

    def __len__(self) -> int:
        return len(self.manifest.scans)

    def scan(self, index: int) -> tuple[Frame, Activity]:
        """The picture of a scan, and what the gate said of it."""
        scan = self.manifest.scans[index]
        activity = Activity(scan.changed, scan.active, scan.light_change)
        return self._frame(scan.picture, scan.colour), activity

    def burst(self, index: int) -> tuple[Frame, ...]:
        """The pictures between the scan before and this one, oldest first; empty ones where only
        their times are known."""
        if not self.manifest.bursts:
            return tuple(_empty(at) for at in self.manifest.between[index])
        last = self.manifest.scans[index].picture
        first = last - len(self.manifest.between[index])
        return tuple(self._frame(each, 0.0) for each in range(first, last))

    def seen(self, model: str, at: float) -> Detections:
        """What a model saw in the scan at `at`."""
        index = self._scan_at[at]
        seen, ends = self._seen[model]
        part = slice(ends[index], ends[index + 1])
        return Detections(seen.xyxy[part], seen.confidence[part], seen.class_id[part], seen.names)

    def _frame(self, index: int, colour: float) -> Frame:
        known = self._frames.get(index)
        if known is None:
            planes, at = self._pictures[index], self.manifest.at[index]
            known = self._frames[index] = SmallFrame(
                RECORDED,
                at,
                round(at * 90_000),
                planes[0],
                av.VideoFrame.from_ndarray(planes, format="yuv444p"),
                size=(self.manifest.width, self.manifest.height),
                colourfulness=colour,
            )
        return known

    @cached_property
    def _frames(self) -> dict[int, Frame]:
        return {}

    @cached_property
    def _pictures(self) -> NDArray[np.uint8]:
        shape = (len(self.manifest.at), *PICTURE_SHAPE)
        return np.memmap(self.folder / PICTURES, np.uint8, "r", shape=shape)

    @cached_property
    def _scan_at(self) -> dict[float, int]:
        at = self.manifest.at
        return {at[scan.picture]: index for index, scan in enumerate(self.manifest.scans)}

    @cached_property
    def _seen(self) -> dict[str, tuple[Detections, list[int]]]:
        """What each model saw in all scans, and where a scan's ends."""
        return {model: self._seen_by(model) for model in self.manifest.models}

    def _seen_by(self, model: str) -> tuple[Detections, list[int]]:
        counts, boxes, scores, classes = (
            np.load(self.folder / name.format(model)) for name in (COUNTS, BOXES, SCORES, CLASSES)
        )
        seen = Detections(boxes, scores, classes, self.manifest.models[model])
        return seen, [0, *np.cumsum(counts).tolist()]
