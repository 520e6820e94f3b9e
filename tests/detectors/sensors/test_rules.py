"""Thresholds with hysteresis, rates of change and silence, told once each."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.sensors import RateConfig, SensorRule, ThresholdConfig
from detectors.event import Method, Phase
from detectors.finding import Finding
from detectors.sensors.rules import MOST, slope, thinned
from detectors.sensors.watch import Found, WatchedSensor
from tests.ingest.sensors.sample import HIGH, NOW, pond, reading

LOW = ThresholdConfig(
    rule="threshold", event="water_level", below=0.5, off=0.8, clear_after=0, cooldown=0
)
DWELL = HIGH.model_copy(update={"dwell": 10.0, "clear_after": 20.0})
RISING = RateConfig(
    rule="rate", event="water_level", rising=0.6, window=60, clear_after=0, cooldown=0
)


class Stage:
    """A sensor, and what was found on it: (second, finding)."""

    def __init__(self, *rules: SensorRule, silent_after: float = 60.0) -> None:
        self.watched = WatchedSensor(pond("pond", *rules, silent_after=silent_after), NOW)
        self.found: list[tuple[float, Finding]] = []

    def say(self, second: float, value: float, arrives: float | None = None) -> None:
        now = NOW + (second if arrives is None else arrives)
        self._note(self.watched.arrived(reading(value, NOW + second), now))

    def tick(self, *seconds: float) -> None:
        for second in seconds:
            self._note(self.watched.tick(NOW + second))

    def phases(self) -> list[tuple[float, Phase]]:
        return [(second, finding.phase) for second, finding in self.found]

    def _note(self, found: Sequence[Found]) -> None:
        for one in found:
            self.found.append((one.at - NOW, one.finding))


def test_it_begins_at_one_level_and_is_over_at_another() -> None:
    stage = Stage(HIGH)
    for second, value in enumerate([1.9, 2.0, 1.9, 2.3, 1.6, 1.5, 1.9, 2.1]):
        stage.say(second, value)
    assert stage.phases() == [(1, Phase.OPENED), (5, Phase.CLEARED), (7, Phase.OPENED)]
    opened = stage.found[0][1]
    assert opened.method is Method.THRESHOLD
    assert opened.note == "2 m，限值 limit 2 m"
    assert opened.measured is not None
    assert (opened.measured.value, opened.measured.limit) == (2.0, 2.0)
    assert stage.found[1][1].episode_id == opened.episode_id


def test_too_low_works_the_same_way() -> None:
    stage = Stage(LOW)
    for second, value in enumerate([0.6, 0.5, 0.7, 0.8]):
        stage.say(second, value)
    assert stage.phases() == [(1, Phase.OPENED), (3, Phase.CLEARED)]
    assert stage.found[0][1].note == "0.5 m，限值 limit 0.5 m"


def test_a_value_that_is_not_repeated_earns_its_dwell_by_our_clock() -> None:
    stage = Stage(DWELL)
    stage.say(0, 2.5)
    stage.tick(5, 9)
    assert stage.found == []
    stage.tick(10)
    assert stage.phases() == [(10, Phase.OPENED)]


def test_a_short_peak_is_not_told() -> None:
    stage = Stage(DWELL)
    stage.say(0, 2.5)
    stage.say(5, 1.0)
    stage.tick(*range(6, 60))
    assert stage.found == []


def test_a_backlog_that_comes_at_once_is_judged_by_its_own_time() -> None:
    """Ten minutes without a broker: the peak in it lasted long enough, and is told with its end."""
    stage = Stage(DWELL, silent_after=900)
    for second in range(0, 600, 10):
        stage.say(second, 2.5 if 100 <= second < 200 else 1.0, arrives=600 + second / 1000)
    assert stage.phases() == [(110, Phase.OPENED), (220, Phase.CLEARED)]


def test_while_it_is_silent_nothing_opens_and_nothing_ends() -> None:
    stage = Stage(HIGH.model_copy(update={"clear_after": 100.0}), silent_after=30)
    stage.say(0, 2.5)
    stage.say(1, 1.0)
    stage.tick(*range(2, 400))
    assert [phase for _, phase in stage.phases() if phase is Phase.CLEARED] == []


def test_duplicates_and_late_readings_make_no_second_event() -> None:
    stage = Stage(HIGH)
    for second, value in [(0, 1.0), (2, 2.5), (1, 1.2), (2, 2.5), (0, 1.0), (3, 2.6), (2, 2.5)]:
        stage.say(second, value)
    assert stage.phases() == [(2, Phase.OPENED)]


def test_a_rate_is_told_and_one_wrong_reading_is_not() -> None:
    rising, wrong = Stage(RISING), Stage(RISING)
    for second in range(0, 120, 5):
        rising.say(second, second * 0.02)  # 1.2 m a minute
        wrong.say(second, 9.0 if second == 50 else 1.0)
    assert [phase for _, phase in rising.phases()] == [Phase.OPENED]
    opened = rising.found[0][1]
    assert opened.method is Method.RATE
    assert opened.note == "1.2 m/min，限值 limit 0.6 m/min"
    assert wrong.found == []


def test_two_readings_are_no_rate() -> None:
    stage = Stage(RISING)
    stage.say(0, 0.0)
    stage.say(30, 50.0)
    assert stage.found == []


def test_a_rate_needs_part_of_its_window() -> None:
    stage = Stage(RISING)
    for second in range(10):
        stage.say(second, second * 5.0)
    assert stage.found == []


def test_falling_has_its_sign() -> None:
    falling = RISING.model_copy(update={"rising": None, "falling": 0.6})
    stage = Stage(falling)
    for second in range(0, 60, 5):
        stage.say(second, 10 - second * 0.02)
    assert stage.found[0][1].note == "-1.2 m/min，限值 limit -0.6 m/min"


def test_silence_is_told_after_its_dwell_and_ends_when_it_speaks() -> None:
    stage = Stage(silent_after=60)
    stage.say(0, 1.0)
    stage.tick(*range(1, 200))
    [(second, finding)] = stage.found
    assert (second, finding.event, finding.method) == (120, "sensor_offline", Method.HEALTH)
    assert finding.note.startswith("silent: ")
    stage.say(200, 1.0)
    stage.tick(*range(201, 230))
    assert [phase for _, phase in stage.phases()] == [Phase.OPENED, Phase.CLEARED]


def test_a_last_will_is_told_as_well() -> None:
    stage = Stage()
    stage.say(0, 1.0)
    stage.watched.available(False, NOW + 1)
    stage.tick(*range(1, 62))
    assert stage.found[0][1].note.startswith("offline: its last will")


@given(
    st.lists(st.tuples(st.integers(0, 50), st.sampled_from([0.0, 1.6, 2.5])), max_size=30),
    st.data(),
)
def test_openings_and_endings_take_turns_however_readings_come(
    sent: list[tuple[int, float]], data: st.DataObject
) -> None:
    stage = Stage(HIGH, RISING.model_copy(update={"event": "temperature"}))
    for arrival, (second, value) in enumerate(data.draw(st.permutations([*sent, *sent]))):
        stage.say(second, value, arrives=60 + arrival)
        stage.tick(60 + arrival)
    for event in ("water_level", "temperature"):
        phases = [f.phase for _, f in stage.found if f.event == event]
        assert phases == [Phase.OPENED, Phase.CLEARED] * (len(phases) // 2) + (
            [Phase.OPENED] if len(phases) % 2 else []
        )


@given(st.floats(-100, 100), st.floats(-5, 5), st.integers(3, 60))
def test_the_slope_of_a_line_is_its_own(start: float, rate: float, count: int) -> None:
    line = [(float(t), start + rate * t) for t in range(count)]
    assert slope(thinned(line, MOST)) == pytest.approx(rate, abs=1e-9)


@pytest.mark.parametrize("count", [1, 23, 24, 25, 100])
def test_thinning_keeps_the_ends(count: int) -> None:
    points = [(float(t), 0.0) for t in range(count)]
    kept = thinned(points, MOST)
    assert len(kept) == min(count, MOST)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
