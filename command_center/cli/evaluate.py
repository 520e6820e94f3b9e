"""`fenghuo evaluate SUITE`: how well the rules do on clips with known truth."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import JustifyMethod
from rich.progress import Progress
from rich.table import Table

from command_center.cli.console import err, fail, out
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
from command_center.cli.up import stop_requested
from detectors.evaluation import words
from detectors.evaluation.case import Case
from detectors.evaluation.coded import Coded, coded
from detectors.evaluation.evaluation import Evaluation, evaluation_of, reviews_of
from detectors.evaluation.figures import Figures
from detectors.evaluation.isolated import Task, isolated
from detectors.evaluation.judgement import Judgement
from detectors.evaluation.live import play_live
from detectors.evaluation.matching import Verdict
from detectors.evaluation.played import Outcome
from detectors.evaluation.player import played
from detectors.evaluation.report.page import page
from models.store import ModelStore

_FIGURES = ("recall", "95 %", "prec.", "false", "an hour", "a day", "p50", "p95", "hours")
"""Headings of `_row`."""
_STREAMS = 16
"""Live streams at once: two cores serve, watch and judge so many with a model behind the gate."""


def evaluate(
    suite: SuiteFile,
    only: Only = None,
    clip: Clip = None,
    phases: Phases = 1,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Clips at a time; none: one a core, 16 live streams."),
    ] = None,
    rtsp: Annotated[
        bool, typer.Option("--rtsp", help="As live streams into a real shard, in their own time.")
    ] = False,
    models_dir: ModelsDir = None,
    models: UseModels = True,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a page with pictures.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play clips whose truth is known, and say what was found, missed and wrongly told.

    Ends with status 1 if a threshold of the suite is missed or a clip cannot be played.
    """
    settings, read = read_suite(suite)
    if report is not None and not report.parent.is_dir():
        fail(f"there is no folder {report.parent} for the report", "make it, or give another file")
    if rtsp and phases > 1:
        fail("a live stream has no phases: it is scanned when the shard has time", "leave one out")
    cases = choose(suite, read, only, clip, use_models=models)
    store = ModelStore(models_dir or settings.models)
    versions = model_versions(store, cases)
    with stop_requested() as stop, progress_bars(quiet=as_json) as progress:
        if rtsp:
            used = store if models else None
            outcomes = _streamed(cases, jobs or _STREAMS, used, stop, progress)
        else:
            tasks = _tasks(cases, phases, store.models_dir if models else None)
            outcomes = _played(tasks, jobs or CORES, stop, progress)
    if stop.is_set():
        fail("stopped before the end; nothing is said of a part")
    reviews, failures = reviews_of(outcomes)
    result = evaluation_of(
        suite, read, reviews, failures, phases=phases, live=rtsp, models=versions
    )
    if report is not None:
        write_text(report, page(result, reviews))
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        _show(result)
    if not result.passed:
        raise typer.Exit(1)


def _tasks(cases: Iterable[Case], phases: int, models_dir: Path | None) -> list[Task]:
    return [
        Task(case, index * case.clip.every / phases, models_dir)
        for case in cases
        for index in range(phases)
    ]


def _played(
    tasks: list[Task], jobs: int, stop: threading.Event, progress: Progress
) -> list[tuple[Case, Outcome]]:
    """Every play, in the order of the suite."""
    done: dict[Task, Outcome] = {}
    bar = progress.add_task("playing", total=len(tasks))
    for task, outcome in isolated(played, tasks, jobs, stop=stop.is_set):
        done[task] = outcome
        progress.update(bar, advance=1, description=task.case.clip.id)
    return [(task.case, done[task]) for task in tasks if task in done]


def _streamed(
    cases: Sequence[Case],
    at_once: int,
    store: ModelStore | None,
    stop: threading.Event,
    progress: Progress,
) -> list[tuple[Case, Outcome]]:
    """Every clip as a live stream, in the order of the suite."""
    done: dict[str, Outcome] = {}
    with TemporaryDirectory(prefix="fenghuo-evaluate-") as folder:
        tasks = [Task(case, kept=Path(folder)) for case in cases]
        bar = progress.add_task("coding", total=len(tasks))
        ready: list[tuple[Case, Coded]] = []
        for task, made in isolated(coded, tasks, CORES, stop=stop.is_set):
            if isinstance(made, Coded):
                ready.append((task.case, made))
            else:
                done[task.case.clip.id] = made
            progress.update(bar, advance=1)
        bar = progress.add_task("streaming", total=len(ready))
        # Those of one length together: a batch lasts as long as its longest.
        ready.sort(key=lambda each: each[1].seconds)
        for start in range(0, len(ready), at_once):
            batch = ready[start : start + at_once]
            told = play_live(batch, store, stop=stop, over=lambda _case: progress.advance(bar))
            done |= {case.clip.id: outcome for case, outcome in told}
            if stop.is_set():
                break
    return [(case, done[case.clip.id]) for case in cases if case.clip.id in done]


