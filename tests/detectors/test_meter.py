"""What a shard says of its own work adds up, and never falls while its process lives."""

from __future__ import annotations

import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from detectors.meter import SumOfCameras
from detectors.process import process_use
from ingest.source import Drop
from ingest.stats import CameraStats


def camera(received: int, drops: int = 0) -> CameraStats:
    return CameraStats(
        received_bytes=received,
        units=received // 10,
        keyframes_decoded=received // 100,
        drops=Counter({Drop.SUPERSEDED: drops}),
        packets=received // 5,
        packets_used=received // 5 - received // 50,
        packets_dropped=Counter({Drop.SEQUENCE_GAP: received // 50}),
    )


def test_what_a_removed_camera_sent_stays_counted() -> None:
    summed = SumOfCameras()
    assert summed.add_up({"a": camera(1000), "b": camera(500, drops=2)}).received_bytes == 1500
    after = summed.add_up({"a": camera(1100)})
    assert (after.received_bytes, after.drops[Drop.SUPERSEDED]) == (1600, 2)


def test_a_camera_that_begins_anew_goes_on() -> None:
    summed = SumOfCameras()
    summed.add_up({"a": camera(1000)})
    assert summed.add_up({"a": camera(10)}).received_bytes == 1010


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.integers(0, 10_000), max_size=4), max_size=12
    )
)
def test_no_sum_ever_falls_and_packets_add_up(looks: list[dict[str, int]]) -> None:
    summed = SumOfCameras()
    before = summed.add_up({})
    for look in looks:
        now = summed.add_up({name: camera(received) for name, received in look.items()})
        assert now.received_bytes >= before.received_bytes
        assert now.units >= before.units
        assert all(now.drops[reason] >= count for reason, count in before.drops.items())
        dropped = sum(now.packets_dropped.values())
        assert now.packets == now.packets_used + dropped + now.packets_pending
        before = now


def test_a_process_is_measured() -> None:
    use = process_use(time.time())
    assert use.cpu_seconds > 0
    assert use.resident_bytes > 10_000_000
    assert use.threads >= 1
    assert use.open_files >= 3
