"""Drives a rule over pictures as the pipeline does: a scan every two seconds, bursts on request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import av
import numpy as np
from numpy.typing import NDArray

from configs.rules import ZoneRule
from configs.town import Camera, Zone
from configs.values import Name, PicturePolygon, Position
from detectors.detections import Detections
from detectors.event import Phase
from detectors.hours import Hours
from detectors.rules import build
from detectors.rules.rule import Finding, Observation, Rule
from detectors.scenery import Scenery
from ingest.frame import Frame, small_grey
from ingest.gate import Activity

Picture = NDArray[np.uint8]
"""(h, w, 3) BGR."""

WHOLE: PicturePolygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
ACTIVITY = Activity(changed=0.1, active=True)
EPOCH = 1_700_000_000.0
SCAN = 2.0
BURST_RATE = 15.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A finding and the second of the clip at which it was made."""

    at: float
    finding: Finding

    @property
    def phase(self) -> Phase:
        return self.finding.phase

    @property
    def since(self) -> float:
        return self.finding.started_at - EPOCH


ALWAYS = Hours(None, ZoneInfo("UTC"))


def rule_on(
    config: ZoneRule,
    polygon: PicturePolygon = WHOLE,
    *,
    masks: tuple[PicturePolygon, ...] = (),
    hours: Hours = ALWAYS,
    area_m2: float | None = None,
) -> Rule[Any]:
    position = Position(lon=104.07, lat=30.67)
    name = Name(zh="区", en="Zone")
    zone = Zone(
        id="zone", name=name, polygon=polygon, masks=masks, ground=position, area_m2=area_m2
    )
    camera = Camera(
        id="camera",
        name=Name(zh="摄像机", en="Camera"),
        url="rtsp://127.0.0.1:1/none",
        position=position,
        scan_interval=SCAN,
    )
    return build(config, zone, camera, hours)


def frame_of(picture: Picture | av.VideoFrame, at: float) -> Frame:
    if not isinstance(picture, av.VideoFrame):
        picture = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
    return Frame("camera", at, int(at * 90_000), small_grey(picture), picture)


Shoot = Callable[[float], Picture | av.VideoFrame]
"""The picture at a second of the clip."""
Detect = Callable[[float, Frame], Detections | None]


def watch(
    rule: Rule[Any],
    shoot: Shoot,
    seconds: Iterable[float],
    *,
    detect: Detect | None = None,
    start: float = EPOCH,
    burst_rate: float = BURST_RATE,
) -> list[Heard]:
    """Scan at these seconds of a clip; a burst is the pictures since the scan before."""
    return watch_together(
        [rule], shoot, seconds, detect=detect, start=start, burst_rate=burst_rate
    ).heard


@dataclass(slots=True)
class Watched:
    """What came of it: the findings, and the seconds at which a burst was decoded and at which a
    rule asked that the detector look again whatever the gate says."""

    heard: list[Heard]
    bursts: list[float]
    asked: list[float]


def watch_together(
    rules: Sequence[Rule[Any]],
    shoot: Shoot,
    seconds: Iterable[float],
    *,
    detect: Detect | None = None,
    start: float = EPOCH,
    burst_rate: float = BURST_RATE,
) -> Watched:
    """Several rules on one camera, which share its background."""
    states, wishes = [rule.initial() for rule in rules], [False for _ in rules]
    scenery, watched = Scenery(), Watched([], [], [])
    times = list(seconds)
    for before, at in pairwise([times[0] - SCAN, *times]):
        frame = frame_of(shoot(at), start + at)
        burst = _burst(shoot, before, at, start, burst_rate) if any(wishes) else ()
        watched.bursts += [at] if burst else []
        seen = detect(at, frame) if detect else None
        background, view = scenery.look(frame.grey, start + at)
        claims = []
        for index, rule in enumerate(rules):
            own = burst if wishes[index] else ()
            asked = detect is not None
            observation = Observation(frame, ACTIVITY, background, view, seen, own, asked)
            step = rule.step(states[index], observation, start + at)
            states[index], wishes[index] = step.state, step.wants_burst
            watched.heard += [Heard(at, finding) for finding in step.findings]
            watched.asked += [at] if step.wants_detections else []
            claims.append(step.claim)
        scenery.heed(claims)
    return watched


def _burst(shoot: Shoot, before: float, at: float, start: float, rate: float) -> Sequence[Frame]:
    first = max(before, at - SCAN, 0.0)
    times = np.arange(first, at - 0.5 / rate, 1.0 / rate)
    return [frame_of(shoot(float(each)), start + float(each)) for each in times]


def scans(seconds: float, every: float = SCAN) -> Iterator[float]:
    return (float(each) for each in np.arange(0.0, seconds, every))


class Clip:
    """A real clip as a camera would show it: 15 pictures a second, no wider than 640."""

    def __init__(self, path: Path, most_seconds: float = 60.0) -> None:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            rate = float(stream.average_rate or 25)
            keep = max(1, round(rate / BURST_RATE))
            most = int(most_seconds * rate)
            self.pictures = [
                _narrow(frame)
                for index, frame in enumerate(container.decode(stream))
                if index % keep == 0 and index < most
            ]
        self.interval = keep / rate

    def __call__(self, at: float) -> av.VideoFrame:
        """Played to and fro, so that a short clip can outlast a dwell without a jump."""
        last = len(self.pictures) - 1
        index = round(at / self.interval) % max(1, 2 * last)
        return self.pictures[index if index <= last else 2 * last - index]

    @property
    def seconds(self) -> float:
        return len(self.pictures) * self.interval


def _narrow(frame: av.VideoFrame) -> av.VideoFrame:
    scale = 640 / max(frame.width, frame.height)
    if scale >= 1.0:
        return frame
    width, height = (round(side * scale / 2) * 2 for side in (frame.width, frame.height))
    return frame.reformat(width=width, height=height, format="yuv420p")