def _show(result: Evaluation) -> None:
    out.print(f"{result.title}: {_how(result)}", markup=False, soft_wrap=True)
    events = _table(("event", *_FIGURES))
    events.caption = "p50, p95: seconds from the end of the dwell to the alarm"
    for event, found in result.events.items():
        events.add_row(event, *_row(found))
    out.print(events)
    # A tag's interval is on the page and in the JSON: with it 80 columns do not hold the rest.
    tags = _table(("tag", "event", _FIGURES[0], *_FIGURES[2:]))
    for tag, by_event in result.tags.items():
        for event, found in by_event.items():
            if found.required or found.false_alarms:
                recall, _interval, *others = _row(found)
                tags.add_row(tag, event, recall, *others)
    if tags.row_count:
        out.print(tags)
    for line in _faults(result):
        out.print(line, markup=False, soft_wrap=True)
    for failure in result.failures:
        err.print(
            f"failed   {failure.clip}: {failure.why}", style="red", markup=False, soft_wrap=True
        )
    for line in _judged(result.thresholds):
        out.print(line, soft_wrap=True)
    out.print(words.verdict(result.thresholds), soft_wrap=True)
    style = "bold" if result.passed else "bold red"
    out.print(words.summary(result.total), style=style, soft_wrap=True)


def _faults(result: Evaluation) -> Iterator[str]:
    for play in result.plays:
        at = f"{play.clip} (scans {play.phase:.1f} s late)" if result.phases > 1 else play.clip
        for missed in play.missed:
            yield f"missed   {at}: {missed.event} in {missed.zone} from {missed.start:.1f} s"
        for alarm in play.alarms:
            if alarm.verdict in {Verdict.FALSE, Verdict.REPEAT}:
                yield (
                    f"{alarm.verdict:8} {at}: {alarm.event} in {alarm.zone} at "
                    f"{alarm.opened:.1f} s, {alarm.confidence:.0%} by {alarm.method}"
                )


def _how(result: Evaluation) -> str:
    """What was played and by what; the versions are those that an event carries."""
    models = (f"{name} {version or 'missing'}" for name, version in result.models.items())
    rules = (f"{event} {version}" for event, version in result.rules.items())
    turns = f" in {result.phases} phases" if result.phases > 1 else ""
    return (
        f"{'live streams' if result.live else 'files'}{turns}, fenghuo {result.fenghuo}\n"
        f"models: {', '.join(models) or 'none'}\nrules: {', '.join(rules)}"
    )


def _table(headings: Iterable[str]) -> Table:
    """Narrow enough for a terminal of 80 columns."""
    table = Table(box=None, padding=(0, 1, 0, 0), caption_justify="left")
    for heading in headings:
        justify: JustifyMethod = "right" if heading in _FIGURES else "left"
        table.add_column(heading, justify=justify, no_wrap=True)
    return table


def _row(found: Figures) -> tuple[str, ...]:
    again = f" ({found.repeats} again)" if found.repeats else ""
    return (
        f"{found.recall:.2f} {found.hits}/{found.required}" if found.required else words.NOTHING,
        words.span(found.recall_from, found.recall_to),
        words.number(found.precision),
        f"{found.false_alarms}{again}",
        words.number(found.false_alarms_per_camera_hour),
        words.number(found.false_alarms_per_camera_day, 1),
        words.number(found.delay_p50, 1),
        words.number(found.delay_p95, 1),
        words.hours(found.seconds).removesuffix(" h"),
    )


def _judged(judgements: Iterable[Judgement]) -> Iterator[str]:
    for each in judgements:
        if each.met is True:
            continue
        what = f"{each.event} {each.figure}"
        if each.met is None:
            yield f"[yellow]not measured[/] {what}, asked for {each.threshold:g}"
        else:
            yield f"[red]missed[/] {what} {each.measured:.3g}, asked for {each.threshold:g}"
