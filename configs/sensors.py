"""A sensor as the town file describes it: where it speaks, and which of its values are an alarm."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from configs.values import Identifier, Model, Name, Position, Seconds

Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class SensorKind(StrEnum):
    """What it measures; pages choose its mark by it."""

    WATER_LEVEL = "water_level"
    SMOKE = "smoke"
    TEMPERATURE = "temperature"
    GAS = "gas"
    TILT = "tilt"
    """Manhole covers, poles, walls."""
    OTHER = "other"


Topic = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^+#\x00]+$")]
"""One topic: no wildcards, which would mix sensors (MQTT 3.1.1 §4.7)."""

Pointer = Annotated[str, Field(pattern=r"^(/[^/]*)*$", max_length=256)]
"""Where a value stands in a JSON payload, by RFC 6901: `/data/level`, `/values/0`. Empty: the
payload itself."""


class Availability(Model):
    """A topic that says whether a device is there: the device, or by its last will the broker."""

    topic: Topic
    online: Annotated[str, Field(min_length=1, max_length=64)] = "online"
    offline: Annotated[str, Field(min_length=1, max_length=64)] = "offline"

    @model_validator(mode="after")
    def _two_words(self) -> Availability:
        if self.online == self.offline:
            raise ValueError(f"online and offline are both {self.online!r}; they must differ")
        return self


class MqttSource(Model):
    """A topic of an MQTT broker. Secrets never stand here, as with cameras."""

    via: Literal["mqtt"]
    url: str = Field(description="mqtt://host[:port] or mqtts://host[:port], without credentials")
    topic: Topic
    username: str | None = None
    password_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    value: Pointer = Field(default="", description="where the value stands; empty: a plain number")
    time: Pointer | None = Field(
        default=None,
        description="where its time stands: RFC 3339, or Unix seconds or milliseconds; "
        "none: the time of arrival",
    )
    reported_unit: Pointer | None = Field(
        default=None, description="where its unit stands, to be held against `unit`"
    )
    availability: Availability | None = None

    @field_validator("url")
    @classmethod
    def _broker(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"is not a URL: {error}; write mqtt://host:1883") from None
        if parts.username is not None or parts.password is not None:
            raise ValueError("credentials must not stand in the url; use username and password_env")
        if parts.scheme not in {"mqtt", "mqtts"}:
            raise ValueError(f"scheme {parts.scheme!r} is not known; use mqtt:// or mqtts://")
        if not parts.hostname or port == 0 or parts.path not in {"", "/"} or parts.query:
            raise ValueError("must be mqtt://host or mqtt://host:port and nothing more")
        return url

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The one of the URL, or the registered one (IANA: 1883, with TLS 8883)."""
        return urlsplit(self.url).port or (8883 if self.tls else 1883)

    @property
    def tls(self) -> bool:
        return urlsplit(self.url).scheme == "mqtts"


class PushSource(Model):
    """A gateway sends its readings to `POST /api/v1/sensors/readings`."""

    via: Literal["push"]


SensorSource = Annotated[MqttSource | PushSource, Field(discriminator="via")]


class SensorRuleConfig(Model):
    """What all rules of sensors share. `event` is a code of the event catalogue."""

    event: Identifier
    dwell: Seconds = Field(default=0.0, description="how long it must last before it counts")
    clear_after: Seconds = Field(
        default=60.0, description="how long it must be over before the episode ends"
    )
    cooldown: Seconds = Field(
        default=600.0, description="silence after an episode ends, before the next may open"
    )


class ThresholdConfig(SensorRuleConfig):
    """A value too high or too low, with hysteresis: begun at one level, over at another."""

    rule: Literal["threshold"]
    above: Number | None = Field(default=None, description="an alarm from this value upwards")
    below: Number | None = Field(default=None, description="an alarm from this value downwards")
    off: Number = Field(description="over from this value on; it lies on the harmless side")

    @model_validator(mode="after")
    def _one_side(self) -> ThresholdConfig:
        if (self.above is None) == (self.below is None):
            raise ValueError("needs either above or below; for both sides write two rules")
        if self.above is not None and self.off >= self.above:
            raise ValueError(f"off ({self.off:g}) must lie under above ({self.above:g})")
        if self.below is not None and self.off <= self.below:
            raise ValueError(f"off ({self.off:g}) must lie over below ({self.below:g})")
        return self


class RateConfig(SensorRuleConfig):
    """A value that changes too quickly, in units a minute over a window of its own time."""

    rule: Literal["rate"]
    rising: Positive | None = Field(default=None, description="units a minute, upwards")
    falling: Positive | None = Field(default=None, description="units a minute, downwards")
    off: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None, description="over at this rate or less; none: half of the other"
    )
    window: Annotated[Seconds, Field(ge=1.0, le=86_400.0)] = Field(
        default=300.0, description="readings of this long are compared"
    )

    @model_validator(mode="after")
    def _one_way(self) -> RateConfig:
        if (self.rising is None) == (self.falling is None):
            raise ValueError("needs either rising or falling; for both ways write two rules")
        if self.off is not None and self.off >= self.limit:
            raise ValueError(f"off ({self.off:g}) must be below the rate ({self.limit:g})")
        return self

    @property
    def limit(self) -> float:
        """Units a minute, without the sign."""
        return self.rising or self.falling or 0.0


class SilenceConfig(SensorRuleConfig):
    """The sensor itself: offline by its last will, or silent, for this long."""

    rule: Literal["silence"] = "silence"
    event: Identifier = "sensor_offline"
    dwell: Seconds = 60.0
    clear_after: Seconds = 10.0


SensorRule = Annotated[ThresholdConfig | RateConfig, Field(discriminator="rule")]


class Sensor(Model):
    """One measured value at one place of the ground, where its tickets' routing starts."""

    id: Identifier
    name: Name
    kind: SensorKind = SensorKind.OTHER
    unit: Annotated[str, Field(max_length=20)] = ""
    position: Position
    source: SensorSource
    lowest: Number | None = Field(default=None, description="what is lower is refused as broken")
    highest: Number | None = Field(default=None, description="what is higher is refused as broken")
    silent_after: Annotated[Seconds, Field(gt=0)] = Field(
        default=900.0, description="silent when nothing came for this long; three of its intervals"
    )
    rules: tuple[SensorRule, ...] = ()
    silence: SilenceConfig = SilenceConfig()
    cameras: tuple[Identifier, ...] = Field(
        default=(), description="whose clip goes with an alarm, the best one first"
    )
    camera_radius: Annotated[float, Field(ge=0, le=2000)] = Field(
        default=60.0, description="metres within which the nearest cameras are taken; 0: none"
    )
    keeper: Identifier | None = Field(default=None, description="department that maintains it")
    enabled: bool = True

    @model_validator(mode="after")
    def _range(self) -> Sensor:
        if self.lowest is not None and self.highest is not None and self.lowest >= self.highest:
            raise ValueError(f"lowest ({self.lowest:g}) must be under highest ({self.highest:g})")
        return self
