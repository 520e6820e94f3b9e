"""`fenghuo check TOWN`: is this town file right, and if not, where and how to mend it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from command_center.cli.console import err, fail_with, out, show_problem
from command_center.cli.named_models import licences, unknown_models
from command_center.timers import horizon
from configs.errors import ConfigError, Severity
from configs.load import check_town, find_town
from configs.settings import Settings
from configs.town import Town
from models.store import ModelStore


def check(
    town: Annotated[
        str, typer.Argument(help="A town file, a folder with a town.yaml, or a sample's name.")
    ] = "demo",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of town files instead.")
    ] = False,
) -> None:
    """Check a town file: every fault with file, line and what to do."""
    if schema:
        typer.echo(json.dumps(Town.model_json_schema(), ensure_ascii=False, indent=2))
        return
    try:
        path = find_town(town)
        found, problems = check_town(path)
    except ConfigError as error:
        fail_with(error)
    for problem in problems:
        show_problem(problem)
    store = ModelStore(Settings().models)
    unknown = unknown_models(found, store)
    for line in unknown:
        err.print(line, style="yellow", markup=False, soft_wrap=True)
    for line in licences(found, store):
        err.print(f"LICENCE: {line}.", style="bold red", markup=False, soft_wrap=True)
    ends = horizon.missing(found, datetime.now(UTC))
    if ends is not None:  # no fault of the file: a check that passed must not fail by waiting
        err.print(ends.en, style="yellow", markup=False, soft_wrap=True)
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    warnings = len(problems) - errors + len(unknown)
    if errors or (strict and warnings):
        err.print(f"{errors + warnings} problems in {path}", style="red")
        raise typer.Exit(1)
    zones = sum(len(camera.zones) for camera in found.cameras)
    out.print(
        f"{found.name.zh} {found.name.en}: {len(found.cameras)} cameras, {zones} zones, "
        f"{len(found.sensors)} sensors, "
        f"{len(found.grids)} grids, {len(found.people)} people. "
        f"Nothing is wrong{f'; {warnings} warnings' if warnings else ''}."
    )
