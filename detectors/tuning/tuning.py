"""The whole outcome of tuning, as it is printed in JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, JsonValue

from configs.rules import ZoneRule
from configs.suite import Threshold
from detectors.evaluation.evaluation import Failure
from detectors.evaluation.figures import Figures
from detectors.evaluation.judgement import judge
from detectors.tuning.grid import Grid
from detectors.tuning.plays import events_of
from detectors.tuning.score import Scores, SweptPlay, objectives, pareto
from detectors.tuning.setting import Setting


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Against(Record):
    """A setting against the current one, on the same clips. `p_found`, `p_false`: how often chance
    alone would set two equally good ones so far apart (sign test, exact, both sides)."""

    found_more: int
    """Truths that it found and the current one did not."""
    found_less: int
    p_found: float
    quieter: int
    """Clips in which it alone told nothing wrong."""
    louder: int
    p_false: float


class Candidate(Record):
    """One setting. `alike`: how many others have the same recall, false alarms and delay."""

    knobs: dict[str, JsonValue]
    """Empty: the rules as they are."""
    on_front: bool
    alike: int
    figures: Figures
    held_out: Figures | None
    against: Against | None


class Point(Record):
    """What one setting reached."""

    recall: float | None
    false_alarms_per_camera_hour: float | None
    delay_p95: float | None


class Front(Record):
    """The settings that none is better than, for one event type, and the current one."""

    event: str
    candidates: tuple[Candidate, ...]
    points: tuple[Point, ...]


class Chosen(Record):
    """The setting of a rule that is recommended. `differences`: what the pipeline told otherwise;
    None: it was not asked."""

    knobs: dict[str, JsonValue]
    differences: tuple[str, ...] | None = None


class RuleTuning(Record):
    """What came of turning one rule."""

    rule: str
    tried: dict[str, tuple[JsonValue, ...]]
    settings: int
    combinations: int
    contradictory: int
    replays: int
    """Full replays of a clip; every other answer followed from one of them."""
    plays: int
    current: dict[str, tuple[JsonValue, ...]]
    """Every value that a knob has in the suite."""
    fronts: tuple[Front, ...]
    chosen: Chosen


class Tuning(Record):
    suite: str
    title: str
    fenghuo: str
    phases: int
    seed: int
    models: dict[str, str | None]
    held_out: tuple[str, ...]
    """Clips that nothing was chosen on."""
    rules: tuple[RuleTuning, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Plays:
    """What was swept with one grid: on the clips to choose by, and on those that were held out."""

    grid: Grid
    chosen_by: tuple[SweptPlay, ...]
    held_out: tuple[SweptPlay, ...]


def rule_tuning(
    plays: Plays, rules: Sequence[ZoneRule], thresholds: Mapping[str, Threshold], phases: int
) -> tuple[RuleTuning, Setting]:
    """The fronts of one rule's event types, and the setting to be chosen. `rules`: those of the
    suite that are of its kind."""
    grid, every = plays.grid, (*plays.chosen_by, *plays.held_out)
    events = events_of((play.case for play in every), grid.rule)
    scores = {event: Scores(plays.chosen_by, event, phases) for event in events}
    aside = {event: Scores(plays.held_out, event, phases) for event in events}
    figures = {
        event: [each.figures(index) for index in range(len(grid.settings))]
        for event, each in scores.items()
    }
    # Of equally good settings the one is told that changes least.
    order = sorted(
        range(len(grid.settings)), key=lambda index: (_changes(grid.settings[index], rules), index)
    )
    fronts = tuple(
        _front(
            event,
            grid,
            order=order,
            figures=figures[event],
            scores=scores[event],
            aside=aside[event] if plays.held_out else None,
        )
        for event in events
    )
    best = min(order, key=lambda index: _worth(index, figures, thresholds))
    setting = grid.settings[best]
    return RuleTuning(
        rule=grid.rule,
        tried={knob.path: knob.values for knob in grid.knobs},
        settings=len(grid.settings),
        combinations=grid.combinations,
        contradictory=grid.contradictory,
        replays=sum(play.swept.replays for play in every),
        plays=len(every),
        current={
            knob.path: tuple(dict.fromkeys(value_of(rule, knob.path) for rule in rules))
            for knob in grid.knobs
        },
        fronts=fronts,
        chosen=Chosen(knobs=knobs_of(setting)),
    ), setting


def value_of(rule: ZoneRule, path: str) -> JsonValue:
    """What a knob of a rule is set to."""
    value: JsonValue = rule.model_dump(mode="json")
    for name in path.split("."):
        value = value[name] if isinstance(value, dict) else None
    return value


def knobs_of(setting: Setting) -> dict[str, JsonValue]:
    return dict(setting.turns)


def _changes(setting: Setting, rules: Sequence[ZoneRule]) -> int:
    return sum(value_of(rule, path) != value for rule in rules for path, value in setting.turns)


def _front(
    event: str,
    grid: Grid,
    *,
    order: Sequence[int],
    figures: Sequence[Figures],
    scores: Scores,
    aside: Scores | None,
) -> Front:
    points = [objectives(figures[index]) for index in order]
    front = [order[place] for place in pareto(points)]
    shown = front if 0 in front else [*front, 0]
    return Front(
        event=event,
        candidates=tuple(
            Candidate(
                knobs=knobs_of(grid.settings[index]),
                on_front=index in front,
                alike=points.count(objectives(figures[index])) - 1,
                figures=figures[index],
                held_out=aside.figures(index) if aside is not None else None,
                against=_against(scores, index) if index else None,
            )
            for index in shown
        ),
        points=tuple(
            Point(
                recall=each.recall,
                false_alarms_per_camera_hour=each.false_alarms_per_camera_hour,
                delay_p95=each.delay_p95,
            )
            for each in figures
        ),
    )


def _worth(
    index: int, figures: Mapping[str, Sequence[Figures]], thresholds: Mapping[str, Threshold]
) -> tuple[float, ...]:
    """Less is better: thresholds missed, then truths missed, false alarms, delay; of all that the
    rule finds."""
    found = {event: each[index] for event, each in figures.items()}
    judged = judge({key: value for key, value in thresholds.items() if key in found}, found)
    missed, hourly, delay = zip(*(objectives(each) for each in found.values()), strict=True)
    return (
        sum(each.met is False for each in judged),
        math.fsum(missed),
        math.fsum(hourly),
        max(delay),
    )


def _against(scores: Scores, index: int) -> Against:
    found, before = scores.found(index), scores.found(0)
    quiet, quiet_before = scores.quiet(index), scores.quiet(0)
    more, less = len(found - before), len(before - found)
    quieter, louder = len(quiet - quiet_before), len(quiet_before - quiet)
    return Against(
        found_more=more,
        found_less=less,
        p_found=sign_test(more, less),
        quieter=quieter,
        louder=louder,
        p_false=sign_test(quieter, louder),
    )


def sign_test(one: int, other: int) -> float:
    """How often a fair coin falls so unevenly, or more so (exact, both sides; Dixon and Mood 1946);
    1 when there is nothing to compare."""
    whole = one + other
    tail = sum(math.comb(whole, k) for k in range(min(one, other) + 1))
    return min(1.0, 2.0 * tail / 2.0**whole)
