"""What becomes a reading and what is refused, and with which words."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.sensors import MqttSource
from ingest.sensors.payload import MOST_BYTES, sample_of
from ingest.sensors.reading import (
    AHEAD,
    LARGEST,
    OLDEST,
    Quality,
    Reading,
    Refusal,
    RefusedReadingError,
    Sample,
    reading_of,
)
from tests.ingest.sensors.sample import NOW, mqtt, pond

JSON = mqtt(value="/data/level", time="/ts", unit="/unit")


def of(payload: bytes, value: str = "", time: str | None = None) -> Reading:
    source = mqtt(value=value, time=time)
    return reading_of(pond(), sample_of(payload, source), NOW)


@pytest.mark.parametrize(
    ("payload", "pointer", "expected"),
    [
        (b"1.85", "", 1.85),
        (b" -3 ", "", -3.0),
        (b"1e2", "", 100.0),
        (b'"21.5"', "", 21.5),
        (b"true", "", 1.0),
        (b"false", "", 0.0),
        (b'{"level": 1.5}', "/level", 1.5),
        (b'{"values": [7, {"v": "8"}]}', "/values/1/v", 8.0),
        (b'{"a/b": {"~": 4}}', "/a~1b/~0", 4.0),
    ],
)
def test_a_number_is_found_where_the_pointer_says(
    payload: bytes, pointer: str, expected: float
) -> None:
    assert of(payload, pointer).value == expected


@pytest.mark.parametrize(
    ("payload", "pointer", "refusal"),
    [
        (b"", "", Refusal.NOT_A_NUMBER),
        (b"ON", "", Refusal.NOT_A_NUMBER),
        (b"NaN", "", Refusal.NOT_A_NUMBER),
        (b"-Infinity", "", Refusal.NOT_A_NUMBER),
        (b'"nan"', "", Refusal.NOT_A_NUMBER),
        (b"1e999", "", Refusal.NOT_A_NUMBER),
        (b"9" * 400, "", Refusal.NOT_A_NUMBER),
        (b"9" * 5000, "", Refusal.NOT_A_NUMBER),
        (b"1e13", "", Refusal.NOT_A_NUMBER),
        (b"null", "", Refusal.NOT_A_NUMBER),
        (b'{"level": [1]}', "/level", Refusal.NOT_A_NUMBER),
        (b'{"level": 1}', "/levels", Refusal.NOT_READABLE),
        (b"[1]", "/1", Refusal.NOT_READABLE),
        (b"[1]", "/-1", Refusal.NOT_READABLE),
        (b"[" * 60_000, "/0", Refusal.NOT_READABLE),
        (b"\xff\xfe", "", Refusal.NOT_READABLE),
        (b"1" * (MOST_BYTES + 1), "", Refusal.TOO_LARGE),
    ],
)
def test_what_is_no_number_is_refused(payload: bytes, pointer: str, refusal: Refusal) -> None:
    with pytest.raises(RefusedReadingError) as caught:
        of(payload, pointer)
    assert caught.value.refusal is refusal
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("time", "at"),
    [
        (NOW - 5, NOW - 5),
        (int(NOW * 1000) - 5000, NOW - 5),
        (str(NOW - 5), NOW - 5),
        ("2026-09-21T14:13:15Z", NOW - 5),
        ("2026-09-21T22:13:15+08:00", NOW - 5),
        (NOW + AHEAD, NOW + AHEAD),
        (NOW - OLDEST, NOW - OLDEST),
    ],
)
def test_its_own_time_is_taken(time: object, at: float) -> None:
    reading = reading_of(pond(), Sample(1.0, time), NOW)
    assert (reading.at, reading.quality) == (at, Quality.GOOD)


def test_without_a_time_it_is_that_of_arrival_and_says_so() -> None:
    reading = reading_of(pond(), Sample(1.0), NOW)
    assert (reading.at, reading.quality) == (NOW, Quality.ARRIVAL_TIME)


def test_a_clock_that_is_ahead_is_not_believed() -> None:
    reading = reading_of(pond(), Sample(1.0, NOW + 3600), NOW)
    assert (reading.at, reading.quality) == (NOW, Quality.CLOCK_OFF)


@pytest.mark.parametrize(
    ("time", "refusal"),
    [
        (0, Refusal.TOO_OLD),
        (NOW - OLDEST - 1, Refusal.TOO_OLD),
        ("1970-01-01T00:00:00Z", Refusal.TOO_OLD),
        ("2026-09-21T14:13:20", Refusal.BAD_TIME),
        ("yesterday", Refusal.BAD_TIME),
        ("0001-01-01T00:00:00+14:00", Refusal.TOO_OLD),
        (float("nan"), Refusal.BAD_TIME),
        (1e300, Refusal.BAD_TIME),
        (10**400, Refusal.BAD_TIME),
        (True, Refusal.BAD_TIME),
        ([1], Refusal.BAD_TIME),
    ],
)
def test_other_times_are_refused(time: object, refusal: Refusal) -> None:
    with pytest.raises(RefusedReadingError) as caught:
        reading_of(pond(), Sample(1.0, time), NOW)
    assert caught.value.refusal is refusal


def test_another_unit_is_refused_and_named() -> None:
    assert reading_of(pond(), Sample(1.0, None, "m"), NOW).unit == "m"
    with pytest.raises(RefusedReadingError, match=r"'cm'.*'m'") as caught:
        reading_of(pond(), Sample(185, None, "cm"), NOW)
    assert caught.value.refusal is Refusal.WRONG_UNIT


@pytest.mark.parametrize("value", [-0.1, 10.1])
def test_what_lies_outside_the_sensors_range_is_refused(value: float) -> None:
    with pytest.raises(RefusedReadingError) as caught:
        reading_of(pond(lowest=0, highest=10), Sample(value), NOW)
    assert caught.value.refusal is Refusal.OUT_OF_RANGE


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.binary(max_size=200) | json_values.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_give_a_sound_reading_or_a_refusal(payload: bytes) -> None:
    for source in (mqtt(), JSON):
        sound_or_refused(payload, source)


@given(json_values, json_values, json_values)
def test_any_values_give_a_sound_reading_or_a_refusal(
    value: object, time: object, unit: object
) -> None:
    payload = json.dumps({"data": {"level": value}, "ts": time, "unit": unit}).encode()
    sound_or_refused(payload, JSON)


def sound_or_refused(payload: bytes, source: MqttSource) -> None:
    try:
        reading = reading_of(pond(), sample_of(payload, source), NOW)
    except RefusedReadingError:
        return
    assert math.isfinite(reading.value)
    assert abs(reading.value) <= LARGEST
    assert NOW - OLDEST <= reading.at <= NOW + AHEAD
    assert reading.unit == "m"
