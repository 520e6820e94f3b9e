"""700 cameras behind one switch: when it fails and returns, who dials when? A clock of our own."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from command_center.bench.storm import TARGET_SECONDS, TARGET_SHARE, hastiest
from configs.town import Camera
from ingest.failure import offline
from ingest.feed import Feed
from ingest.health import CameraState
from ingest.media import Codec, StreamInfo
from ingest.reconnect import ReconnectPolicy
from ingest.rtp.nal import split_annex_b
from ingest.rtsp.source import CONNECT_TIMEOUT, SILENCE_TIMEOUT
from ingest.source import Source, SourceCounters, Stream, WireUnit
from tests.ingest.sinks import camera

CAMERAS = 700
TICK = 0.2
CUT = 60.0
ANSWERING = 0.4
"""Seconds that a camera takes from the first packet to its first picture."""
UNIT = WireUnit(b"x", True, 0, 0.0)


class Switch:
    """The network, off from 0 to `CUT`. `refuses`: it answers for those whom it cuts off."""

    def __init__(self, *, refuses: bool) -> None:
        self.refuses = refuses
        self.dialled: Counter[str] = Counter()
        self.per_second: Counter[int] = Counter()

    def open(self, camera: Camera, _counters: SourceCounters, now: float) -> Source:
        if now >= 0:
            self.dialled[camera.id] += 1
            self.per_second[int(now)] += 1
        return Wire(self, now)

    def off(self, now: float) -> bool:
        return 0 <= now < CUT


class Wire:
    """One connection through the switch, with the time limits of a real one."""

    lossless = False
    patient = False
    trouble = ""

    def __init__(self, switch: Switch, now: float) -> None:
        self.stream: Stream | None = Stream(StreamInfo(Codec.H264), split_annex_b)
        self._switch = switch
        self._opened = self._heard = now
        self._through: float | None = None

    @property
    def settled(self) -> bool:
        return self._through is not None

    def read(self, now: float) -> Sequence[WireUnit]:
        if self._switch.off(now):
            if self._switch.refuses:
                raise offline("refused")
            if self.settled and now - self._heard >= SILENCE_TIMEOUT:
                raise offline("silent")
        elif self._through is None:
            self._through = now
        if not self.settled and now - self._opened >= CONNECT_TIMEOUT:
            raise offline("no answer")
        if self._through is None or self._switch.off(now) or now < self._through + ANSWERING:
            return ()
        self._heard = now
        return (UNIT,)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("refuses", [True, False])
def test_after_a_cut_of_a_minute_the_town_is_back_in_half_of_one(refuses: bool) -> None:
    switch = Switch(refuses=refuses)
    chance = random.Random(1)
    feeds = [
        Feed(
            camera(f"camera-{number}", "rtsp://127.0.0.1/x"),
            open_source=switch.open,
            policy=ReconnectPolicy(chance.random),
            health_changed=lambda *_: None,
            now=-5.0,
        )
        for number in range(CAMERAS)
    ]
    ticks = int((CUT + TARGET_SECONDS + 5) / TICK)
    for tick in range(-25, ticks):
        now = tick * TICK
        pictures = 0
        for feed in feeds:
            if feed.poll(now):
                pictures += 1
                feed.keyframes_decoded += 1  # as a decode thread would
        if tick == -1:
            assert pictures == CAMERAS
        if CUT - TICK <= now < CUT:
            assert pictures == 0
        if now >= CUT + TARGET_SECONDS:
            break
    assert pictures >= TARGET_SHARE * CAMERAS
    states = Counter(feed.health.state for feed in feeds)
    assert states[CameraState.OFFLINE] <= (1 - TARGET_SHARE) * CAMERAS
    assert max(switch.per_second.values()) <= (CAMERAS if refuses else CAMERAS / 2)
    if refuses:
        # Chance spreads them more with every attempt.
        assert max(n for second, n in switch.per_second.items() if second > 8) <= CAMERAS / 2
        assert max(n for second, n in switch.per_second.items() if second >= CUT) <= CAMERAS / 5
    assert max(switch.dialled.values()) <= hastiest(CUT + TARGET_SECONDS)


@pytest.mark.parametrize(("seconds", "dials"), [(0.0, 1), (0.9, 2), (4.0, 6), (60.0, 15)])
def test_the_ladder_at_its_hastiest(seconds: float, dials: int) -> None:
    assert hastiest(seconds) == dials
