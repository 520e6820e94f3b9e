"""One camera's health over time, with a source and a clock that the test moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from configs.town import Camera
from ingest.condition.picture import Trouble
from ingest.failure import SourceError, offline, unauthorised
from ingest.feed import DAMAGED_KEYFRAMES, RENEW_AFTER, STALL_AFTER, Feed
from ingest.flapping import GONE, LOSSES
from ingest.health import CameraState, Health
from ingest.media import Codec, StreamInfo
from ingest.reconnect import AFTER_REFUSED_LOGIN, ReconnectPolicy
from ingest.rtp.nal import split_annex_b
from ingest.source import Drop, Source, SourceCounters, Stream, WireUnit
from tests.ingest.sinks import camera

UNIT = WireUnit(b"x", True, 0, 0.0)


class FakeSource:
    """Gives what the test put into `next`: units, or an error to raise."""

    lossless = False
    settled = True
    patient = False
    trouble = ""

    def __init__(self) -> None:
        self.stream: Stream | None = Stream(StreamInfo(Codec.H264), split_annex_b)
        self.next: Sequence[WireUnit] | Exception = ()
        self.closed = False

    def read(self, now: float) -> Sequence[WireUnit]:
        if isinstance(self.next, Exception):
            raise self.next
        return self.next

    def close(self) -> None:
        self.closed = True


class Bench:
    """A feed whose sources the test makes."""

    def __init__(self, name: str = "cam") -> None:
        self.told: list[tuple[float, CameraState]] = []
        self.reasons: list[str] = []
        self.sources: list[FakeSource] = []
        self.first: Sequence[WireUnit] | Exception = ()

        def opened(_camera: Camera, _counters: SourceCounters, _now: float) -> Source:
            source = FakeSource()
            source.next = self.first
            self.sources.append(source)
            return source

        self.feed = Feed(
            camera(name, "rtsp://cam/"),
            open_source=opened,
            policy=ReconnectPolicy(lambda: 0.5),
            health_changed=self.tell,
            now=0.0,
        )

    def tell(self, health: Health, before: Health) -> None:
        if health.state is before.state:
            self.reasons.append(health.reason)
        else:
            self.told.append((health.since, health.state))


def test_a_life() -> None:
    bench = Bench()
    bench.feed.poll(0.0)
    bench.sources[0].next = (UNIT,)
    assert bench.feed.poll(1.0) == (UNIT,)
    bench.sources[0].next = ()
    bench.feed.poll(1.0 + STALL_AFTER)
    bench.sources[0].next = (UNIT,)
    bench.feed.poll(20.0)
    bench.sources[0].next = offline("gone")
    bench.feed.poll(30.0)
    assert bench.sources[0].closed
    bench.first = (UNIT,)
    bench.feed.poll(30.9)
    assert len(bench.sources) == 1
    bench.feed.poll(31.0)
    assert bench.told == [
        (1.0, CameraState.ONLINE),
        (11.0, CameraState.STALLED),
        (20.0, CameraState.ONLINE),
        (30.0, CameraState.OFFLINE),
        (31.0, CameraState.ONLINE),
    ]


def test_a_dead_camera_is_told_once_and_tried_for_ever() -> None:
    bench = Bench()
    bench.first = offline("first reason")
    bench.feed.poll(0.0)
    bench.first = offline("another reason")
    for second in range(1, 3600):
        bench.feed.poll(float(second))
    assert bench.told == [(0.0, CameraState.OFFLINE)]
    assert bench.feed.health == Health("cam", CameraState.OFFLINE, 0.0, "another reason")
    assert bench.reasons == ["another reason"], "the newest reason is told, once"
    assert 60 < len(bench.sources) < 90


def test_a_camera_that_flaps_and_then_stays_away_is_offline() -> None:
    """Attempts that bring no picture do not make the last one any younger."""
    bench = Bench()
    now = 0.0
    for _ in range(2 * LOSSES):
        bench.first = (UNIT,)
        bench.feed.poll(now)
        bench.sources[-1].next = offline("lost")
        bench.feed.poll(now + 0.5)
        now += 2.0
    flapping = bench.feed.health
    assert flapping.state is CameraState.FLAPPING
    assert flapping.reason.endswith("(last: lost)")
    bench.first = offline("refused")
    for second in range(int(GONE) + 60):
        bench.feed.poll(now + second)
    assert (bench.feed.health.state, bench.feed.health.reason) == (CameraState.OFFLINE, "refused")


@pytest.mark.parametrize(
    ("flapping", "state"), [(False, CameraState.FROZEN), (True, CameraState.FLAPPING)]
)
def test_of_several_that_are_true_the_first_is_said(flapping: bool, state: CameraState) -> None:
    bench = Bench()
    bench.first = (UNIT,)
    bench.feed.poll(0.0)
    bench.feed.condition.trouble = Trouble(CameraState.FROZEN, 0.5, "still")
    if flapping:
        bench.feed._flapping.since = 0.0
        bench.feed._flapping._losses.append(0.0)
    bench.feed.poll(1.0)
    assert bench.feed.health.state is state
    bench.sources[0].next = SourceError(CameraState.UNAUTHORISED, "wrong")
    bench.feed.poll(2.0)
    assert bench.feed.health.state is CameraState.UNAUTHORISED


def test_cameras_that_are_cut_off_together_do_not_dial_together() -> None:
    dialled: list[float] = []
    for number in range(200):
        bench = Bench(f"camera-{number}")
        bench.first = (UNIT,)
        bench.feed.poll(0.0)
        bench.sources[0].next = ()
        for tick in range(1, 200):
            bench.feed.poll(tick * 0.2)
            if bench.feed.source is None:
                dialled.append(tick * 0.2)
                break
    assert len(dialled) == 200
    assert max(Counter(int(at) for at in dialled).values()) < 60
    usual = STALL_AFTER + RENEW_AFTER
    assert usual - 3.5 <= min(dialled) <= max(dialled) <= usual + 3.5


def test_a_refused_login_waits_longer() -> None:
    bench = Bench()
    bench.first = unauthorised("wrong")
    for second in range(1200):
        bench.feed.poll(float(second))
    assert len(bench.sources) == 1200 / AFTER_REFUSED_LOGIN


def test_a_file_that_ended_is_not_opened_again() -> None:
    bench = Bench()
    bench.first = SourceError(CameraState.OFFLINE, "ended", final=True)
    for second in range(0, 100_000, 100):
        bench.feed.poll(float(second))
    assert len(bench.sources) == 1


def test_damage_is_told_and_forgiven() -> None:
    bench = Bench()
    bench.first = (UNIT,)
    bench.feed.poll(0.0)
    bench.feed.damaged_in_a_row = DAMAGED_KEYFRAMES
    bench.feed.poll(1.0)
    bench.feed.damaged_in_a_row = 0
    bench.feed.poll(2.0)
    assert [state for _, state in bench.told] == [
        CameraState.ONLINE,
        CameraState.STALLED,
        CameraState.ONLINE,
    ]


@pytest.mark.parametrize("error", [KeyError("bug"), ValueError("bug")])
def test_an_error_of_our_own_costs_one_camera_its_connection(error: Exception) -> None:
    bench = Bench()
    bench.first = error
    with capture_logs() as logs:
        for second in range(60):
            bench.feed.poll(float(second))
    assert "error of Fenghuo itself" in bench.feed.health.reason
    assert [entry["event"] for entry in logs] == ["camera_error"]


def test_what_came_last_from_a_camera_that_is_hung_up_on_is_counted() -> None:
    bench = Bench()
    bench.feed.poll(0.0)
    bench.sources[0].next = (UNIT, UNIT)
    bench.feed.damaged_in_a_row = DAMAGED_KEYFRAMES
    assert len(bench.feed.poll(1.0)) == 2
    assert bench.feed.poll(2.0 + 2 * RENEW_AFTER) == ()
    assert bench.sources[0].closed
    assert bench.feed.counters.drops == {Drop.DISCONNECTED: 2}
