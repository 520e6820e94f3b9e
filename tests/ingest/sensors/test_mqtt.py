"""MQTT against a real Mosquitto: what it says, its going and coming back, and last wills."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from configs.sensors import Sensor
from ingest.sensors.mqtt import MqttSubscriber, _client_id, by_broker
from ingest.sensors.reading import Quality, Reading, Refusal, RefusedReadingError
from tests.ingest.sensors.sample import mqtt, pond
from tests.mosquitto import Broker
from tests.services import need_program
from tests.waiting import wait_for

LIMIT = 60.0


class Heard:
    """A SensorSink that remembers."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.refusals: list[tuple[str, Refusal]] = []
        self.there: list[tuple[str, bool]] = []
        self.links: list[str] = []
        self.live: list[bool] = []
        self.on_disk = True
        self.fails = False

    def arrived(self, reading: Reading, *, live: bool = True) -> None:
        self.readings.append(reading)
        self.live.append(live)

    def settled(self) -> bool:
        return self.on_disk

    def refused(self, sensor_id: str, error: RefusedReadingError) -> None:
        self.refusals.append((sensor_id, error.refusal))

    def available(self, sensor_id: str, *, there: bool) -> None:
        self.there.append((sensor_id, there))

    def linked(self, sensor_ids: Collection[str], trouble: str) -> None:
        if self.fails and not trouble:
            self.fails = False
            raise RuntimeError("whatever nobody thought of")
        self.links.append(trouble)

    def is_linked(self) -> bool:
        return bool(self.links) and not self.links[-1]

    def values(self) -> list[float]:
        return [reading.value for reading in self.readings]


@contextmanager
def subscribed(
    heard: Heard, *sensors: Sensor, identity: str = "test", password: str | None = None
) -> Iterator[None]:
    """A subscriber that runs while the block does."""
    [(broker, mine)] = by_broker(sensors).items()
    subscriber = MqttSubscriber(
        broker,
        mine,
        heard,
        identity=identity,
        clock=time.time,
        environment={"POND_PASSWORD": password}.get,
    )
    subscriber.start()
    try:
        yield
    finally:
        subscriber.stop()


def test_one_message_with_the_values_of_two_sensors(tmp_path: Path) -> None:
    heard = Heard()
    with Broker(tmp_path) as broker:
        level = pond("level", source=mqtt(broker.port, value="/level", time="/at", unit="/unit"))
        other = pond("other", source=mqtt(broker.port, value="/other"))
        with subscribed(heard, level, other):
            wait_for(heard.is_linked, LIMIT, "connected")
            at = round(time.time() - 5, 3)
            topic = "town/pond/level"
            broker.publish(topic, f'{{"level": 1.5, "other": "7", "at": {at}, "unit": "m"}}')
            broker.publish(topic, '{"level": 150, "unit": "cm", "at": 1}')
            wait_for(lambda: len(heard.refusals) == 2, LIMIT, "both messages")
    assert [(r.sensor_id, r.value, r.quality) for r in heard.readings] == [
        ("level", 1.5, Quality.GOOD),
        ("other", 7.0, Quality.ARRIVAL_TIME),
    ]
    assert heard.readings[0].at == at
    assert heard.refusals == [("level", Refusal.WRONG_UNIT), ("other", Refusal.NOT_READABLE)]


def test_what_is_published_while_we_are_away_waits_for_us(tmp_path: Path) -> None:
    heard = Heard()
    with Broker(tmp_path) as broker:
        sensor = pond(source=mqtt(broker.port))
        with subscribed(heard, sensor):
            wait_for(heard.is_linked, LIMIT, "connected")
        for value in range(5):
            broker.publish("town/pond/level", str(value))
        with subscribed(heard, sensor):
            wait_for(lambda: len(heard.readings) == 5, LIMIT, "all that waited")
    assert heard.values() == [0, 1, 2, 3, 4]


