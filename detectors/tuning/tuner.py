"""Tuning from its beginning to its end: record, sweep, choose, check."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from configs.rules import ZoneRule
from configs.suite import Threshold
from detectors.evaluation.case import Case
from detectors.evaluation.evaluation import Failure
from detectors.evaluation.isolated import Task, Work, isolated
from detectors.evaluation.played import Failed
from detectors.evaluation.player import played
from detectors.tuning.cache import recorded
from detectors.tuning.grid import Grid
from detectors.tuning.plays import Sweeping, differences, events_of, has_rule
from detectors.tuning.score import SweptPlay
from detectors.tuning.setting import Setting, with_setting
from detectors.tuning.tuning import Plays, RuleTuning, rule_tuning

Result = TypeVar("Result")
LONGEST_SWEEP = 6 * 3600.0
"""Seconds for one clip: thousands of settings of knobs that need a full replay each."""


def _no_bar(_stage: str, _total: int) -> Callable[[], None]:
    return lambda: None


@dataclass(slots=True)
class Tuner:
    """Works on clips `jobs` at a time. `bar` is told of a stage and its number of steps, and gives
    back what is to be called after each. Without `models_dir` classical methods play alone."""

    jobs: int
    cache: Path
    models_dir: Path | None = None
    stop: Callable[[], bool] = lambda: False
    bar: Callable[[str, int], Callable[[], None]] = _no_bar
    failures: dict[Failure, None] = field(default_factory=dict)
    """Clips that could not be played, and why; once each."""

    def record(self, cases: Iterable[Case], phases: int) -> tuple[Task, ...]:
        """Make recordings of clips, or find them; tasks whose `kept` is one."""
        tasks = [
            Task(case, index * case.clip.every / phases, self.models_dir, self.cache)
            for case in cases
            for index in range(phases)
        ]
        folders = self._done("recording", recorded, tasks)
        return tuple(replace(task, kept=folder) for task, folder in folders)

    def sweep(self, grid: Grid, recordings: Iterable[Task], aside: Collection[str]) -> Plays:
        """Try the settings of one rule; `aside`: ids of the clips that nothing is chosen on."""
        tasks = [task for task in recordings if has_rule(task.case, grid.rule)]
        work = Sweeping(grid.settings)
        swept = [play for _, play in self._done(f"{grid.rule}", work, tasks, LONGEST_SWEEP)]
        return Plays(
            grid,
            tuple(play for play in swept if play.case.clip.id not in aside),
            tuple(play for play in swept if play.case.clip.id in aside),
        )

    def choose(
        self, plays: Plays, thresholds: Mapping[str, Threshold], phases: int, *, check: bool
    ) -> tuple[RuleTuning, Setting]:
        """The fronts of a rule and its best setting. `check`: play that one through the pipeline
        of a shard, and say what it told otherwise."""
        every = (*plays.chosen_by, *plays.held_out)
        rules = rules_of((play.case for play in every), plays.grid.rule)
        result, setting = rule_tuning(plays, rules, thresholds, phases)
        if check:
            found = tuple(self._differences(every, setting, plays.grid))
            chosen = result.chosen.model_copy(update={"differences": found})
            result = result.model_copy(update={"chosen": chosen})
        return result, setting

    def _differences(
        self, plays: Sequence[SweptPlay], setting: Setting, grid: Grid
    ) -> Iterator[str]:
        index = grid.settings.index(setting)
        expected = {(play.case.clip.id, play.phase): play.swept.of(index) for play in plays}
        events = events_of((play.case for play in plays), grid.rule)
        tasks = [
            Task(with_setting(play.case, setting), play.phase, self.models_dir) for play in plays
        ]
        for task, outcome in self._done("checking", played, tasks):
            yield from differences(expected[task.case.clip.id, task.phase], outcome, events)

    def _done(
        self, stage: str, work: Work[Result], tasks: Sequence[Task], longest: float | None = None
    ) -> list[tuple[Task, Result]]:
        """What came of the tasks, in their order, without those that failed."""
        step, done = self.bar(stage, len(tasks)), dict[tuple[str, float], Result]()
        limit = {} if longest is None else {"longest": longest}
        for task, outcome in isolated(work, tasks, self.jobs, stop=self.stop, **limit):
            step()
            if isinstance(outcome, Failed):
                self.failures[Failure(clip=outcome.clip_id, why=outcome.why)] = None
            else:
                done[task.case.clip.id, task.phase] = outcome
        keys = ((task, (task.case.clip.id, task.phase)) for task in tasks)
        return [(task, done[key]) for task, key in keys if key in done]


def rules_of(cases: Iterable[Case], kind: str) -> tuple[ZoneRule, ...]:
    """The rules of one kind that watch these clips, each once."""
    rules = (rule for case in cases for zone in case.camera.zones for rule in zone.rules)
    return tuple(dict.fromkeys(rule for rule in rules if rule.rule == kind))
