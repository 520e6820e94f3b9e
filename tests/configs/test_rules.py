"""What a rule's settings become: sensitivity as a scale, a night that starts from the day."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from configs.rules import GatheringConfig, ObstructionConfig, ZoneRule

RULE: TypeAdapter[ZoneRule] = TypeAdapter(ZoneRule)


def obstruction(**settings: Any) -> ObstructionConfig:
    rule = RULE.validate_python({"rule": "obstruction", **settings})
    assert isinstance(rule, ObstructionConfig)
    return rule


@pytest.mark.parametrize(
    ("given", "number", "scale"),
    [
        ("low", 0.25, 2**0.5), ("normal", 0.5, 1.0), ("High", 0.75, 2**-0.5),
        (0, 0.0, 2.0), (1, 1.0, 0.5), ("0.5", 0.5, 1.0),
    ],
)  # fmt: skip
def test_sensitivity_is_a_word_or_a_number(given: object, number: float, scale: float) -> None:
    rule = obstruction(sensitivity=given)
    assert rule.sensitivity == number
    assert rule.scale == pytest.approx(scale)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sensitivity": "very"}, "low, normal, high"),
        ({"sensitivity": 1.5}, "less than or equal to 1"),
        ({"confirm": {"needed": 5, "of": 4}}, "must not be above of"),
        ({"confirm": {"needed": 0}}, "greater than or equal to 1"),
        ({"confirm": {"needed": 3, "off": 4}}, "not permitted"),
        ({"night": {"event": "fire"}}, "another event"),
        ({"night": {"schedule": {"holidays": ["2026-10-01"]}}}, "another schedule"),
        ({"night": {"night": {"dwell": 5}}}, "a night of its own"),
        ({"night": {"on_count": 5}}, "not permitted"),
        ({"night": {"dwell": "soon"}}, "not a duration"),
        ({"night": "dark"}, "valid dictionary"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        obstruction(**settings)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ([[0.5, 0.5]], "two points or more"),
        ([[0.5, 0.5], [0.5, 0.5]], "same point twice"),
        ([[0.5, 0.5], [1.5, 0.5]], "less than or equal to 1"),
        (None, "valid tuple"),
    ],
)
def test_a_line_that_is_none_is_refused(line: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RULE.validate_python({"rule": "line_crossing", "line": line})


def test_the_night_is_the_day_but_for_what_it_says() -> None:
    rule = obstruction(dwell="60s", min_area=0.1, night={"dwell": "120s", "sensitivity": "low"})
    assert rule.night is not None
    assert (rule.night.dwell, rule.night.min_area) == (120.0, 0.1)
    assert (rule.night.sensitivity, rule.sensitivity) == (0.25, 0.5)


def test_a_night_is_judged_as_a_whole() -> None:
    """20 and 10 by day leave 5 and 3 by night, with either one alone upside down."""
    day = {"rule": "gathering", "on_count": 20, "off_count": 10}
    fits = RULE.validate_python({**day, "night": {"on_count": 5, "off_count": 3}})
    assert isinstance(fits, GatheringConfig)
    with pytest.raises(ValidationError, match=r"off_count \(10\) must be below on_count \(5\)"):
        RULE.validate_python({**day, "night": {"on_count": 5}})


def gathering(**settings: Any) -> GatheringConfig:
    rule = RULE.validate_python({"rule": "gathering", **settings})
    assert isinstance(rule, GatheringConfig)
    return rule


def test_a_gathering_is_judged_by_a_count_or_by_a_density() -> None:
    assert gathering().thresholds(None) == (10.0, 6.0)
    assert gathering(on_count=20, off_count=5).thresholds(50.0) == (20.0, 5.0)
    dense = gathering(on_density=2, off_density=1.5)
    assert dense.thresholds(50.0) == (100.0, 75.0)
    assert RULE.validate_json(RULE.dump_json(dense)) == dense
    with pytest.raises(ValueError, match="area_m2"):
        dense.thresholds(None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"on_density": 2, "off_density": 1, "on_count": 8}, "either on_count"),
        ({"on_density": 2, "off_density": 1, "off_count": 5}, "either on_count"),
        ({"on_count": None, "off_count": None}, "either on_count"),
        ({"off_density": 1}, "either on_count"),
        ({"on_density": 2}, "on_density and off_density belong together"),
        ({"off_count": None}, "on_count and off_count belong together"),
        ({"on_density": 2, "off_density": 2}, r"off_density \(2\) must be below on_density \(2\)"),
        ({"on_density": 0, "off_density": 0}, "greater than 0"),
        ({"on_density": 50, "off_density": 1}, "less than or equal to 10"),
    ],
)
def test_thresholds_that_are_no_pair_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        gathering(**settings)


def test_a_night_and_a_shadow_may_be_what_needs_the_area() -> None:
    density = {"on_density": 2, "off_density": 1}
    assert not gathering().needs_area
    assert gathering(**density).needs_area
    assert gathering(night=density).needs_area
    no_count = {"on_count": None, "off_count": None}
    assert gathering(shadow={"name": "dense", **no_count, **density}).needs_area


def test_a_rule_is_the_same_after_its_way_to_a_shard() -> None:
    rule = obstruction(
        schedule={"windows": [{"start": "22:00", "end": "06:00"}], "holidays": ["2026-10-01"]},
        night={"dwell": "120s"},
        confirm={"needed": 2, "of": 3},
    )
    assert RULE.validate_json(RULE.dump_json(rule)) == rule


def test_the_floor_holds_by_night_too() -> None:
    sure = obstruction(confidence=0.4, night={"confidence": 0.8}).at_least_as_sure_as(0.6)
    assert sure.night is not None
    assert (sure.confidence, sure.night.confidence) == (0.6, 0.8)