def test_what_the_disk_has_not_taken_is_not_acknowledged(tmp_path: Path) -> None:
    heard, again = Heard(), Heard()
    heard.on_disk = False
    with Broker(tmp_path) as broker:
        sensor = pond(source=mqtt(broker.port))
        with subscribed(heard, sensor):
            wait_for(heard.is_linked, LIMIT, "connected")
            broker.publish("town/pond/level", "1")
            wait_for(lambda: bool(heard.readings), LIMIT, "the reading")
        with subscribed(again, sensor):
            wait_for(lambda: bool(again.readings), LIMIT, "it comes again")
            again.on_disk = True
        assert again.values() == [1.0]


def test_what_nobody_thought_of_ends_no_subscriber(tmp_path: Path) -> None:
    heard = Heard()
    heard.fails = True
    with (
        structlog.testing.capture_logs() as logs,
        Broker(tmp_path) as broker,
        subscribed(heard, pond(source=mqtt(broker.port))),
    ):
        wait_for(heard.is_linked, LIMIT, "connected at the second try")
        broker.publish("town/pond/level", "1")
        wait_for(lambda: bool(heard.readings), LIMIT, "a reading")
    assert sum(log["event"] == "broker.failed" for log in logs) == 1


def test_a_remembered_value_with_its_own_time_is_not_live(tmp_path: Path) -> None:
    heard = Heard()
    with Broker(tmp_path) as broker:
        payload = f'{{"v": 9, "at": {time.time() - 7200}}}'
        broker.publish("town/pond/level", payload, "-r")
        with subscribed(heard, pond(source=mqtt(broker.port, value="/v", time="/at"))):
            wait_for(lambda: bool(heard.readings), LIMIT, "what the broker remembers")
    assert heard.live[0] is False


def test_two_logins_of_one_broker_do_not_throw_each_other_out(tmp_path: Path) -> None:
    one, other = Heard(), Heard()
    with Broker(tmp_path) as broker:
        sensor = pond("a", source=mqtt(broker.port, "a"))
        source = mqtt(broker.port, "b", username="watcher")
        same_name = source.model_copy(update={"password_env": "OTHER_PASSWORD"})
        keys = by_broker([pond("b", source=source), pond("c", source=same_name)])
        assert len({_client_id("secret", key) for key in keys}) == 2
        with subscribed(one, sensor), subscribed(other, pond("b", source=source), password="x"):
            wait_for(lambda: one.is_linked() and other.is_linked(), LIMIT, "both are connected")
            broker.publish("a", "1")
            broker.publish("b", "2")
            wait_for(lambda: bool(one.readings and other.readings), LIMIT, "each hears its own")
    assert (one.values(), other.values()) == ([1.0], [2.0])


def test_nothing_is_lost_while_the_broker_is_killed_and_back(tmp_path: Path) -> None:
    """A publisher that keeps what is not acknowledged, as QoS 1 demands of it, and numbers what it
    sends: each number must arrive, once or more often."""
    heard = Heard()
    broker = Broker(tmp_path)
    broker.start()
    publisher = Client(CallbackAPIVersion.VERSION2, client_id="publisher", clean_session=False)
    publisher.reconnect_delay_set(1, 1)
    publisher.connect("127.0.0.1", broker.port)
    publisher.loop_start()
    try:
        with subscribed(heard, pond(source=mqtt(broker.port))):
            wait_for(heard.is_linked, LIMIT, "connected")
            for number in range(30):
                publisher.publish("town/pond/level", str(number), qos=1)
            wait_for(lambda: len(set(heard.values())) == 30, LIMIT, "the first thirty")
            broker.kill()
            wait_for(lambda: not heard.is_linked(), LIMIT, "the broker is missed")
            assert f"127.0.0.1:{broker.port}" in heard.links[-1]
            for number in range(30, 60):
                publisher.publish("town/pond/level", str(number), qos=1)
            broker.start()
            wait_for(heard.is_linked, LIMIT, "connected again")
            wait_for(lambda: len(set(heard.values())) == 60, LIMIT, "all sixty")
    finally:
        publisher.loop_stop()
        broker.kill()
    assert set(heard.values()) == set(range(60))


