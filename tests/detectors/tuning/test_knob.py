from __future__ import annotations

import pytest

from configs.rules import ObstructionConfig
from detectors.tuning.knob import KnobError, parse_knob
from detectors.tuning.setting import Setting, Turn


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("obstruction.dwell=20s,1m,90", (20.0, 60.0, 90.0)),
        ("obstruction.dwell=10s..40s/10s", (10.0, 20.0, 30.0, 40.0)),
        ("gathering.on_count=6..9", (6, 7, 8, 9)),
        ("gathering.on_count=6..9/2, 12", (6, 8, 12)),
        ("obstruction.min_area=0.01..0.03/0.01", (0.01, 0.02, 0.03)),
        ("obstruction.sensitivity=low,normal,0.9", (0.25, 0.5, 0.9)),
        ("obstruction.confirm.needed=2..3", (2, 3)),
        ("gathering.horizon=null,-0.5", (None, -0.5)),
        ("fire_smoke.cooldown = 0 , 10m", (0.0, 600.0)),
        ("obstruction.dwell=20s,20", (20.0,)),
    ],
)
def test_values_are_read(text: str, values: tuple[object, ...]) -> None:
    assert parse_knob(text).values == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dwell=20s", "RULE.KNOB=VALUES"),
        ("obstruction.dwell", "RULE.KNOB=VALUES"),
        ("obstruction.dwell=", "RULE.KNOB=VALUES"),
        ("obstuction.dwell=20s", "did you mean obstruction"),
        ("obstruction.dwel=20s", r"did you mean dwell\?.*min_area"),
        ("obstruction.zzz=20s", "there are cooldown"),
        ("obstruction.event=fire", "no knob 'event'"),
        ("obstruction.dwell=soon", "is not a duration"),
        ("obstruction.dwell=10s..60s", "needs a step, such as 10s..60s/10s"),
        ("obstruction.dwell=60s..10s/5s", "upwards"),
        ("obstruction.dwell=10s..60s/0s", "upwards"),
        ("obstruction.dwell=10s..soon/1s", "is no range"),
        ("obstruction.min_area=2", "less than or equal to 1"),
        ("gathering.on_count=1", "greater than or equal to 2"),
        ("gathering.on_count=2..100000", "more than 1000 values"),
    ],
)
def test_what_is_no_knob_is_said(text: str, said: str) -> None:
    with pytest.raises(KnobError, match=said):
        parse_knob(text)


def test_a_setting_counts_at_night_where_the_night_has_the_days_value() -> None:
    rule = ObstructionConfig.model_validate({"dwell": 20, "night": {"dwell": 90}})
    turned = Setting("obstruction", (Turn("dwell", 30.0), Turn("min_area", 0.1))).of(rule)
    assert isinstance(turned, ObstructionConfig)
    assert turned.night is not None
    assert (turned.dwell, turned.min_area) == (30.0, 0.1)
    assert (turned.night.dwell, turned.night.min_area) == (90.0, 0.1)


def test_a_setting_may_turn_one_of_two_inner_knobs() -> None:
    rule = ObstructionConfig.model_validate({"confirm": {"needed": 2, "of": 5}})
    turned = Setting("obstruction", (Turn("confirm.needed", 4),)).of(rule)
    assert (turned.confirm.needed, turned.confirm.of) == (4, 5)
    with pytest.raises(ValueError, match="needed"):
        Setting("obstruction", (Turn("confirm.of", 1),)).of(rule)
    assert Setting("gathering", (Turn("confirm.of", 1),)).of(rule) is rule
