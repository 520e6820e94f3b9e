"""What `fenghuo evaluate` and `fenghuo tune` ask alike: which clips of a suite, which models."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from command_center.cli.console import err, fail, fail_with
from configs.errors import ConfigError
from configs.logs import configure_logs
from configs.settings import Settings
from configs.suite import Suite, SuiteClip
from configs.suite_checks import load_suite
from detectors.evaluation.case import Case, cases_of, models_named
from detectors.evaluation.footage import unset_variables
from models.store import ModelStore

MOST_PHASES = 100
CORES = os.cpu_count() or 1

SuiteFile = Annotated[Path, typer.Argument(help="A suite: clips and what truly happens in them.")]
Only = Annotated[
    list[str] | None, typer.Option(metavar="TAG", help="Clips of this tag; may be repeated.")
]
Clip = Annotated[list[str] | None, typer.Option(metavar="ID", help="This clip; may be repeated.")]
Phases = Annotated[
    int,
    typer.Option(
        min=1, max=MOST_PHASES, help="Play each clip so often, its scans shifted each time."
    ),
]
ModelsDir = Annotated[
    Path | None, typer.Option(help="Where weights lie, if not in the data folder.")
]
UseModels = Annotated[bool, typer.Option(help="Use the rules' models, or classical methods alone.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]


def read_suite(path: Path) -> tuple[Settings, Suite]:
    """A suite without a fault, and the settings; logs are kept out of what is printed."""
    settings = Settings()
    configure_logs(settings.model_copy(update={"log_level": "critical"}))
    try:
        return settings, load_suite(path)
    except ConfigError as error:
        fail_with(error)


def choose(
    path: Path, suite: Suite, tags: list[str] | None, ids: list[str] | None, *, use_models: bool
) -> tuple[Case, ...]:
    """Clips of a suite that was read from `path`; ends the command where none can be played."""
    clips = _clips(suite, tags or [], ids or [])
    for name, files in unset_variables(clips).items():
        fail(
            f"{path}: {name} is not set, and {len(files)} of the clips lie there: {files[0]} …",
            f"export {name}=FOLDER, the one that holds them",
        )
    return cases_of(suite, path.parent, use_models=use_models, choose=clips)


def _clips(suite: Suite, tags: list[str], ids: list[str]) -> tuple[SuiteClip, ...]:
    known = {tag for clip in suite.clips for tag in clip.tags}
    for tag in tags:
        if tag not in known:
            fail(f"no clip has the tag {tag!r}", f"there are {', '.join(sorted(known)) or 'none'}")
    for name in ids:
        if name not in {clip.id for clip in suite.clips}:
            fail(f"there is no clip {name!r} in this suite")
    return tuple(
        clip
        for clip in suite.clips
        if (not tags or set(tags) & set(clip.tags)) and (not ids or clip.id in ids)
    ) or fail("no clip has both", "give --only or --clip, not both")


def model_versions(store: ModelStore, cases: Iterable[Case]) -> dict[str, str | None]:
    """Of the models that their rules name, None where one is not there; that is said as well."""
    versions: dict[str, str | None] = {}
    for name in models_named(cases):
        there = store.find(name) is not None
        versions[name] = store.card(name).fingerprint if there else None
        if not there:
            err.print(
                f"{store.explain(name)}: the classical method alone is used",
                style="yellow",
                markup=False,
                soft_wrap=True,
            )
    return versions


def progress_bars(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=quiet,
    )


def write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}", "give another file")
