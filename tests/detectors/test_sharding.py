"""Cameras over two shards find what they find on one: nothing of a camera lies in another's way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from configs.rules import (
    DumpedConfig,
    FireSmokeConfig,
    GatheringConfig,
    IntrusionConfig,
    LineCrossingConfig,
    LoiteringConfig,
    ObstructionConfig,
    ZoneRule,
)
from configs.town import Camera
from detectors.event import Event
from detectors.evidence import EvidenceMaker
from detectors.pipeline import Pipeline
from ingest.clip import Clip
from ingest.frame import Frame
from tests.detectors.pictures import ACTIVE, camera_with
from tests.detectors.rules.drawn import ground, noisy, standing, with_flame, with_person
from tests.detectors.rules.on_foot import a_bag_is_left, a_loiterer
from tests.detectors.rules.passers_by import walker
from tests.detectors.rules.watching import BURST_RATE, Picture, frame_of

NOW = 1_790_000_000.0
SECONDS, SCAN = 84, 2
PLACE = ground(3)


def a_fire(at: float) -> Picture:
    return noisy(with_flame(PLACE, at, tongues=5) if 12.0 <= at < 40.0 else PLACE, at)


def a_crowd(at: float) -> Picture:
    shown = PLACE
    if 12.0 <= at < 60.0:
        for number in range(12):
            left = round(20 + 22 * number + 4 * (at * 0.5 + number) % 9)
            shown = with_person(shown, left, 90 + 30 * (number % 3), 38)
    return noisy(shown, at)


SCENES: Mapping[str, Callable[[float], Picture]] = {
    "lane": standing(10.0, 60.0),
    "yard": a_fire,
    "gate": walker(40.0),
    "plaza": a_loiterer,
    "corner": a_bag_is_left(),
    "square": a_crowd,
}
RULES: tuple[ZoneRule, ...] = (
    ObstructionConfig(dwell=20, clear_after=6, model=None),
    GatheringConfig(on_count=6, off_count=3, duration=10, person_height=0.22, model=None),
    FireSmokeConfig(clear_after=6),
    IntrusionConfig(clear_after=6, model=None),
    LineCrossingConfig(line=((0.5, 0.0), (0.5, 1.0)), clear_after=6, model=None),
    LoiteringConfig(dwell=20, clear_after=6, model=None),
    DumpedConfig(dwell=20, clear_after=6, model=None),
)
"""All seven on every camera."""


@dataclass
class Asked:
    """A shard's footage that remembers who asked for a burst."""

    cameras: set[str] = field(default_factory=set)

    def clip(self, camera_id: str, start: float, end: float) -> Clip | None:
        return None

    def request_burst(self, camera_id: str) -> None:
        self.cameras.add(camera_id)


def frame(camera: str, at: float) -> Frame:
    shown = frame_of(SCENES[camera](at), NOW + at)
    return Frame(camera, shown.captured_at, shown.timestamp, shown.grey, shown.picture)


@pytest.fixture(scope="module")
def town() -> Mapping[str, Camera]:
    return {name: camera_with(*RULES, camera_id=name, scan_interval=SCAN) for name in SCENES}


@pytest.fixture(scope="module")
def scanned() -> Mapping[tuple[str, int], Frame]:
    """What each camera shows at each scan: the same pictures for every shard."""
    return {(name, at): frame(name, at) for name in SCENES for at in range(0, SECONDS, SCAN)}


def played(
    shard: str, cameras: Sequence[Camera], scanned: Mapping[tuple[str, int], Frame]
) -> list[Event]:
    """What a shard with these cameras records."""
    now, recorded, footage = [NOW], list[Event](), Asked()
    pipeline = Pipeline(
        shard,
        record=recorded.append,
        evidence=EvidenceMaker(lambda _kept: None, clock=lambda: now[0]),
        models={},
        epoch=lambda: 1,
        clock=lambda: now[0],
    )
    pipeline.attach(footage)
    for camera in cameras:
        pipeline.add(camera)
    for at in range(0, SECONDS, SCAN):
        now[0] = NOW + at
        for camera in cameras:
            if camera.id in footage.cameras:
                footage.cameras.discard(camera.id)
                between = range(1, int(SCAN * BURST_RATE), 3)
                burst = [frame(camera.id, at - SCAN + one / BURST_RATE) for one in between]
                pipeline.burst_decoded(camera.id, burst)
            pipeline.scanned(scanned[camera.id, at], ACTIVE)
    return recorded


def said(events: Sequence[Event]) -> list[tuple[str, str, dict[str, Any]]]:
    """All of it but for what names the shard, in one order."""
    return sorted(
        ((each.time.isoformat(), each.subject, each.data.model_dump()) for each in events),
        key=lambda one: (one[0], one[1], str(one[2]["event_type"])),
    )


def test_two_shards_find_what_one_finds(
    town: Mapping[str, Camera], scanned: Mapping[tuple[str, int], Frame]
) -> None:
    cameras = list(town.values())
    together = played("shard-0", cameras, scanned)
    apart = played("shard-1", cameras[::2], scanned) + played("shard-2", cameras[1::2], scanned)
    found = {(each.subject.partition("/")[0], each.data.event_type) for each in together}
    expected = {
        ("lane", "lane_blocked"), ("yard", "fire"), ("gate", "intrusion"),
        ("gate", "line_crossing"), ("plaza", "loitering"), ("corner", "rubbish"),
        ("square", "gathering"),
    }  # fmt: skip
    assert found >= expected
    assert said(together) == said(apart)
    assert {each.shard for each in apart} == {"shard-1", "shard-2"}
