"""`fenghuo tune SUITE --vary RULE.KNOB=VALUES`: which settings of the rules are best on a suite."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from command_center.bench.plot import PlotError
from command_center.cli import tune_plot
from command_center.cli.console import err, fail
from command_center.cli.suite_clips import (
    CORES,
    AsJson,
    Clip,
    ModelsDir,
    Only,
    Phases,
    SuiteFile,
    UseModels,
    choose,
    model_versions,
    progress_bars,
    read_suite,
    write_text,
)
from command_center.cli.tune_table import show
from command_center.cli.up import stop_requested
from configs.version import __version__
from detectors.evaluation.case import Case
from detectors.tuning.cache import prune
from detectors.tuning.grid import Grid, grids_of
from detectors.tuning.holdout import held_out
from detectors.tuning.knob import Knob, KnobError, parse_knob
from detectors.tuning.plays import has_rule
from detectors.tuning.tuner import Tuner, rules_of
from detectors.tuning.tuning import Plays, Tuning
from detectors.tuning.written import written
from models.store import ModelStore

_GIGABYTE = 10**9


def tune(
    suite: SuiteFile,
    vary: Annotated[
        list[str],
        typer.Option(
            metavar="RULE.KNOB=VALUES",
            help="obstruction.dwell=20s,40s or gathering.on_count=6..12 or "
            "obstruction.min_area=0.01..0.05/0.01; may be repeated.",
        ),
    ],
    only: Only = None,
    clip: Clip = None,
    phases: Phases = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Clips at a time; none: one a core.")
    ] = None,
    most: Annotated[
        int, typer.Option(min=1, help="Of more combinations of a rule's knobs, a sample.")
    ] = 5000,
    holdout: Annotated[
        float,
        typer.Option(min=0.0, max=0.9, help="Part of the clips to keep aside and report on."),
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the sample, and of what is kept aside.")] = 0,
    models_dir: ModelsDir = None,
    models: UseModels = True,
    cache: Annotated[
        Path | None, typer.Option(help="Where recordings are kept, if not in the data folder.")
    ] = None,
    cache_gb: Annotated[
        float, typer.Option(min=0.0, help="Older recordings beyond this are removed.")
    ] = 20.0,
    check: Annotated[
        bool, typer.Option(help="Play what is chosen through the pipeline of a shard as well.")
    ] = True,
    write: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Write the chosen rules.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Draw every setting; needs matplotlib.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try many settings of the rules on clips whose truth is known, and show the best of them.

    Each clip is looked at once; what rules see of it is kept, and replayed with every setting.
    """
    settings, read = read_suite(suite)
    knobs = _knobs(vary)
    _outputs_or_fail(write, plot)
    cases = choose(suite, read, only, clip, use_models=models)
    grids = _grids(knobs, cases, most, seed)
    cases = tuple(case for case in cases if any(has_rule(case, grid.rule) for grid in grids))
    aside = held_out([case.clip for case in cases], holdout, seed)
    store = ModelStore(models_dir or settings.models)
    versions = model_versions(store, cases)
    with stop_requested() as stop, progress_bars(quiet=as_json) as bars:
        tuner = Tuner(
            jobs or CORES,
            cache or settings.data_dir / "tuning",
            store.models_dir if models else None,
            stop.is_set,
            lambda stage, total: _bar(bars, stage, total),
        )
        recordings = tuner.record(cases, phases)
        results, winners = [], []
        for grid in grids:
            began = time.monotonic()
            plays = tuner.sweep(grid, recordings, aside)
            if stop.is_set():
                break
            if not as_json:
                _tell_speed(grid, plays, time.monotonic() - began)
            _some_or_fail(plays, tuner)
            result, winner = tuner.choose(plays, read.thresholds, phases, check=check)
            results.append(result)
            winners.append(winner)
    if stop.is_set():
        fail("stopped before the end; nothing is said of a part")
    used = {task.kept for task in recordings if task.kept is not None}
    prune(tuner.cache, round(cache_gb * _GIGABYTE), used)
    outcome = Tuning(
        suite=str(suite),
        title=read.title,
        fenghuo=__version__,
        phases=phases,
        seed=seed,
        models=versions,
        held_out=tuple(sorted(aside)),
        rules=tuple(results),
        failures=tuple(tuner.failures),
    )
    if as_json:
        typer.echo(outcome.model_dump_json(indent=2))
    else:
        show(outcome)
    if write is not None:
        write_text(write, written(read, winners))
    if plot is not None:
        tune_plot.draw(outcome, plot)
    if outcome.failures or any(each.chosen.differences for each in outcome.rules):
        raise typer.Exit(1)


def _knobs(texts: Sequence[str]) -> tuple[Knob, ...]:
    try:
        knobs = tuple(parse_knob(text) for text in texts)
    except KnobError as error:
        fail(f"--vary {error}")
    if len({knob.name for knob in knobs}) < len(knobs):
        fail("a knob is given twice", "give all of its values in one --vary")
    return knobs


def _grids(knobs: Sequence[Knob], cases: Sequence[Case], most: int, seed: int) -> tuple[Grid, ...]:
    for rule in dict.fromkeys(knob.rule for knob in knobs):
        if not any(has_rule(case, rule) for case in cases):
            fail(f"no chosen clip is watched by a rule {rule}", "choose others, or vary another")
    rules = (rule for knob in knobs for rule in rules_of(cases, knob.rule))
    grids = grids_of(knobs, rules, most=most, seed=seed)
    for grid in grids:
        if len(grid.settings) == 1:
            fail(
                f"{grid.rule}: of {grid.combinations} combinations none is both possible and new",
                "give other values",
            )
    return grids


def _outputs_or_fail(write: Path | None, plot: Path | None) -> None:
    """What cannot be written is said before anything is played."""
    for path in (write, plot):
        if path is not None and not path.parent.is_dir():
            fail(f"there is no folder {path.parent} for {path.name}", "make it")
    if plot is not None:
        try:
            tune_plot.check(plot)
        except PlotError as error:
            fail(str(error))


def _tell_speed(grid: Grid, plays: Plays, seconds: float) -> None:
    count, clips = len(grid.settings), len(plays.chosen_by) + len(plays.held_out)
    err.print(
        f"{grid.rule}: {count} settings on {clips} plays in {seconds:.1f} s, "
        f"{60 * count / seconds:,.0f} settings a minute"
    )


def _some_or_fail(plays: Plays, tuner: Tuner) -> None:
    if plays.chosen_by:
        return
    for failure in tuner.failures:
        err.print(f"failed   {failure.clip}: {failure.why}", style="red", markup=False)
    fail(f"no clip is left to choose {plays.grid.rule} by", "mend them, or hold fewer out")


def _bar(bars: Progress, stage: str, total: int) -> Callable[[], None]:
    task = bars.add_task(stage, total=total)
    return lambda: bars.advance(task)
