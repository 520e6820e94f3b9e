"""How the command speaks: people read standard error, programs read standard output."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console

from configs.errors import ConfigError, Problem, Severity

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def show_problem(problem: Problem) -> None:
    """One fault of a configuration file: where, what, and what to do."""
    colour = _COLOUR[problem.severity]
    place = f"{problem.file}:{problem.line}:{problem.column}"
    err.print(f"[bold]{place}[/] [{colour}]{problem.severity}[/] {problem.where}", soft_wrap=True)
    err.print(f"    {problem.message}", markup=False, soft_wrap=True)
    if problem.fix:
        err.print(f"    → {problem.fix}", markup=False, style="green", soft_wrap=True)


def fail(message: str, fix: str = "") -> NoReturn:
    """Say what is wrong and what to do, then end with status 1."""
    err.print(message, style="red", markup=False, soft_wrap=True)
    if fix:
        err.print(f"→ {fix}", style="green", markup=False, soft_wrap=True)
    raise typer.Exit(1)


def fail_with(error: ConfigError) -> NoReturn:
    """Show every fault of a configuration, then end with status 1."""
    for problem in error.problems:
        show_problem(problem)
    raise typer.Exit(1)
