"""Every oddity of a camera: what its health page says, what is still seen, and who else suffers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.farm import FarmCamera, FaultKind
from ingest.feed import BLIND_AFTER
from ingest.health import CameraState
from ingest.media import Codec
from ingest.source import Drop
from tests.ingest.coded import WIDTH
from tests.ingest.odd_town import LIMIT, OddTown, long_clip, odd_town
from tests.waiting import wait_for

FROM_THE_START = {
    "dumb": FaultKind.STALL,
    "wrap": FaultKind.WRAP,
    "flap": FaultKind.FLAP,
}
"""Odd before the shard knows them."""
IN_MID_STREAM = {
    "silent": FaultKind.STALL,
    "garbage": FaultKind.GARBAGE,
    "noise": FaultKind.GARBAGE_RTSP,
    "resize": FaultKind.RESIZE,
    "recode": FaultKind.RECODE,
    "retype": FaultKind.RETYPE,
    "reorder": FaultKind.B_FRAMES,
    "back": FaultKind.TIMES_BACK,
    "still": FaultKind.TIMES_STILL,
    "wild": FaultKind.TIMES_WILD,
}
"""Well until they have been seen. All are odd at the same time: most take a minute to show."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OddTown]:
    folder = tmp_path_factory.mktemp("odd")
    smart = FarmCamera("smart", long_clip(folder / "smart.mp4", gop=10, seconds=20))
    names = [*FROM_THE_START, *IN_MID_STREAM]
    with odd_town(long_clip(folder / "usual.mp4"), names, more=[smart]) as found:
        for name, kind in FROM_THE_START.items():
            found.begin(name, kind)
            found.watch(name)
        for name in ("smart", *IN_MID_STREAM):
            found.watch_well(name)
        for name, kind in IN_MID_STREAM.items():
            found.begin(name, kind)
        yield found


@pytest.fixture(autouse=True)
def _nobody_else_suffers(town: OddTown) -> Iterator[None]:
    yield
    town.well_is_untouched()


def test_one_that_accepts_and_never_answers_is_offline(town: OddTown) -> None:
    health = town.comes_to("dumb", CameraState.OFFLINE)
    assert "answer" in health.reason


def test_one_that_falls_silent_is_stalled_and_comes_back(town: OddTown) -> None:
    health = town.comes_to("silent", CameraState.STALLED)
    assert health.reason == "connected, but no picture came for 10 s"
    town.farm.recover("silent")
    town.comes_to("silent", CameraState.ONLINE)
    town.scans_go_on("silent")


def test_garbage_among_the_packets_costs_nothing_else(town: OddTown) -> None:
    town.scans_go_on("garbage")
    assert town.comes_to("garbage", CameraState.ONLINE)
    town.clip("garbage")


def test_noise_in_the_connection_ends_it_with_words(town: OddTown) -> None:
    health = town.comes_to("noise", CameraState.OFFLINE)
    assert health.reason
    town.farm.recover("noise")
    town.comes_to("noise", CameraState.ONLINE)


def test_another_picture_size_in_mid_stream_is_taken_as_it_comes(town: OddTown) -> None:
    half = WIDTH // 2
    wait_for(lambda: town.sink.newest["resize"].width == half, LIMIT, "pictures of half the size")
    town.scans_go_on("resize")
    town.comes_to("resize", CameraState.ONLINE)
    town.clip("resize")


def test_another_codec_after_a_reconnect_is_learned_from_the_new_sdp(town: OddTown) -> None:
    def sends_h265() -> bool:
        return town.clip("recode", 8).info.codec is Codec.H265

    wait_for(sends_h265, LIMIT, "a clip of H.265")
    town.scans_go_on("recode")
    town.comes_to("recode", CameraState.ONLINE)
    assert CameraState.OFFLINE in town.sink.states("recode")


def test_another_codec_in_mid_stream_is_noticed_and_asked_for(town: OddTown) -> None:
    health = town.comes_to("retype", CameraState.STALLED)
    assert f"for {BLIND_AFTER:.0f} s" in health.reason or "made no picture" in health.reason
    town.farm.recover("retype")
    town.comes_to("retype", CameraState.ONLINE)
    town.scans_go_on("retype")


def test_a_smart_codec_with_long_gops_is_scanned_between_its_keyframes(town: OddTown) -> None:
    keyframes = town.shard.stats().cameras["smart"].keyframes_decoded
    town.scans_go_on("smart", 8)
    assert town.shard.stats().cameras["smart"].keyframes_decoded - keyframes < 6
    town.comes_to("smart", CameraState.ONLINE)
    town.clip("smart")


def test_pictures_in_another_order_are_scanned_and_cut_in_order(town: OddTown) -> None:
    def has_b_frames() -> bool:
        stamps = [unit.timestamp for unit in town.clip("reorder", 12).units]
        return stamps != sorted(stamps)

    wait_for(has_b_frames, LIMIT, "a clip with B-frames")
    town.scans_go_on("reorder")
    town.comes_to("reorder", CameraState.ONLINE)


@pytest.mark.parametrize("name", ["back", "wild"])
def test_a_clock_that_jumps_costs_no_scan(town: OddTown, name: str) -> None:
    town.scans_go_on(name, 8)
    town.comes_to(name, CameraState.ONLINE)
    frame = town.sink.newest[name]
    assert abs(town.clock() - frame.captured_at) < 60
    town.clip(name)


def test_a_clock_that_stands_still_is_said(town: OddTown) -> None:
    """Nobody can tell one picture from the next; each new connection shows one."""
    health = town.comes_to("still", CameraState.STALLED)
    assert "its clock may stand still" in health.reason
    town.scans_go_on("still", 1)


def test_numbers_and_timestamps_that_wrap_lose_nothing(town: OddTown) -> None:
    town.scans_go_on("wrap", 6)
    town.comes_to("wrap", CameraState.ONLINE)
    assert not set(town.drops("wrap")) - {Drop.NO_KEYFRAME}
    clip = town.clip("wrap")
    stamps = [unit.timestamp for unit in clip.units]
    assert stamps == sorted(stamps)


def test_one_that_closes_every_five_seconds_flaps_and_is_still_watched(town: OddTown) -> None:
    health = town.comes_to("flap", CameraState.FLAPPING)
    assert "lost 4 times" in health.reason
    assert "closed the connection" in health.reason
    town.scans_go_on("flap", 6)
    assert town.shard.health("flap").state is CameraState.FLAPPING
    assert town.shard.health("flap").since == health.since
    town.farm.recover("flap")
    town.comes_to("flap", CameraState.ONLINE)
