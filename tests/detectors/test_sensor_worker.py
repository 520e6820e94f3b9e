"""The sensors' process: what it is told, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from detectors.event import Event, Phase
from detectors.lifecycle import EXIT_BAD_CONFIG, EXIT_FENCED
from detectors.sensor_worker_config import SensorWorkerConfig
from ingest.sensors.health import SensorState
from tests.detectors.receiver import Receiver
from tests.ingest.sensors.sample import HIGH, mqtt, pond
from tests.mosquitto import Broker
from tests.waiting import wait_for

TOKEN = "a-machine-token-for-tests"


def start(first: bytes, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "detectors.sensor_worker"], stdin=subprocess.PIPE, stderr=file
        )
    assert process.stdin is not None
    process.stdin.write(first + b"\n")
    process.stdin.flush()
    return process


def test_it_says_how_its_sensors_are_and_ends_when_a_younger_one_takes_over(tmp_path: Path) -> None:
    with Receiver() as receiver:
        config = SensorWorkerConfig(
            sensors=(pond(source=mqtt(1)),),
            command_center=receiver.url,
            token=SecretStr(TOKEN),
            data_dir=tmp_path / "sensors",
            log_format="json",
        )
        with start(config.model_dump_json().encode(), tmp_path / "log") as process:
            try:
                assert receiver.wait_for(
                    lambda: any(
                        sensor.state is SensorState.OFFLINE and "127.0.0.1:1" in sensor.reason
                        for beat in receiver.beats
                        for sensor in beat.sensors
                    ),
                    60.0,
                )
                receiver.status_of = lambda _path: 409
                assert process.wait(60) == EXIT_FENCED
            finally:
                process.kill()
    assert TOKEN not in (tmp_path / "log").read_text()


def test_a_kill_in_a_dwell_and_one_in_an_open_alert_cost_neither_alarm_nor_end(
    tmp_path: Path,
) -> None:
    """A device that says each of its values once."""
    rule = HIGH.model_copy(update={"dwell": 3.0, "clear_after": 1.0})
    with Receiver() as receiver, Broker(tmp_path / "broker") as broker:
        config = SensorWorkerConfig(
            sensors=(pond("pond", rule, source=mqtt(broker.port), silent_after=600.0),),
            command_center=receiver.url,
            token=SecretStr(TOKEN),
            data_dir=tmp_path / "sensors",
        )
        line = config.model_dump_json().encode()

        def lived_until(condition: Callable[[], bool], then: str = "") -> None:
            """A process that is killed once the condition holds; `then` is what is said to it."""
            receiver.beats.clear()
            with start(line, tmp_path / "log") as process:
                try:
                    if then:
                        assert receiver.wait_for(lambda: _is_linked(receiver), 60.0)
                        broker.publish("town/pond/level", then)
                    assert receiver.wait_for(condition, 60.0), (tmp_path / "log").read_text()
                finally:
                    process.kill()

        lived_until(lambda: _newest(receiver) == 2.5, then="2.5")
        lived_until(lambda: len(_told(receiver)) == 1)
        lived_until(lambda: len(_told(receiver)) == 2, then="1.0")
    told = _told(receiver)
    assert [event.data.phase for event in told] == [Phase.OPENED, Phase.CLEARED]
    assert len({event.data.episode_id for event in told}) == 1


def _told(receiver: Receiver) -> list[Event]:
    """Each event once: one that was told just before the kill is told again."""
    return list({event.id: event for event in receiver.events}.values())


def _is_linked(receiver: Receiver) -> bool:
    states = {sensor.state for beat in receiver.beats[-1:] for sensor in beat.sensors}
    return bool(states & {SensorState.WAITING, SensorState.ONLINE})


def _newest(receiver: Receiver) -> float | None:
    values = [sensor.value for beat in receiver.beats[-1:] for sensor in beat.sensors]
    return values[0] if values else None


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    with Receiver() as receiver:
        config = SensorWorkerConfig(
            command_center=receiver.url, token=SecretStr(TOKEN), data_dir=tmp_path / "sensors"
        )
        with start(config.model_dump_json().encode(), tmp_path / "log") as process:
            try:
                wait_for(lambda: receiver.beats, 60, "it lives")
                assert process.stdin is not None
                process.stdin.close()
                assert process.wait(60) == 0
            finally:
                process.kill()


def test_a_bad_configuration_is_named_without_the_token(tmp_path: Path) -> None:
    line = b'{"token": "%s", "command_center": "ftp://x", "data_dir": "."}' % TOKEN.encode()
    with start(line, tmp_path / "log") as process:
        assert process.wait(60) == EXIT_BAD_CONFIG
    said = (tmp_path / "log").read_text()
    assert "command_center" in said
    assert TOKEN not in said
