"""Pushed readings: dealt with before they are said to be, and asked for again until then."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from configs.sensors import Sensor
from detectors.bus import BusDownError
from detectors.event import Event, Phase
from detectors.outbox import OutboxError
from detectors.sensors.pipeline import SensorPipeline
from detectors.sensors.pushed import Fetcher, PushedReading, PushedReadings
from ingest.sensors.reading import Quality, Refusal, RefusedReadingError
from tests.ingest.sensors.sample import HIGH, NOW, pond, reading


class Center:
    """Keeps readings until they are done, as the command center does."""

    def __init__(self, *values: float) -> None:
        self.waiting = [
            PushedReading(
                seq=seq,
                sensor_id="pond",
                value=value,
                unit="m",
                at=datetime.fromtimestamp(NOW + seq, UTC),
                quality=Quality.GOOD,
            )
            for seq, value in enumerate(values)
        ]
        self.down = False

    def next_readings(self, epoch: int, done: Collection[int], wait: float) -> PushedReadings:
        if self.down:
            raise BusDownError("down")
        self.waiting = [item for item in self.waiting if item.seq not in done]
        return PushedReadings(items=tuple(self.waiting[:2]))


class Stage:
    def __init__(self, center: Center, *sensors: Sensor) -> None:
        self.events: list[Event] = []
        self.disk_full = False
        self.epoch: int | None = 1
        self.pipeline = SensorPipeline(
            "sensors",
            sensors or (pond("pond", HIGH),),
            record=self._record,
            epoch=lambda: 1,
            clock=lambda: NOW + 100,
        )
        self.fetcher = Fetcher(
            center,
            self.pipeline,
            epoch=lambda: self.epoch,
            on_fenced=lambda _why: None,
            clock=lambda: NOW + 100,
        )

    def _record(self, event: Event) -> None:
        if self.disk_full:
            raise OutboxError("the disk is full")
        self.events.append(event)

    def phases(self) -> list[Phase]:
        return [event.data.phase for event in self.events]


def test_all_are_dealt_with_in_their_order_and_then_forgotten() -> None:
    center = Center(1.0, 2.5, 2.6, 1.0)
    stage = Stage(center)
    assert [stage.fetcher.fetch(0) for _ in range(3)] == [2, 2, 0]
    assert center.waiting == []
    assert stage.phases() == [Phase.OPENED, Phase.CLEARED]
    opened = stage.events[0]
    assert opened.source == "/shards/sensors/sensors/pond"
    assert (opened.data.sensor_id, opened.data.camera_id) == ("pond", None)
    assert opened.data.measured is not None
    assert opened.data.measured.value == 2.5


def test_what_comes_again_after_a_failure_makes_no_second_event() -> None:
    center = Center(2.5)
    stage = Stage(center)
    stage.fetcher.fetch(0)
    center.down = True
    with pytest.raises(BusDownError):
        stage.fetcher.fetch(0)
    center.down = False
    again = Stage(center)  # a restarted process does not know what the dead one had done
    assert again.fetcher.fetch(0) == 1
    assert stage.fetcher.fetch(0) == 0
    assert stage.phases() == [Phase.OPENED]


def test_without_an_epoch_nothing_is_asked() -> None:
    stage = Stage(Center(2.5))
    stage.epoch = None
    with pytest.raises(BusDownError):
        stage.fetcher.fetch(0)


def test_a_sensor_that_is_not_in_the_town_costs_nobody_else_anything() -> None:
    stage = Stage(Center(2.5), pond("other", HIGH))
    assert stage.fetcher.fetch(0) == 1
    assert stage.pipeline.stats().unknown == 1
    assert stage.events == []


def test_a_full_disk_makes_the_event_wait_and_not_be_lost() -> None:
    center = Center(2.5)
    stage = Stage(center)
    stage.disk_full = True
    for _ in range(2):
        with pytest.raises(OutboxError):
            stage.fetcher.fetch(0)
    assert stage.pipeline.stats().events_unwritten == 1
    assert len(center.waiting) == 1, "it is not said to be dealt with"
    stage.disk_full = False
    stage.pipeline.tick()
    assert [stage.fetcher.fetch(0) for _ in range(2)] == [1, 0]
    assert stage.phases() == [Phase.OPENED]


def test_good_and_bad_by_turns_are_said_once_an_hour() -> None:
    now = [NOW]
    pipeline = SensorPipeline(
        "sensors",
        (pond(),),
        record=lambda _event: None,
        epoch=lambda: 1,
        clock=lambda: now[0],
    )
    with capture_logs() as logs:
        for second in range(0, 7200, 10):
            now[0] = NOW + second
            pipeline.refused("pond", RefusedReadingError(Refusal.WRONG_UNIT, "the unit is 'cm'"))
            pipeline.arrived(reading(1.0, NOW + second))
    names = [log["event"] for log in logs]
    assert names.count("reading.refused") == 2
    assert names.count("reading.accepted_again") == 2


def test_a_sensor_that_falls_silent_and_comes_back_is_logged_once_each_way() -> None:
    now = [NOW]
    pipeline = SensorPipeline(
        "sensors",
        (pond(silent_after=10),),
        record=lambda _event: None,
        epoch=lambda: 1,
        clock=lambda: now[0],
    )
    with capture_logs() as logs:
        for second in range(40):
            now[0] = NOW + second
            pipeline.refused("pond", RefusedReadingError(Refusal.WRONG_UNIT, "the unit is 'cm'"))
            pipeline.tick()
    names = [log["event"] for log in logs]
    assert names.count("reading.refused") == 1
    assert names.count("sensor.away") == 1
    assert next(log for log in logs if log["event"] == "sensor.away")["sensor"] == "pond"
