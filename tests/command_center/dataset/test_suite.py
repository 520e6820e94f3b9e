"""What judged alerts become in a suite: a table, and a file that is read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.dataset.schemas import Case
from command_center.dataset.suite import Footage, as_yaml, suite_of
from configs.rules import FireSmokeConfig, ObstructionConfig, ZoneRule
from configs.suite import SuiteClip
from configs.suite_checks import load_suite
from tests.detectors.pictures import WHOLE

FOUND = datetime(2025, 6, 2, 12, tzinfo=UTC)
FIRE = FireSmokeConfig(rule="fire_smoke", duration=6)
VAN = ObstructionConfig.model_validate(
    {"rule": "obstruction", "shadow": {"name": "x", "dwell": 9}, "night": {"dwell": 90}}
)


def case(
    *, rule: ZoneRule = FIRE, real: bool = True, began: float = -6, ended: float | None = None
) -> Case:
    """Times in seconds from the finding."""
    return Case(
        alert_id=7,
        event_id="e",
        camera_id="lane-1",
        zone_id="lane",
        polygon=WHOLE,
        rule=rule,
        event_type=rule.event,
        real=real,
        reason="",
        started_at=FOUND + timedelta(seconds=began),
        found_at=FOUND,
        ended_at=None if ended is None else FOUND + timedelta(seconds=ended),
    )


def clip(of: Case, length: float = 24.0) -> SuiteClip:
    [made] = suite_of([Footage(of, "clips/x.mp4", length)], "t").clips
    return made


def test_a_real_thing_is_truth_from_its_beginning_to_its_end() -> None:
    made = clip(case(ended=5))
    assert made.tags == ("real",)
    smoke, fire = made.truth
    assert (fire.event, fire.start, fire.end, fire.ignore) == ("fire", 10, 21, False)
    assert (smoke.event, smoke.start, smoke.end, smoke.ignore) == ("smoke", 0, 24, True)


def test_what_nobody_saw_end_goes_on() -> None:
    assert clip(case()).truth[-1].end == 24


def test_a_false_alarm_is_a_clip_without_truth() -> None:
    made = clip(case(real=False))
    assert made.tags == ("false_alarm",)
    assert [truth.ignore for truth in made.truth] == [True], "smoke was not asked about"


@pytest.mark.parametrize("real", [True, False])
def test_a_van_that_stood_there_before_the_clip_began_cannot_be_found(real: bool) -> None:
    made = clip(case(rule=VAN, began=-60, real=real), 32.0)
    assert made.tags[1:] == ("too_short",)
    assert [(truth.start, truth.ignore) for truth in made.truth] == ([(0, True)] if real else [])


@pytest.mark.parametrize(("lasts", "tags"), [(5.9, ("real", "too_short")), (6.1, ("real",))])
def test_a_thing_must_be_there_for_as_many_scans_as_confirm_it(
    lasts: float, tags: tuple[str, ...]
) -> None:
    """Three, 2 s apart, of which the first comes 2 s late at most; it burns for long enough."""
    brief = FireSmokeConfig(duration=1)
    assert clip(case(rule=brief, began=-1, ended=lasts - 1)).tags == tags


def test_a_clip_that_was_cut_off_at_once_is_left_out() -> None:
    with pytest.raises(ValueError, match="no judged alert"):
        suite_of([Footage(case(), "clips/x.mp4", 0.2)], "t")


@given(
    rule=st.sampled_from([FIRE, VAN]),
    real=st.booleans(),
    began=st.floats(-4000, 30),
    ended=st.none() | st.floats(-20, 4000),
    length=st.floats(1, 120),
)
def test_every_case_is_a_suite_that_can_be_read(
    rule: ZoneRule, real: bool, began: float, ended: float | None, length: float
) -> None:
    of = case(rule=rule, real=real, began=began, ended=ended)
    for truth in clip(of, length).truth:
        assert 0 <= truth.start < truth.end <= length + 0.01


@pytest.mark.parametrize("rule", [FIRE, VAN])
def test_the_file_is_read_as_it_was_meant(tmp_path: Path, rule: ZoneRule) -> None:
    suite = suite_of([Footage(case(rule=rule), "clips/x.mp4", 32.0)], "一个村")
    (tmp_path / "suite.yaml").write_text(as_yaml(suite), encoding="utf-8")
    read = load_suite(tmp_path / "suite.yaml")
    [zone] = read.clips[0].zones
    assert read.rules_of(zone) == (rule.alone,)
    assert read.clips[0].truth == suite.clips[0].truth
    assert read.title == "一个村"
