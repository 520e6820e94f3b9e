"""`fenghuo bench events`: a town's events into alerts and tickets, as many as there is room for."""

from __future__ import annotations

from typing import Annotated

import typer
from rich import box
from rich.table import Table

from command_center.bench.centers import CentersError
from command_center.bench.events import BenchError, EventsPlan, EventsResult, run
from command_center.bench.scratch_database import SQLITE, NoDatabaseError
from command_center.cli.console import err, fail, out
from command_center.events.schemas import MOST


def events(
    seconds: Annotated[float, typer.Option(min=1, help="Length of each measurement.")] = 20.0,
    database: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help=f"{SQLITE}, or the SQLAlchemy URL of a PostgreSQL whose user may make databases: "
            "one is made beside it and dropped again. May be given often.",
        ),
    ] = None,
    shards: Annotated[int, typer.Option(min=1, max=64, help="How many send at once.")] = 8,
    batch: Annotated[int, typer.Option(min=1, max=MOST, help="Events in one request.")] = 100,
    alerts: Annotated[int, typer.Option(min=1, help="Open before it begins.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same events for the same number.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """A command center is told of a whole town: events a second, and is every one there?"""
    plan = EventsPlan(
        seconds=seconds,
        databases=database or [SQLITE],
        shards=shards,
        batch=batch,
        alerts=alerts,
        seed=seed,
    )
    try:
        result = run(plan, lambda text: err.print(f"▶ {text}"))
    except (BenchError, CentersError, NoDatabaseError) as error:
        fail(str(error))
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        out.print(_table(result))
    for fault in result.faults():
        err.print(f"✗ {fault}", style="red", markup=False)
    if result.faults():
        raise typer.Exit(1)


def _table(result: EventsResult) -> Table:
    table = Table(title=result.machine, title_justify="left", box=box.SIMPLE, padding=(0, 1, 0, 0))
    for name in ("", "events/s", "aim", "p50", "p95", "CPU an event", "statements", "commits"):
        table.add_column(name, justify="right" if name else "left")
    for each in result.runs:
        table.add_row(
            each.database,
            f"{each.events_per_second:.0f}",
            f"{each.target:.0f}",
            f"{each.latency_ms.p50:.0f} ms",
            f"{each.latency_ms.p95:.0f} ms",
            f"{each.cpu_ms_per_event:.2f} ms",
            f"{each.statements_per_event:.2f}",
            f"{each.commits_per_event:.3f}",
        )
    return table
