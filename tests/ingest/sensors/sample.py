"""Sensors as a town file describes them, for tests."""

from __future__ import annotations

from configs.sensors import (
    Availability,
    MqttSource,
    PushSource,
    Sensor,
    SensorKind,
    SensorRule,
    SensorSource,
    ThresholdConfig,
)
from configs.values import Name, Position
from ingest.sensors.reading import Quality, Reading

NOW = 1_790_000_000.0
HIGH = ThresholdConfig(
    rule="threshold", event="water_level", above=2.0, off=1.5, clear_after=0, cooldown=0
)


def pond(
    sensor_id: str = "pond",
    *rules: SensorRule,
    source: SensorSource | None = None,
    silent_after: float = 60.0,
    lowest: float | None = None,
    highest: float | None = None,
) -> Sensor:
    return Sensor(
        id=sensor_id,
        name=Name(zh="塘", en="Pond"),
        kind=SensorKind.WATER_LEVEL,
        unit="m",
        position=Position(lon=122.0512, lat=37.1912),
        source=source or PushSource(via="push"),
        silent_after=silent_after,
        lowest=lowest,
        highest=highest,
        rules=rules,
    )


def mqtt(
    port: int = 1883,
    topic: str = "town/pond/level",
    *,
    value: str = "",
    time: str | None = None,
    unit: str | None = None,
    will: str | None = None,
    username: str | None = None,
) -> MqttSource:
    return MqttSource(
        via="mqtt",
        url=f"mqtt://127.0.0.1:{port}",
        topic=topic,
        value=value,
        time=time,
        reported_unit=unit,
        username=username,
        password_env="POND_PASSWORD" if username else None,
        availability=Availability(topic=will) if will else None,
    )


def reading(value: float, at: float = NOW, sensor_id: str = "pond") -> Reading:
    return Reading(sensor_id, value, "m", at, Quality.GOOD)
