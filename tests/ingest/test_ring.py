"""The ring: bounded whatever comes, oldest GOPs first, clips from a keyframe on."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import ring as ring_module
from ingest.media import Codec, StreamInfo
from ingest.ring import GOP_OVERHEAD, UNIT_OVERHEAD, CameraRing, GopRing, cost_of
from ingest.rtp.nal import split_annex_b
from ingest.source import Drop, SourceCounters, Stream, WireUnit

STREAM = Stream(StreamInfo(Codec.H264), split_annex_b)
UNIT = UNIT_OVERHEAD + 100
GOP = GOP_OVERHEAD + 4 * UNIT
"""Bytes that one of `gops` takes."""


def camera_ring() -> CameraRing:
    return CameraRing(SourceCounters())


def unit(at: float, *, key: bool = False, size: int = 100, intact: bool = True) -> WireUnit:
    return WireUnit(bytes(size), key, int(at * 90_000), at, intact)


def gops(count: int, length: int = 4, start: float = 0.0) -> list[WireUnit]:
    """GOPs of one second, 100 bytes a unit."""
    return [
        unit(start + n / length, key=n % length == 0, intact=True) for n in range(count * length)
    ]


def test_the_oldest_gops_of_all_cameras_go_first() -> None:
    ring, a, b = GopRing(4 * GOP), camera_ring(), camera_ring()
    for second in range(4):
        ring.append(a, STREAM, gops(1, start=second))
        ring.append(b, STREAM, gops(1, start=second))
    assert ring.size == 4 * GOP
    for camera in (a, b):
        found = ring.clip(camera, 0, 100)
        assert found is not None
        assert [u.captured_at for u in found[1]] == [2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 3.75]
        assert camera.counters.units_aged == 8
        assert not camera.counters.drops


@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(1, 900)), max_size=200),
    st.integers(0, 9000),
)
def test_it_never_holds_more_than_it_may(units: list[tuple[int, bool, int]], limit: int) -> None:
    ring, cameras = GopRing(limit), [camera_ring() for _ in range(3)]
    for number, (camera, key, size) in enumerate(units):
        ring.append(cameras[camera], STREAM, [unit(number, key=key, size=size)])
        held = sum(cost_of(u) for c in cameras for gop in c.gops for u in gop.units)
        assert ring.size == held <= limit
    for one in cameras:
        ring.forget(one)
    assert ring.size == 0


@pytest.mark.parametrize("key", [True, False])
def test_tiny_units_take_no_more_memory_than_any(key: bool) -> None:
    """A hostile camera's pictures of 18 bytes are a tenth of what Python needs to hold them."""
    limit = 500_000
    ring, camera = GopRing(limit), camera_ring()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(10_000):
            wire = b"%018d" % number
            one = WireUnit(wire, key or number == 0, 1 << 40 | number, 1.79e9 + number, True)
            ring.append(camera, STREAM, [one])
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert ring.size <= limit
    assert held <= 1.25 * limit


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (1.6, 2.3, 1.0, 2.25),
        (1.0, 1.0, 1.0, 1.0),
        (-5.0, 0.3, 0.0, 0.25),
        (2.9, 99.0, 2.0, 2.75),
    ],
)
def test_a_clip_begins_at_a_keyframe(start: float, end: float, first: float, last: float) -> None:
    ring, camera = GopRing(10_000), camera_ring()
    ring.append(camera, STREAM, gops(3))
    found = ring.clip(camera, start, end)
    assert found is not None
    assert found[1][0].keyframe
    assert (found[1][0].captured_at, found[1][-1].captured_at) == (first, last)


def test_no_clip_of_a_time_before() -> None:
    ring, camera = GopRing(10_000), camera_ring()
    assert ring.clip(camera, 0, 9) is None
    ring.append(camera, STREAM, gops(1, start=50))
    assert ring.clip(camera, 0, 9) is None


def test_a_clip_does_not_mix_connections() -> None:
    ring, camera = GopRing(10_000), camera_ring()
    ring.append(camera, STREAM, gops(2))
    again = Stream(StreamInfo(Codec.H265), split_annex_b)
    ring.append(camera, again, [unit(2.0)])
    assert camera.counters.drops == {Drop.NO_KEYFRAME: 1}
    ring.append(camera, again, gops(1, start=2.1))
    found = ring.clip(camera, 0, 9)
    assert found is not None
    assert found[0] is again
    assert len(found[1]) == 4


def test_what_refers_to_a_lost_picture_is_left_out() -> None:
    ring, camera = GopRing(10_000), camera_ring()
    ring.append(camera, STREAM, [unit(0, key=True), unit(0.1), unit(0.3, intact=False)])
    assert len(newest(ring, camera)) == 2
    assert camera.counters.drops == {Drop.AFTER_LOSS: 1}


def newest(ring: GopRing, camera: CameraRing) -> tuple[WireUnit, ...]:
    found = ring.follow(camera, None, 0)
    return found[1] if found is not None else ()


def test_the_current_and_the_complete_gop() -> None:
    ring, camera = GopRing(10_000), camera_ring()
    assert ring.follow(camera, None, 0) is None
    assert ring.complete(camera) is None
    ring.append(camera, STREAM, gops(2)[:6])
    complete = ring.complete(camera)
    assert complete is not None
    assert (len(newest(ring, camera)), len(complete[1])) == (2, 4)


def test_a_gop_is_followed_from_where_it_was_left() -> None:
    ring, camera = GopRing(10_000), camera_ring()
    ring.append(camera, STREAM, [unit(0, key=True), unit(0.1)])
    found = ring.follow(camera, None, 0)
    assert found is not None
    ring.append(camera, STREAM, [unit(0.2), unit(0.3)])
    again = ring.follow(camera, found[0], 2)
    assert again is not None
    assert [u.captured_at for u in again[1]] == [0.2, 0.3]
    ring.append(camera, STREAM, [unit(0.4, key=True)])
    anew = ring.follow(camera, found[0], 4)
    assert anew is not None
    assert [u.captured_at for u in anew[1]] == [0.4]


def test_a_long_gop_that_must_make_room_can_be_followed_on() -> None:
    """Else 700 cameras, whose ring reaches back 6 s, could have no GOP of 60 s decoded."""
    ring, smart, usual = GopRing(5 * GOP // 2), camera_ring(), camera_ring()
    ring.append(smart, STREAM, [unit(0, key=True), unit(0.1)])
    found = ring.follow(smart, None, 0)
    assert found is not None
    for second in range(4):
        ring.append(usual, STREAM, gops(1, start=second))
    ring.append(smart, STREAM, [unit(0.2), unit(0.3)])
    again = ring.follow(smart, found[0], 2)
    assert again is not None
    assert [u.captured_at for u in again[1]] == [0.2, 0.3]
    assert ring.follow(smart, None, 0) is None, "its beginning has gone"
    assert ring.follow(smart, found[0], 1) is None, "a unit that was not seen yet has gone"
    assert ring.clip(smart, 0, 9) is None
    assert smart.counters.units_kept - smart.counters.units_aged == 2
    assert ring.size <= ring.limit


def test_an_endless_gop_loses_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_module, "MAX_GOP", GOP_OVERHEAD + 10 * UNIT)
    ring, camera = GopRing(10 * GOP), camera_ring()
    ring.append(camera, STREAM, [unit(0, key=True), *(unit(n) for n in range(1, 50))])
    assert ring.size == 10 * UNIT
    assert camera.counters.units_aged == 40
    assert not camera.counters.drops
    ring.append(camera, STREAM, [unit(50, key=True)])
    assert ring.complete(camera) is None
