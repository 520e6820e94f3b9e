"""A reading, and what is refused before it becomes one."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from configs.sensors import Sensor

AHEAD = 60.0
"""Seconds. A device's clock that is further ahead than this is wrong: without NTP they drift by
seconds a day. The time of arrival stands instead, or no later reading would ever be newer."""
OLDEST = 7 * 86_400.0
"""Seconds. A gateway that was cut off for a week still tells what it kept; what is older is a clock
that begins at 1970 or at its firmware's date."""
LARGEST = 1e12
"""Beyond every physical value in every unit; error codes such as 2^63 lie beyond it."""
LONGEST_TEXT = 64
"""Characters of a number or a time that stands as text."""

_NUMBER = re.compile(r"[+-]?\d{1,16}(\.\d{1,16})?([eE][+-]?\d{1,3})?")
_MILLISECONDS_FROM = 1e11
"""As seconds this is the year 5138, as milliseconds 1973: nobody means seconds."""


class Quality(StrEnum):
    """What is to be known about a reading's time."""

    GOOD = "good"
    ARRIVAL_TIME = "arrival_time"
    """It brought no time of its own."""
    CLOCK_OFF = "clock_off"
    """Its own time lay ahead of ours; the time of arrival stands instead."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value. `at` is Unix seconds."""

    sensor_id: str
    value: float
    unit: str
    at: float
    quality: Quality


@dataclass(frozen=True, slots=True)
class Sample:
    """What a message says, as it came: JSON values that nobody has looked at."""

    value: object
    time: object = None
    unit: object = None


class Refusal(StrEnum):
    """Why a message is no reading."""

    TOO_LARGE = "too_large"
    NOT_READABLE = "not_readable"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    WRONG_UNIT = "wrong_unit"
    BAD_TIME = "bad_time"
    TOO_OLD = "too_old"


class RefusedReadingError(ValueError):
    """A message that is no reading; the text says why, in words for the device's keeper."""

    def __init__(self, refusal: Refusal, words: str) -> None:
        super().__init__(words)
        self.refusal = refusal


def reading_of(sensor: Sensor, sample: Sample, arrived: float) -> Reading:
    """The reading that a sample is. `arrived` is Unix seconds.

    Raises:
        RefusedReadingError: it is no number, out of the sensor's range, of another unit, or its
            time cannot be read or is more than a week old.
    """
    value = number_of(sample.value)
    if (sensor.lowest is not None and value < sensor.lowest) or (
        sensor.highest is not None and value > sensor.highest
    ):
        raise RefusedReadingError(
            Refusal.OUT_OF_RANGE, f"{value:g} {sensor.unit} lies outside lowest…highest"
        )
    _check_unit(sensor, sample.unit)
    at, quality = _time_of(sample.time, arrived)
    return Reading(sensor.id, value, sensor.unit, at, quality)


def number_of(value: object) -> float:
    """A finite number from JSON: a number, a number as text, or true and false as 1 and 0.

    Raises:
        RefusedReadingError: it is anything else.
    """
    if isinstance(value, str):
        text = value.strip()
        if len(text) > LONGEST_TEXT or not _NUMBER.fullmatch(text):
            raise RefusedReadingError(Refusal.NOT_A_NUMBER, f"{_shown(value)} is no number")
        value = float(text)
    if not isinstance(value, int | float):
        raise RefusedReadingError(Refusal.NOT_A_NUMBER, f"{_shown(value)} is no number")
    # An int is compared before it is converted: one of 400 digits does not fit a float.
    if abs(value) > LARGEST or not math.isfinite(value):
        raise RefusedReadingError(Refusal.NOT_A_NUMBER, f"no such value: beyond ±{LARGEST:g}")
    return float(value)


def _check_unit(sensor: Sensor, unit: object) -> None:
    if unit is None or unit == sensor.unit:
        return
    raise RefusedReadingError(
        Refusal.WRONG_UNIT, f"the unit is {_shown(unit)}, the town file says {sensor.unit!r}"
    )


def _time_of(time: object, arrived: float) -> tuple[float, Quality]:
    if time is None:
        return arrived, Quality.ARRIVAL_TIME
    at = _seconds_of(time)
    if at > arrived + AHEAD:
        return arrived, Quality.CLOCK_OFF
    if at < arrived - OLDEST:
        days = (arrived - at) / 86_400
        raise RefusedReadingError(
            Refusal.TOO_OLD, f"its time lies {days:.0f} days back; set the device's clock"
        )
    return at, Quality.GOOD


def _seconds_of(time: object) -> float:
    bad = RefusedReadingError(
        Refusal.BAD_TIME, f"{_shown(time)} is no time; send RFC 3339 with a zone, or Unix seconds"
    )
    if isinstance(time, bool):
        raise bad
    if isinstance(time, int | float):
        if not -LARGEST * 10 < time < LARGEST * 10:  # also false for NaN
            raise bad
        return time / 1000.0 if abs(time) >= _MILLISECONDS_FROM else float(time)
    if not isinstance(time, str) or len(time) > LONGEST_TEXT:
        raise bad
    if _NUMBER.fullmatch(time):
        return _seconds_of(float(time))
    try:
        moment = datetime.fromisoformat(time)
        if moment.tzinfo is None:
            raise bad
        return moment.timestamp()
    except (ValueError, OverflowError):
        raise bad from None


def _shown(value: object) -> str:
    """What came, cut short: whoever sends megabytes does not fill the log with them."""
    if isinstance(value, str):
        return repr(value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + "…")
    if isinstance(value, bool | float) or value is None:
        return repr(value)
    return f"a {type(value).__name__}"
