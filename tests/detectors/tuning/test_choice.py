"""What is tried, what is kept aside, and what is best."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.rules import GatheringConfig, ObstructionConfig, ZoneRule
from configs.suite import Suite, SuiteClip, Threshold
from detectors.evaluation.figures import by_event, review
from detectors.evaluation.matching import GRACE
from detectors.evaluation.played import Opening, Played
from detectors.event import Method
from detectors.tuning.grid import grids_of
from detectors.tuning.holdout import held_out
from detectors.tuning.knob import parse_knob
from detectors.tuning.replayed import Spell
from detectors.tuning.score import Objectives, Scores, SweptPlay, pareto
from detectors.tuning.setting import Setting
from detectors.tuning.sweep import Spells, Swept
from detectors.tuning.tuning import Plays, rule_tuning, sign_test
from detectors.tuning.written import written
from tests.detectors.tuning.scenes import ARRIVE, LEAVE, OBSTRUCTION, case_with

RULE = ObstructionConfig.model_validate(OBSTRUCTION)
WHEN = st.floats(0.0, 60.0).map(lambda at: round(at, 1))


def spell(at: float, event: str = "lane_blocked") -> Spell:
    return Spell("all", event, at, at, None)


def swept(*outcomes: Spells) -> Swept:
    distinct = tuple(dict.fromkeys(outcomes))
    return Swept(distinct, tuple(distinct.index(each) for each in outcomes), 1)


def play(clip: str, *outcomes: Spells, phase: float = 0.0) -> SweptPlay:
    case = case_with([OBSTRUCTION], "lane_blocked", clip)
    return SweptPlay(case, phase, 60.0, swept(*outcomes))


def test_all_combinations_are_tried_and_what_is_there_once() -> None:
    knobs = [parse_knob("obstruction.dwell=10s,20s"), parse_knob("obstruction.cooldown=0,1m")]
    [grid] = grids_of(knobs, [RULE], most=10, seed=0)
    assert [dict(setting.turns) for setting in grid.settings] == [
        {},
        {"dwell": 10.0, "cooldown": 0.0},
        {"dwell": 10.0, "cooldown": 60.0},
        {"dwell": 20.0, "cooldown": 60.0},
    ]
    assert (grid.combinations, grid.is_sample) == (4, False)


def test_rules_are_turned_each_by_itself_and_contradictions_counted() -> None:
    knobs = [
        parse_knob(each)
        for each in ("obstruction.dwell=10s", "gathering.on_count=5..8", "gathering.off_count=6,7")
    ]
    rules: list[ZoneRule] = [RULE, GatheringConfig()]
    lane, crowd = grids_of(knobs, rules, most=100, seed=0)
    assert len(lane.settings) == 2
    assert (crowd.combinations, crowd.contradictory) == (8, 5)
    assert len(crowd.settings) == 4


def test_a_sample_depends_on_its_seed_alone() -> None:
    knobs = [parse_knob("obstruction.dwell=1..1000"), parse_knob("obstruction.cooldown=1..1000")]
    samples = [grids_of(knobs, [RULE], most=50, seed=seed)[0] for seed in (1, 1, 2)]
    assert samples[0] == samples[1]
    assert samples[0].settings != samples[2].settings
    assert samples[0].is_sample
    assert len(samples[0].settings) == 51


def clips(quiet: int, lanes: int) -> list[SuiteClip]:
    zone = {"id": "all", "polygon": [(0, 0), (1, 0), (1, 1)], "rules": [OBSTRUCTION]}
    truth = {"zone": "all", "event": "lane_blocked", "start": 1, "end": 2}
    return [
        SuiteClip.model_validate(
            {"id": f"{kind}-{number}", "file": "f", "zones": [zone], "truth": [truth] * happens}
        )
        for kind, count, happens in (("quiet", quiet, 0), ("lane", lanes, 1))
        for number in range(count)
    ]


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0.0, 0.9), st.integers(0, 5))
def test_some_of_each_kind_are_held_out(quiet: int, lanes: int, share: float, seed: int) -> None:
    there = clips(quiet, lanes)
    aside = held_out(there, share, seed)
    assert abs(len(aside) - share * len(there)) <= 1.0
    for kind, count in (("quiet", quiet), ("lane", lanes)):
        assert abs(sum(each.startswith(kind) for each in aside) - share * count) <= 1.0
    assert aside == held_out(list(reversed(there)), share, seed)


POINTS = st.lists(st.tuples(*[st.integers(0, 4).map(float)] * 3), min_size=1, max_size=30)


@given(POINTS)
def test_none_is_better_than_one_on_the_front(points: list[Objectives]) -> None:
    front = pareto(points)

    def is_better(one: Objectives, other: Objectives) -> bool:
        return one != other and all(a <= b for a, b in zip(one, other, strict=True))

    best = {point for point in points if not any(is_better(each, point) for each in points)}
    assert {points[index] for index in front} == best
    assert len(front) == len(best)
    assert all(points.index(points[index]) == index for index in front)


@given(st.lists(st.lists(WHEN, max_size=4), min_size=1, max_size=4))
def test_figures_are_those_of_an_evaluation(times: list[list[float]]) -> None:
    plays = [play(f"clip-{number}", tuple(map(spell, each))) for number, each in enumerate(times)]
    reviews = [
        review(each.case, Played(each.case.clip.id, 0.0, 60.0, 30, 0, openings(each)))
        for each in plays
    ]
    assert Scores(plays, "lane_blocked", 1).figures(0) == by_event(reviews, 1)["lane_blocked"]


def openings(one: SweptPlay) -> tuple[Opening, ...]:
    return tuple(
        Opening(each.zone, each.event, each.at, each.started_at, None, 1.0, Method.BACKGROUND)
        for each in one.swept.of(0)
    )


def test_the_best_is_chosen_and_told_against_what_is() -> None:
    grid = grids_of([parse_knob("obstruction.dwell=10s,15s,30s")], [RULE], most=9, seed=0)[0]
    early, late, wrong = spell(ARRIVE + 10.0), spell(ARRIVE + 20.0), spell(LEAVE + GRACE + 1.0)
    plays = tuple(
        play(f"clip-{number}", (wrong,), (early, wrong), (early,), (late,)) for number in range(8)
    )
    result, setting = rule_tuning(Plays(grid, plays, plays[:2]), [RULE], {}, 1)
    assert setting == grid.settings[2]
    assert result.chosen.knobs == {"dwell": 15.0}
    assert result.current == {"dwell": (20.0,)}
    [front] = result.fronts
    chosen, current = front.candidates
    assert (chosen.knobs, chosen.on_front, current.on_front) == ({"dwell": 15.0}, True, False)
    assert chosen.held_out is not None
    assert (chosen.figures.required, chosen.held_out.required) == (8, 2)
    assert chosen.against is not None
    assert (chosen.against.found_more, chosen.against.quieter) == (8, 8)
    assert chosen.against.p_found == pytest.approx(2 / 2**8)
    assert [point.recall for point in front.points] == [0.0, 1.0, 1.0, 1.0]


def test_of_equally_good_settings_the_one_that_changes_least_is_told() -> None:
    grid = grids_of(
        [parse_knob("obstruction.dwell=10s,20s"), parse_knob("obstruction.cooldown=0,1m")],
        [RULE],
        most=9,
        seed=0,
    )[0]
    hit, nothing = (spell(ARRIVE + 20.0),), ()
    result, setting = rule_tuning(
        Plays(grid, (play("clip", nothing, nothing, hit, hit),), ()), [RULE], {}, 1
    )
    assert dict(setting.turns) == {"dwell": 20.0, "cooldown": 60.0}
    assert result.fronts[0].candidates[0].alike == 1


def test_an_alarm_before_its_time_is_no_better_than_one_in_time() -> None:
    grid = grids_of([parse_knob("obstruction.dwell=6s,10s")], [RULE], most=9, seed=0)[0]
    in_time, early, too_early = (spell(ARRIVE + after) for after in (20.0, 10.0, 6.0))
    plays = (play("clip", (in_time,), (too_early,), (early,)),)
    assert rule_tuning(Plays(grid, plays, ()), [RULE], {}, 1)[1] == Setting("obstruction")


def test_a_threshold_goes_before_a_little_more_recall() -> None:
    grid = grids_of([parse_knob("obstruction.dwell=10s")], [RULE], most=9, seed=0)[0]
    hit, wrong = spell(ARRIVE + 20.0), spell(LEAVE + GRACE + 1.0)
    plays = (play("a", (hit,), (hit,)), play("b", (), (hit, wrong)))
    quiet = {"lane_blocked": Threshold(false_alarms_per_camera_hour=1.0)}
    assert rule_tuning(Plays(grid, plays, ()), [RULE], {}, 1)[1].turns
    assert rule_tuning(Plays(grid, plays, ()), [RULE], quiet, 1)[1] == Setting("obstruction")


def test_a_truth_counts_as_found_in_more_than_half_of_its_phases() -> None:
    hit = (spell(ARRIVE + 20.0),)
    plays = [play("clip", (), hit), play("clip", hit, hit, phase=1.0)]
    scores = Scores(plays, "lane_blocked", 2)
    assert (scores.found(0), scores.found(1)) == (set(), {("clip", 0)})


@pytest.mark.parametrize(("one", "other", "p"), [(0, 0, 1.0), (1, 0, 1.0), (6, 0, 2 / 64)])
def test_sign_test(one: int, other: int, p: float) -> None:
    assert sign_test(one, other) == sign_test(other, one) == pytest.approx(p)


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_sign_test_is_a_probability(one: int, other: int) -> None:
    assert 0.0 < sign_test(one, other) <= 1.0
    assert math.isfinite(sign_test(one, other))


def test_chosen_rules_can_be_pasted() -> None:
    suite = Suite.model_validate(
        {
            "title": "t",
            "rules": {
                "lane": [{**OBSTRUCTION, "night": {"dwell": "2m"}}, {"rule": "fire_smoke"}],
                "other": [{"rule": "fire_smoke"}],
            },
            "clips": [
                {
                    "id": "clip",
                    "file": "f",
                    "zones": [
                        {"id": "a", "polygon": [(0, 0), (1, 0), (1, 1)], "rules": "lane"},
                        {"id": "b", "polygon": [(0, 0), (1, 0), (1, 1)], "rules": [OBSTRUCTION]},
                    ],
                }
            ],
        }
    )
    knobs = [parse_knob("obstruction.dwell=45s"), parse_knob("obstruction.confirm.needed=2")]
    setting = grids_of(knobs, [RULE], most=9, seed=0)[0].settings[1]
    text = written(suite, [setting])
    assert "dwell: 45s" in text
    assert "# clip clip, zone b" in text
    pasted = suite.model_dump() | yaml_of(text.split("# clip")[0])
    lane, fire = Suite.model_validate(
        {**pasted, "rules": {**pasted["rules"], "other": [fire_rule()]}}
    ).rules["lane"]
    assert lane == setting.of(suite.rules["lane"][0])
    assert fire == suite.rules["lane"][1]


def fire_rule() -> dict[str, str]:
    return {"rule": "fire_smoke"}


def yaml_of(text: str) -> dict[str, dict[str, object]]:
    import yaml

    read: dict[str, dict[str, object]] = yaml.safe_load(text)
    return read
