"""`fenghuo bench timers`, `live`: several command centers under load, on either database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer
from rich import box
from rich.table import Table

from command_center.bench import live as living
from command_center.bench import timers as timing
from command_center.bench.centers import CentersError
from command_center.bench.scratch_database import SQLITE, NoDatabaseError
from command_center.bench.spread import Spread
from command_center.cli.console import err, fail, out

ResultT = TypeVar("ResultT")

On = Annotated[
    str,
    typer.Option(
        "--database",
        help="sqlite, or the URL of a PostgreSQL server, on which a database is made for the time "
        "of the measurement: postgresql+psycopg://user@host/postgres",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def timers(
    due: Annotated[int, typer.Option(min=100, help="How many fall due in one second.")] = 10_000,
    centers: Annotated[int, typer.Option(min=1, max=16, help="Command centers that race.")] = 2,
    database: On = SQLITE,
    lead: Annotated[
        float | None,
        typer.Option(min=1, help="Seconds until they are due; all must be written by then."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Thousands of timers due in one second: when has each fired, and exactly once?"""
    plan = timing.TimersPlan(due=due, centers=centers, database=database, lead=lead)
    result = _measured(lambda: timing.run(plan, _say))
    _end(result.model_dump_json(indent=2) if as_json else timers_table(result), result.faults())


def timers_table(result: timing.TimersResult) -> Table:
    """One column: what was measured."""
    title = f"{result.due} timers due in one second, {result.centers} command centers"
    table = Table(title=title, title_justify="left", box=box.SIMPLE, show_header=False)
    late = result.lateness
    server = result.server_cpu_ms
    for name, value in (
        ("database", result.database),
        ("machine", result.machine),
        ("all had fired after", _seconds(result.all_fired)),
        ("late: half, 95 of 100, worst", f"{late.p50:.1f}, {late.p95:.1f}, {late.max:.1f} s"),
        ("CPU of the command centers, a timer", f"{result.center_cpu_ms:.2f} ms"),
        ("CPU of PostgreSQL, a timer", "–" if server is None else f"{server:.2f} ms"),
        ("cores that others used meanwhile", f"{result.others_cores:.1f}"),
        ("exactly once, and every chain whole", "yes" if not result.wrong else "NO"),
    ):
        table.add_row(name, value)
    return table


def live(
    streams: Annotated[int, typer.Option(min=1, help="How many are open.")] = 200,
    rate: Annotated[float, typer.Option(min=1, help="Events a second.")] = 200.0,
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 20.0,
    centers: Annotated[int, typer.Option(min=1, max=16, help="Command centers.")] = 2,
    kill: Annotated[
        bool,
        typer.Option("--kill", help="Kill one in the middle: its readers go elsewhere."),
    ] = False,
    database: On = SQLITE,
    as_json: AsJson = False,
) -> None:
    """From an event until every open stream tells of its alert; nothing lost, nothing twice."""
    if kill and centers == 1:
        fail("--kill needs a second command center to come back to", "leave out --centers 1")
    plan = living.LivePlan(
        streams=streams, rate=rate, seconds=seconds, centers=centers, kill=kill, database=database
    )
    result = _measured(lambda: living.run(plan, _say))
    _end(result.model_dump_json(indent=2) if as_json else live_table(result), result.faults())


def live_table(result: living.LiveResult) -> Table:
    """One column: what was measured."""
    plan = result.plan
    title = (
        f"{plan.streams} streams, {plan.rate:.0f} events a second, {plan.centers} command centers"
    )
    table = Table(title=title, title_justify="left", box=box.SIMPLE, show_header=False)
    for name, value in (
        ("database", result.database),
        ("machine", result.machine),
        ("events a second", f"{result.rate:.0f}"),
        ("answered: half, 95 of 100, worst", _milliseconds(result.answered_ms)),
        ("told: half, 95 of 100, worst", _milliseconds(result.told_ms)),
        ("cores of the command centers", f"{result.center_cores:.2f}"),
        ("lost, told twice, resets", f"{result.lost}, {result.doubled}, {result.resets}"),
    ):
        table.add_row(name, value)
    return table


def _milliseconds(spread: Spread) -> str:
    return f"{spread.p50:.0f}, {spread.p95:.0f}, {spread.max:.0f} ms"


def _seconds(seconds: float | None) -> str:
    return "not in time" if seconds is None else f"{seconds:.1f} s"


def _measured(run: Callable[[], ResultT]) -> ResultT:
    try:
        return run()
    except (NoDatabaseError, CentersError) as error:
        fail(str(error))


def _say(text: str) -> None:
    err.print(f"▶ {text}", markup=False)


def _end(shown: str | Table, faults: list[str]) -> None:
    """Show it, say what was not as it must be, and end with status 1 if anything was not."""
    if isinstance(shown, str):
        typer.echo(shown)
    else:
        out.print(shown)
    for fault in faults:
        err.print(f"✗ {fault}", style="red", markup=False, soft_wrap=True)
    if faults:
        raise typer.Exit(1)
