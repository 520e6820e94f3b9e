"""A town's kinds of cameras, in their shares, with keyframes that do not come at one moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.farm import FarmCamera
from ingest.farm.feed import Feed
from ingest.farm.mix import KINDS, Mix, cameras, counts, kind_of, moves
from ingest.farm.packetise import packetise
from ingest.farm.source import FinishedLoop
from ingest.media import CLOCK_RATE, Codec, StreamInfo


@pytest.mark.parametrize("mix", list(Mix))
def test_the_shares_are_the_whole(mix: Mix) -> None:
    assert sum(kind.share for kind in KINDS[mix]) == pytest.approx(1.0)


def test_a_town_of_700_is_what_was_promised() -> None:
    found = counts(Mix.TOWN, 700)
    assert sum(found.values()) == 700
    assert 540 <= found["640x360 H.264"] <= 552
    assert 66 <= found["640x360 H.265"] <= 74
    assert 66 <= found["704x576@25 H.264"] <= 74
    assert 12 <= found["1080p H.264"] <= 16


@given(st.integers(1, 300))
def test_a_camera_is_the_same_however_many_there_are(count: int) -> None:
    some = cameras(Mix.TOWN, count, still=Path("s"), moving=Path("m"), active=0.1)
    all_of_them = cameras(Mix.TOWN, 300, still=Path("s"), moving=Path("m"), active=0.1)
    assert some == all_of_them[:count]


@given(st.floats(0, 1), st.integers(1, 700))
def test_the_part_that_moves_is_spread_over_all(active: float, count: int) -> None:
    assert abs(sum(moves(index, active) for index in range(count)) - active * count) <= 1


def test_both_kinds_of_pictures_come_in_every_kind_of_stream() -> None:
    town = cameras(Mix.TOWN, 700, still=Path("still"), moving=Path("moving"), active=0.1)
    seen = {(kind_of(Mix.TOWN, index).name, camera.source) for index, camera in enumerate(town)}
    assert len(seen) == 2 * len(KINDS[Mix.TOWN])


def test_keyframes_are_spread_over_the_gop() -> None:
    gop, loop = 2.0, 30.0
    town = cameras(Mix.H264, 700, still=Path("s"), moving=Path("m"), active=0.1)
    shares = [0] * 10
    for camera in town:
        shares[int(camera.head_start * loop % gop / gop * 10)] += 1
    assert min(shares) >= 60
    assert max(shares) <= 80


def test_a_head_start_is_where_the_camera_is_when_it_is_first_played() -> None:
    pictures = tuple(
        packetise(b"\0\0\1" + (b"\x65" if n % 10 == 0 else b"\x41") * 9, Codec.H264, n * 9000)
        for n in range(40)
    )
    loop = FinishedLoop(StreamInfo(Codec.H264), 40 * 9000, pictures)
    feed = Feed(FarmCamera("cam", "clip", head_start=0.75), loop)
    feed.begin(1000.0)
    assert feed.ticks_at(1000.0) == 3.0 * CLOCK_RATE
