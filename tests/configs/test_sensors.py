"""What is wrong with a sensor in a town file is said with its line and its mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.load import load_town, sample_town
from configs.sensors import MqttSource, RateConfig
from tests.configs.test_load import SOUND, problems_of

SENSOR = """\
sensors:
  - id: pond
    name: {zh: 塘, en: Pond}
    kind: water_level
    unit: m
    position: {lon: 120.005, lat: 36.005}
    source: {via: mqtt, url: "mqtt://broker", topic: a/b, value: /level, availability: {topic: a/c}}
    cameras: [lane]
    keeper: police
    rules:
      - {rule: threshold, event: water_level, above: 2, off: 1.5}
      - {rule: rate, event: flooding, rising: 0.5, window: 10m}
"""


def test_a_sound_sensor_has_no_problems(tmp_path: Path) -> None:
    assert problems_of(tmp_path, SOUND + SENSOR) == []


@pytest.mark.parametrize(
    ("right", "wrong", "where", "words"),
    [
        ("above: 2, off: 1.5", "above: 2, off: 2", "rules[0]", "off (2) must lie under above (2)"),
        ("above: 2, off", "below: 2, off", "rules[0]", "off (1.5) must lie over below (2)"),
        ("above: 2, off", "above: 2, below: 1, off", "rules[0]", "either above or below"),
        ("above: 2, off", "above: .nan, off", "rules[0].above", "finite"),
        ("above: 2, off: 1.5", "above: 2", "rules[0].off", "is missing"),
        ("above: 2", "abov: 2", "rules[0].abov", "did you mean 'above'"),
        ("rising: 0.5", "rising: 0.5, off: 0.5", "rules[1]", "must be below the rate"),
        ("rising: 0.5,", "", "rules[1]", "either rising or falling"),
        (
            "event: flooding",
            "event: water_level",
            "rules[1].event",
            "rules.0.event and rules.1.event",
        ),
        ("event: flooding", "event: sensor_offline", "rules[1].event", "silence.event"),
        ("event: flooding", "event: flod", "rules[1].event", "is no event type"),
        ("mqtt://broker", "mqtt://me:secret@broker", "source.url", "must not stand in the url"),
        ("mqtt://broker", "http://broker", "source.url", "use mqtt:// or mqtts://"),
        ("mqtt://broker", "mqtt://broker:99999", "source.url", "is not a URL"),
        ("mqtt://broker", "mqtt://broker/topic", "source.url", "nothing more"),
        ("topic: a/b", "topic: a/+", "source.topic", "does not fit"),
        ("value: /level", "value: level", "source.value", "does not fit"),
        ("{topic: a/c}", "{topic: a/c, online: offline}", "availability", "must differ"),
        ("via: mqtt", "via: smoke signals", "source", "mqtt"),
        ("[lane]", "[lane, gate]", "cameras[1]", "'gate' is no camera"),
        ("keeper: police", "keeper: nobody", "keeper", "'nobody' is no department"),
        ("unit: m", "unit: m\n    lowest: 3\n    highest: 3", "sensors[0]", "under highest (3)"),
        ("kind: water_level", "kind: wet", "kind", "water_level"),
    ],
)
def test_a_mistake_is_named_where_it_stands(
    tmp_path: Path, right: str, wrong: str, where: str, words: str
) -> None:
    assert right in SENSOR
    found = problems_of(tmp_path, SOUND + SENSOR.replace(right, wrong, 1))
    assert found, "it must be noticed"
    assert where in found[0].where
    said = f"{found[0].message} {found[0].fix}"
    assert words in said
    assert "secret" not in str(found[0])
    assert found[0].line > SOUND.count("\n")


def test_two_sensors_of_one_id_and_one_in_no_grid(tmp_path: Path) -> None:
    twice = SENSOR + SENSOR.removeprefix("sensors:\n")
    assert "'pond' is the id of" in problems_of(tmp_path, SOUND + twice)[0].message
    away = SENSOR.replace("lat: 36.005", "lat: 37.005")
    [warning] = problems_of(tmp_path, SOUND + away)
    assert "lies in no grid" in warning.message


def test_a_password_needs_a_user(tmp_path: Path) -> None:
    text = SENSOR.replace("topic: a/b", "topic: a/b, password_env: POND")
    [problem] = problems_of(tmp_path, SOUND + text)
    assert problem.fix == "add username"


def test_ports_are_the_registered_ones() -> None:
    plain = MqttSource(via="mqtt", url="mqtt://broker", topic="a")
    assert (plain.host, plain.port, plain.tls) == ("broker", 1883, False)
    secure = plain.model_copy(update={"url": "mqtts://[::1]"})
    assert (secure.host, secure.port, secure.tls) == ("::1", 8883, True)


def test_the_demo_has_sensors_that_a_user_can_push_to() -> None:
    town = load_town(sample_town("demo"))
    assert {sensor.source.via for sensor in town.sensors} == {"push"}
    assert any(isinstance(rule, RateConfig) for sensor in town.sensors for rule in sensor.rules)