def test_a_device_that_dies_is_told_by_its_last_will(tmp_path: Path) -> None:
    heard = Heard()
    with Broker(tmp_path) as broker:
        sensor = pond(source=mqtt(broker.port, will="town/pond/state"))
        tool = need_program("mosquitto_sub", "mosquitto-clients")
        device = [tool, "-p", str(broker.port), "-i", "device", "-t", "orders"]
        will = ["--will-topic", "town/pond/state", "--will-payload", "offline", "--will-retain"]
        with subscribed(heard, sensor):
            wait_for(heard.is_linked, LIMIT, "connected")
            broker.publish("town/pond/state", "online", "-r")
            wait_for(lambda: heard.there == [("pond", True)], LIMIT, "the device is there")
            with subprocess.Popen([*device, *will]) as running:
                wait_for(lambda: _connected(tmp_path), LIMIT, "the device is connected")
                running.kill()
            wait_for(lambda: heard.there[-1] == ("pond", False), LIMIT, "its last will")


def _connected(folder: Path) -> bool:
    return " as device " in (folder / "mosquitto.log").read_text()


def test_what_the_broker_only_remembers_is_no_reading(tmp_path: Path) -> None:
    """A retained value has no time: nobody knows whether the device still lives."""
    heard = Heard()
    with Broker(tmp_path) as broker:
        broker.publish("town/pond/level", "9", "-r")
        with subscribed(heard, pond(source=mqtt(broker.port))):
            wait_for(heard.is_linked, LIMIT, "connected")
            broker.publish("town/pond/level", "1")
            wait_for(lambda: bool(heard.readings), LIMIT, "the live one")
    assert heard.values() == [1.0]


@pytest.mark.parametrize(
    ("password", "words"),
    [("wrong-secret", "refuses us"), (None, "POND_PASSWORD is not set")],
)
def test_a_refused_password_is_a_reason_and_never_shown(
    tmp_path: Path, password: str | None, words: str
) -> None:
    heard = Heard()
    with (
        structlog.testing.capture_logs() as logs,
        Broker(tmp_path, password=("watcher", "right-secret")) as broker,
        subscribed(heard, pond(source=mqtt(broker.port, username="watcher")), password=password),
    ):
        wait_for(lambda: bool(heard.links), LIMIT, "a reason")
    assert words in heard.links[0]
    assert sum(log["event"] == "broker.lost" for log in logs) == 1
    assert "secret" not in f"{logs}{heard.links}"


def test_the_right_password_lets_us_in(tmp_path: Path) -> None:
    heard = Heard()
    with Broker(tmp_path, password=("watcher", "right-secret")) as broker:
        sensor = pond(source=mqtt(broker.port, username="watcher"))
        with subscribed(heard, sensor, password="right-secret"):
            wait_for(heard.is_linked, LIMIT, "connected")


def test_a_topic_that_left_the_town_file_is_let_go(tmp_path: Path) -> None:
    before, heard = Heard(), Heard()
    with Broker(tmp_path) as broker:
        with subscribed(before, pond(source=mqtt(broker.port, "old"))):
            wait_for(before.is_linked, LIMIT, "connected")
        broker.publish("old", "1")
        with subscribed(heard, pond(source=mqtt(broker.port, "new"))):
            wait_for(heard.is_linked, LIMIT, "connected")
            broker.publish("new", "2")
            wait_for(lambda: bool(heard.readings), LIMIT, "the new topic")
    assert heard.values() == [2.0]


def test_two_sensors_of_one_broker_share_a_connection() -> None:
    one, two = pond("a", source=mqtt(1883, "a")), pond("b", source=mqtt(1883, "b"))
    other = pond("c", source=mqtt(1884, "c"))
    off = pond("d", source=mqtt(1885, "d")).model_copy(update={"enabled": False})
    assert {str(b): [s.id for s in ss] for b, ss in by_broker([one, two, other, off]).items()} == {
        "127.0.0.1:1883": ["a", "b"],
        "127.0.0.1:1884": ["c"],
    }
